/** A way from a state back to itself that stays inside a cycle's states: choices; empty if there is none. */
export function roundTrip(
  each: (state: number, visit: (to: number, choice: number) => void) => void,
  start: number,
  inside: ReadonlySet<number>,
): number[] {
  if (inside.size < 2) return [];
  const cameFrom = new Map<number, { readonly from: number; readonly choice: number }>();
  const queue = [start];
  for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
    const from = state;
    let closing = -1;
    each(from, (to, choice) => {
      if (to === start && from !== start && closing < 0) closing = choice;
      if (!inside.has(to) || to === start || cameFrom.has(to)) return;
      cameFrom.set(to, { from, choice });
      queue.push(to);
    });
    if (closing < 0) continue;
    const path = [closing];
    for (let at = from; at !== start; ) {
      const step = cameFrom.get(at);
      if (!step) break;
      path.unshift(step.choice);
      at = step.from;
    }
    return path;
  }
  return [];
}
