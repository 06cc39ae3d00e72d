/** Ladders of small worlds: few requests, one kind of trouble at a time, so that what is found is found early. */
import { type ShellSize, sized } from "./size.ts";

/** A few seconds for all of them; every property is put to the test on it. */
const CI: readonly ShellSize[] = [
  sized({ timeouts: 2 }),
  sized({ faults: 1 }),
  sized({ faults: 1, timeouts: 1 }),
  sized({ looks: 1, cold: true }),
  sized({ former: 1, timeouts: 1 }),
  sized({ engines: 2, faults: 1 }),
  sized({ engines: 2, requests: 2, contents: 2 }),
  sized({ requests: 2, timeouts: 1 }),
  sized({ requests: 2, contents: 2, timeouts: 1 }),
  sized({ requests: 2, contents: 2, faults: 1 }),
  sized({ requests: 2, contents: 2, zapping: true }),
  sized({ requests: 2, contents: 2, looks: 1 }),
  sized({ cap: 2, requests: 2, contents: 2 }),
  sized({ requests: 3, contents: 3 }),
  sized({ cap: 2, requests: 3, contents: 2 }),
];

const DEEP: readonly ShellSize[] = [
  ...CI,
  sized({ faults: 2 }),
  sized({ requests: 2, contents: 2, spares: 1 }),
  sized({ requests: 2, faults: 1, timeouts: 1 }),
  sized({ requests: 2, contents: 2, zapping: true, faults: 1 }),
  sized({ requests: 3, contents: 3, timeouts: 1 }),
  sized({ requests: 3, contents: 3, faults: 1 }),
  sized({ cap: 2, requests: 3, contents: 3 }),
  sized({ engines: 2, requests: 3, contents: 2 }),
  sized({ engines: 2, requests: 2, contents: 2, timeouts: 1 }),
  sized({ engines: 2, requests: 2, contents: 1, faults: 1 }),
  sized({ requests: 4, contents: 4 }),
  sized({ cap: 2, requests: 4, contents: 2 }),
  sized({ requests: 2, contents: 2, looks: 1, spares: 1 }),
  sized({ engines: 2, requests: 2, contents: 2, faults: 1 }),
  sized({ cap: 2, requests: 4, contents: 4 }),
];

export const LADDERS = { ci: CI, deep: DEEP } as const;
