/** Where a member and the store disagree: empty as soon as all that is under way has arrived. */

export function driftOf(
  member: string,
  leases: readonly { readonly lease: string; readonly owner: string; readonly place: string }[],
  held: ReadonlyMap<string, { readonly place: string; readonly isGone: boolean }>,
  isUnderWay: (lease: string) => boolean,
): string[] {
  const drift: string[] = [];
  const known = new Set<string>();
  for (const { lease, owner, place } of leases) {
    known.add(lease);
    if (isUnderWay(lease)) continue;
    const here = held.get(lease);
    if (owner === member && !here) drift.push(`the store says that we hold ${lease} at ${place}; we do not`);
    if (owner !== member && here && !here.isGone)
      drift.push(`we hold ${lease} at ${place}; the store says that ${owner} does`);
  }
  for (const [lease, { place, isGone }] of held)
    if (!known.has(lease) && !isGone && !isUnderWay(lease))
      drift.push(`we hold ${lease} at ${place}; the store does not know it`);
  return drift;
}
