/** Tests side by side, but few: a cluster is a dozen processes, and a machine that tests often has two processors. */

/** Gives what lets no more than `many` run at a time; the others wait their turn. */
export function few(many: number): (run: () => Promise<void>) => () => Promise<void> {
  let free = many;
  const waiting: (() => void)[] = [];
  return (run) => async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
