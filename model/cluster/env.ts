/**
 * What is really the case around several proxies: their claims and sessions, the store's books as far as they differ
 * from one moment to the next, the links, and what may still go wrong. Small numbers, so that a state is a short row.
 */

/** How far a session is, from its claim until nobody holds, or owes, anything for it. */
export const Phase = {
  /** The claim is on its way to the store. */
  Asked: 0,
  /** Only with a bug: the store has been looked at, and will be written to. */
  Looked: 1,
  /** Granted; the answer waits in the socket of a paused proxy. */
  Granted: 2,
  /** Refused; the answer waits in the socket of a paused proxy. */
  Refused: 3,
  /** Granted; the answer is lost. */
  Unheard: 4,
  /** The lease was checked, and its proxy paused before the start left. */
  Cleared: 5,
  /** The start has left, so the engine counts as carrying the session; the answer is on its way. */
  Unanswered: 6,
  /** The engine carries it. */
  Carried: 7,
  /** The engine does not carry it, and never will. */
  Over: 8,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** A session as it really is, with the lease that the store has of it. Places and contents are numbers from 1. */
export interface Run {
  readonly place: number;
  readonly content: number;
  phase: Phase;
  /** The member that asked for it, until its selector has heard of it and let its slot go; then `NOBODY`. */
  asker: number;
  /** The member that asked for it, for ever: its lease is named after it. */
  readonly origin: number;
  /** Bit p: proxy p holds a slot for it. */
  held: number;
  /** Whose lease it is in the store: a member; `NOBODY`: the store knows nothing of it. */
  owner: number;
  /** The lease tells how to stop it. */
  noted: boolean;
  /** What is under way for it takes its time; looked at only where things are prompt else. */
  slow: boolean;
}

export const NOBODY = 7;
/** Proxy p in its first or second life. */
export const member = (proxy: number, life: number): number => proxy * 2 + life;
export const proxyOf = (one: number): number => one >> 1;

export const STATUS = ["up", "paused", "cut off", "away", "gone"] as const;
/** `away`: crashed, and its next life will come; `gone`: none will. */
export type Status = (typeof STATUS)[number];

export interface ProxyNow {
  status: Status;
  /** By its own clock its leases are over. */
  lapsed: boolean;
  life: 0 | 1;
  /** News of the store does not reach it for now. */
  behind: boolean;
}

export const STORE = ["knows", "emptied", "restarted", "recovering"] as const;
/** `emptied`, `restarted`: nobody has asked it since. */
export type StoreState = (typeof STORE)[number];

export interface Env {
  requests: number;
  faults: number;
  lags: number;
  store: StoreState;
  orphans: boolean;
  /** The store's fence: `FENCE` stands for the highest that was ever given. */
  fence: number;
  /** Bit m: the store has member m. */
  members: number;
  proxies: ProxyNow[];
  runs: Run[];
}

export const FENCE = 10;
/** Words of a row before its sessions. */
export const HEAD = 2;

export function firstEnv(proxies: number, requests: number, faults: number, lags: number): Env {
  let members = 0;
  for (let proxy = 0; proxy < proxies; proxy++) members |= 1 << member(proxy, 0);
  return {
    requests,
    faults,
    lags,
    store: "knows",
    orphans: false,
    fence: FENCE,
    members,
    proxies: Array.from({ length: proxies }, () => ({ status: "up", lapsed: false, life: 0, behind: false })),
    runs: [],
  };
}

/** Written out: it is made for every happening. */
export function copy(env: Env): Env {
  const { requests, faults, lags, store, orphans, fence, members } = env;
  const proxies = env.proxies.map(({ status, lapsed, life, behind }) => ({ status, lapsed, life, behind }));
  const runs = env.runs.map(({ place, content, phase, asker, origin, held, owner, noted, slow }) => ({
    place,
    content,
    phase,
    asker,
    origin,
    held,
    owner,
    noted,
    slow,
  }));
  return { requests, faults, lags, store, orphans, fence, members, proxies, runs };
}

/** Does its engine carry it? From the start's leaving on, which is earlier than in truth, until there is proof. */
export const isLoad = ({ phase }: Run): boolean => phase === Phase.Unanswered || phase === Phase.Carried;
export const isMember = (env: Env, proxy: number): boolean =>
  (env.members & (1 << member(proxy, env.proxies[proxy]?.life ?? 0))) !== 0;

const packRun = (run: Run, contents: readonly number[], proxies: readonly number[]): number => {
  let held = 0;
  for (let proxy = 0; proxy < proxies.length; proxy++)
    if ((run.held & (1 << proxy)) !== 0) held |= 1 << (proxies[proxy] as number);
  return (
    run.place |
    ((contents[run.content] as number) << 3) |
    (run.phase << 6) |
    (renamed(run.asker, proxies) << 10) |
    (held << 13) |
    (renamed(run.owner, proxies) << 16) |
    (Number(run.noted) << 19) |
    (renamed(run.origin, proxies) << 20) |
    (Number(run.slow) << 23)
  );
};

const renamed = (one: number, proxies: readonly number[]): number =>
  one === NOBODY ? NOBODY : member(proxies[one >> 1] as number, one & 1);

/** Writes an environment into a row under other names; `width` is that of the row's part for sessions. */
export function pack(
  env: Env,
  row: Int32Array,
  at: number,
  width: number,
  contents: readonly number[],
  proxies: readonly number[],
): void {
  let members = 0;
  let links = 0;
  for (let proxy = 0; proxy < proxies.length; proxy++) {
    const name = proxies[proxy] as number;
    members |= ((env.members >> (proxy * 2)) & 3) << (name * 2);
    const { status, lapsed, life, behind } = env.proxies[proxy] as ProxyNow;
    links |=
      (STATUS.indexOf(status) | (Number(lapsed) << 3) | (life << 4) | (Number(behind) << 5)) << (name * 6);
  }
  row[at] =
    env.requests |
    (env.faults << 4) |
    (env.lags << 8) |
    (STORE.indexOf(env.store) << 12) |
    (Number(env.orphans) << 14) |
    (env.fence << 15) |
    (members << 19);
  row[at + 1] = links;
  const { runs } = env;
  if (runs.length > width) throw new RangeError("more sessions than a state has room for");
  const first = at + HEAD;
  for (let index = 0; index < width; index++) {
    const run = runs[index];
    const packed = run ? packRun(run, contents, proxies) : 0;
    // In order, since which comes first decides nothing.
    let to = first + index;
    while (to > first && (row[to - 1] as number) < packed) {
      row[to] = row[to - 1] as number;
      to--;
    }
    row[to] = packed;
  }
}

export function unpack(row: Int32Array, at: number, width: number, proxies: number): Env {
  const head = row[at] as number;
  const links = row[at + 1] as number;
  const runs: Run[] = [];
  for (let index = at + HEAD; index < at + HEAD + width; index++) {
    const packed = row[index] as number;
    if (packed === 0) break;
    runs.push({
      place: packed & 7,
      content: (packed >> 3) & 7,
      phase: ((packed >> 6) & 15) as Phase,
      asker: (packed >> 10) & 7,
      held: (packed >> 13) & 7,
      owner: (packed >> 16) & 7,
      noted: ((packed >> 19) & 1) === 1,
      origin: (packed >> 20) & 7,
      slow: ((packed >> 23) & 1) === 1,
    });
  }
  return {
    requests: head & 15,
    faults: (head >> 4) & 15,
    lags: (head >> 8) & 15,
    store: STORE[(head >> 12) & 3] as StoreState,
    orphans: ((head >> 14) & 1) === 1,
    fence: (head >> 15) & 15,
    members: (head >> 19) & 63,
    proxies: Array.from({ length: proxies }, (_, proxy) => {
      const link = links >> (proxy * 6);
      return {
        status: STATUS[link & 7] as Status,
        lapsed: ((link >> 3) & 1) === 1,
        life: ((link >> 4) & 1) as 0 | 1,
        behind: ((link >> 5) & 1) === 1,
      };
    }),
    runs,
  };
}
