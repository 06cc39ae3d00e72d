/** How large a world is, and how many misfortunes may happen in it. Data only; everybody in `model/` may import it. */

/** Counts and budgets. A budget is how often a thing may happen in one run; 0: it does not. */
export interface WorldSize {
  /** Engines that are there from the beginning. */
  readonly engines: number;
  /** Streams that an engine may carry. */
  readonly cap: number;
  /** Requests in one run; each client may leave at any time. */
  readonly requests: number;
  /** Different contents that they may ask for. */
  readonly contents: number;
  /** Players that may be told apart: those of one player may hand their place over to each other. */
  readonly players: number;
  /** Contents are asked for by id and by infohash, and only the engine's answer shows that both are one. */
  readonly hashes: boolean;
  /** Starts and ends are reported to the orchestrator, which takes them in later. */
  readonly reports: boolean;
  /** The orchestrator keeps our labels (its older generation) or not. */
  readonly labels: boolean;
  /** Starts that the engine refuses, and provisionings that the orchestrator refuses although it could. */
  readonly refusals: number;
  /** Starts whose answer is lost: nobody knows whether the engine began. */
  readonly losses: number;
  /** Start time-outs that are over before the engine answers or plays. */
  readonly timeouts: number;
  /** Playing sessions that break, and engines that die. */
  readonly deaths: number;
  /** Sessions that the engine ends by itself since nobody reads them, before the stop arrives. */
  readonly expiries: number;
  /** Stops that nobody answers for a while. */
  readonly delays: number;
  /** Answers that come twice, or late. */
  readonly doubles: number;
  /** Looks at the pool for no particular reason: each is taken at one time and delivered at another. */
  readonly looks: number;
  /** Streams that somebody else starts on our engines. */
  readonly foreign: number;
  /** Engines that vanish from the list, or drain, and come back. */
  readonly vanishings: number;
  /** Engines that the list names a second time, under another id. */
  readonly twins: number;
  /** Engines that can be provisioned. */
  readonly spares: number;
  /** Players that stop reading while they wait for another content. */
  readonly zaps: number;
  /** Streams ended by hand. */
  readonly ends: number;
  /** Changes of the cap, down or up by one. */
  readonly recaps: number;
  /** Shutdowns. */
  readonly drains: number;
  /** Crashes of the proxy, each followed by a next life that reads the state file. */
  readonly crashes: number;
  /** Proxies that share the engines through a store of leases. With more than one, all budgets above are 0. */
  readonly proxies: number;
  /** Among several: proxies that are paused, cut off or crash, messages that are lost, stores that forget. */
  readonly faults: number;
  /** Among several: how often news of the store reaches a proxy late; where all is prompt, how many things lag at once. */
  readonly lags: number;
  /** Among several: what is under way arrives before anything else happens, but for as many as may lag at once. */
  readonly prompt: boolean;
}

/**
 * The smallest world in which two clients want the same slot: one engine, one slot, two requests, no misfortune.
 */
export const SMALLEST: WorldSize = {
  engines: 1,
  cap: 1,
  requests: 2,
  contents: 2,
  players: 1,
  hashes: false,
  reports: true,
  labels: true,
  refusals: 0,
  losses: 0,
  timeouts: 0,
  deaths: 0,
  expiries: 0,
  delays: 0,
  doubles: 0,
  looks: 0,
  foreign: 0,
  vanishings: 0,
  twins: 0,
  spares: 0,
  zaps: 0,
  ends: 0,
  recaps: 0,
  drains: 0,
  crashes: 0,
  proxies: 1,
  faults: 0,
  lags: 0,
  prompt: false,
};

/** Budgets, in the order in which an environment counts them down. */
export const BUDGETS = [
  "requests",
  "refusals",
  "losses",
  "timeouts",
  "deaths",
  "expiries",
  "delays",
  "doubles",
  "looks",
  "foreign",
  "vanishings",
  "twins",
  "zaps",
  "ends",
  "recaps",
  "drains",
  "crashes",
] as const satisfies readonly (keyof WorldSize)[];

export type Budget = (typeof BUDGETS)[number];

/**
 * A world of `engines` × `cap` in which `requests` clients ask for as many contents, and whatever else `more` allows.
 *
 * @example
 * ```ts
 * import { size, sizeName } from "aceslot/check";
 *
 * console.log(sizeName(size(2, 1, 3, { deaths: 1 }))); // E2 C1 R3 deaths 1
 * ```
 */
export function size(
  engines: number,
  cap: number,
  requests: number,
  more: Partial<WorldSize> = {},
): WorldSize {
  return { ...SMALLEST, engines, cap, requests, contents: requests, ...more };
}

/** How reports name a world: `E2 C2 R4`, then what is not as in the plain world: `E1 C1 R2 contents 1 losses 1`. */
export function sizeName(size: WorldSize): string {
  const words = [`E${size.engines} C${size.cap} R${size.requests}`];
  if (size.proxies > 1) words.push(`P${size.proxies}`);
  if (size.contents !== size.requests) words.push(`K${size.contents}`);
  for (const [name, value] of Object.entries(size)) {
    if (["engines", "cap", "requests", "contents", "proxies"].includes(name)) continue;
    const usual = SMALLEST[name as keyof WorldSize];
    if (value === usual) continue;
    words.push(typeof value === "boolean" ? (value ? name : `no ${name}`) : `${name} ${value}`);
  }
  return words.join(" ");
}

/**
 * May something happen that depends on which engine a session is at, or on its content or reader? If not, the
 * environment does not write them down: the proxy's state tells.
 */
export const isDetailed = (size: WorldSize): boolean =>
  size.hashes || size.timeouts + size.deaths + size.doubles > 0 || mayLook(size);

/** May the pool be looked at again after the beginning? */
export const mayLook = (size: WorldSize): boolean =>
  size.looks + size.foreign + size.vanishings + size.twins + size.spares + size.crashes > 0;

/**
 * May a stream that has a place ever go back to the queue? If not, the age of such streams decides nothing and is
 * left out of the state's key.
 */
export const mayRequeue = (size: WorldSize): boolean =>
  size.hashes ||
  size.refusals + size.losses + size.timeouts + size.deaths + size.expiries + size.crashes + size.doubles > 0;
