/** Protocols by which proxies could share slots through a store, ours among them, and how small a world of them is. */

/** What tells one protocol from another. */
export interface Protocol {
  /** Look and claim are one command; else others may claim in between. */
  readonly atomic: boolean;
  /** What comes of the leases of a proxy that has not renewed for a term: nothing, they are free, or somebody's to settle. */
  readonly expiry: "never" | "frees" | "adopted";
  /** The lease is looked at right before the start is sent. */
  readonly checks: boolean;
  /** A proxy that could not renew in time gives up what it plays. */
  readonly stops: boolean;
  /** Assumed: whatever a proxy has going is over at the engine before its term is over in the store. */
  readonly timely: boolean;
  /** Who has taken a lease over frees it when the engine has let go, or the release deadline is over; else at once where no start is known. */
  readonly proof: boolean;
  /** Assumed: between its look at the lease and its start no proxy is paused for longer than the release deadline. */
  readonly shortPauses: boolean;
  /** A claim that was under way when the connection broke may reach the store after everything that came later. */
  readonly overtaken: boolean;
  /** Proxies look through the store for leases that are theirs, though they know nothing of them. */
  readonly looks: boolean;
  /** Who joins again says what it is still stopping, also where it was told that another has taken that over. */
  readonly namesAll: boolean;
  /** The store takes what a joining proxy does not name for given back, also what it was to settle for others. */
  readonly joinFrees: boolean;
  /** The store frees a lease for whoever says that it is over, also if that one does not answer for it any more. */
  readonly anybodyFrees: boolean;
}

const OURS: Protocol = {
  atomic: true,
  expiry: "adopted",
  checks: true,
  stops: true,
  timely: false,
  proof: true,
  shortPauses: true,
  overtaken: false,
  looks: true,
  namesAll: true,
  joinFrees: false,
  anybodyFrees: false,
};
const FREEING: Protocol = { ...OURS, expiry: "frees" };

/** By name; `leases.pml` has the same names in capitals. */
export const PROTOCOLS = {
  ours: OURS,
  "get-check-set": { ...OURS, atomic: false, expiry: "never" },
  "no-expiry": { ...OURS, expiry: "never" },
  "expiry-unchecked": { ...FREEING, checks: false, stops: false },
  "expiry-timely": { ...FREEING, timely: true },
  "expiry-untimely": FREEING,
  "no-proof": { ...OURS, proof: false },
  "long-pause": { ...OURS, shortPauses: false },
  "join-frees": { ...OURS, joinFrees: true },
  "gone-unnamed": { ...OURS, namesAll: false },
  "anybody-frees": { ...OURS, anybodyFrees: true },
  overtaken: { ...OURS, overtaken: true },
  unlooked: { ...OURS, overtaken: true, looks: false },
} as const satisfies Record<string, Protocol>;

export type ProtocolName = keyof typeof PROTOCOLS;

/** How often something may happen, in the whole world. */
export interface Budgets {
  readonly pauses: number;
  readonly crashes: number;
  /** Of the connection between a proxy and the store, with whatever is under way. */
  readonly breaks: number;
  /** Terms that end without a renewal that the proxy knows of. */
  readonly lapses: number;
}

export interface LeaseWorld extends Budgets {
  readonly protocol: ProtocolName;
  readonly proxies: number;
  readonly engines: number;
  readonly cap: number;
  /** Sessions for which each proxy asks for a slot. */
  readonly attempts: number;
}

export const leaseWorld = (
  protocol: ProtocolName,
  [proxies, engines, cap, attempts]: readonly [number, number, number, number],
  budgets: Partial<Budgets> = {},
): LeaseWorld => ({
  protocol,
  proxies,
  engines,
  cap,
  attempts,
  pauses: 0,
  crashes: 0,
  breaks: 0,
  lapses: 0,
  ...budgets,
});

/** `P2 E1 C1 K1, pauses 1, lapses 1`. */
export const leaseWorldName = (world: LeaseWorld): string => {
  const { proxies, engines, cap, attempts } = world;
  const budgets = (["lapses", "pauses", "crashes", "breaks"] as const)
    .filter((name) => world[name] > 0)
    .map((name) => `, ${name} ${world[name]}`);
  return `P${proxies} E${engines} C${cap} K${attempts}${budgets.join("")}`;
};
