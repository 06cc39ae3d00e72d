/**
 * The books of a store of leases: who holds which slot, and what each command changes. Pure: `memory.ts` keeps them
 * in this process, `redis.lua.ts` says the same in the store's own language (a contract test holds the two to the
 * same answers), and the model checks explore them.
 *
 * A proxy is a member for as long as it renews; the leases of a member end with its membership, so one command
 * renews them all. A lease whose holder is no member any more still counts: it is handed to a living member, which
 * stops its session and releases it when there is proof that the engine let go.
 */

/** A claim to one slot, as the store keeps it. */
export interface Lease {
  /** `<instance>/<life>/<session>`: the label under which its holder reports the stream as well. */
  readonly id: string;
  /** The member that answers for it: its holder, or whoever was given it after the holder's end. */
  readonly owner: string;
  /** Rises with every grant, in the whole store. */
  readonly fence: number;
  /** Every name of the content that is known. */
  readonly contents: readonly string[];
  /** What another member needs to stop the session; the store does not look inside. */
  readonly detail: string;
}

/** A lease, and the engine that it is at: `host:port`, the same for all proxies. */
export interface PlacedLease extends Lease {
  readonly place: string;
}

export interface Member {
  /** By the store's clock, ms: from then on others may end it. */
  readonly end: number;
  /** For people: name and address, as JSON. */
  readonly info: string;
}

export interface Books {
  /** Which server process wrote here last; null: none did. */
  readonly run: string | null;
  /** The server's own time when it was last asked, ms since 1970. */
  readonly time: number;
  /** The store's clock, ms: follows the server's time, but never back, and never further at once than a step. */
  readonly clock: number;
  readonly fence: number;
  /** Counts changes of leases: who has seen each of them knows what the store knows. */
  readonly seq: number;
  /** No grants before this, by the store's clock: memory was lost, and its leases must have run out. */
  readonly grantsFrom: number;
  /** The longest term of any member, ms. */
  readonly ttl: number;
  /** Some lease's owner is no member, and nobody has been given it yet. */
  readonly hasOrphans: boolean;
  readonly members: ReadonlyMap<string, Member>;
  /** By place; an engine without leases is not in it. */
  readonly engines: ReadonlyMap<string, readonly Lease[]>;
  /** Members that wait for a slot, in the order of their turns. */
  readonly queue: readonly string[];
  /** When a lease was released there while others waited, by place and the store's clock. */
  readonly freed: ReadonlyMap<string, number>;
}

export const NO_BOOKS: Books = {
  run: null,
  time: 0,
  clock: 0,
  fence: 0,
  seq: 0,
  grantsFrom: 0,
  ttl: 0,
  hasOrphans: false,
  members: new Map(),
  engines: new Map(),
  queue: [],
  freed: new Map(),
};

/** Sent with every command. */
interface Asking {
  /** `<instance>/<life>`. */
  readonly member: string;
  /** Its term, ms. */
  readonly ttl: number;
  /** The highest fence that it has seen: a store that knows less has lost what came after. */
  readonly seen: number;
}

export type Command =
  /**
   * One atomic look and claim. `more`: it waits for further slots. `instead`: a lease of its own at that place that
   * ends with the grant, whoever's turn it is: a client that zaps keeps its place.
   */
  | (Asking & {
      readonly type: "reserve";
      readonly place: string;
      readonly id: string;
      readonly contents: readonly string[];
      readonly detail: string;
      readonly cap: number;
      readonly more: boolean;
      readonly instead?: string | null;
    })
  /** What became known of a held lease. */
  | (Asking & {
      readonly type: "note";
      readonly place: string;
      readonly id: string;
      readonly contents: readonly string[];
      readonly detail: string;
    })
  /** The slot is free, with proof. Of a lease that is not there it is no error. */
  | (Asking & { readonly type: "release"; readonly place: string; readonly id: string })
  /** Renews the membership, and so all its leases; takes up to `ORPHANS_AT_ONCE` orphans, if `adopts`. */
  | (Asking & { readonly type: "beat"; readonly waiting: boolean; readonly adopts: boolean })
  /**
   * Becomes a member, after whatever: says everything that it holds, and what it knows of others, which counts only
   * where the store has lost its memory and the others have not spoken for themselves.
   */
  | (Asking & {
      readonly type: "join";
      readonly info: string;
      readonly held: readonly PlacedLease[];
      readonly witnessed: readonly PlacedLease[];
    })
  /** Ends the membership; leases that are left are orphans. */
  | (Asking & { readonly type: "leave" });

/** Begins every answer. */
export interface Head {
  readonly fence: number;
  readonly seq: number;
  /** Until grants begin again, ms; 0: they are given. */
  readonly recoveringMs: number;
  /** False: the membership is over; only `join` helps. */
  readonly isMember: boolean;
}

export type Refusal =
  /** As many leases as the cap allows. */
  | "full"
  /** One of them is of the same content. */
  | "content"
  /** Others have waited longer: try again after `waitMs`. */
  | "turn"
  | "recovering"
  | "not a member";

export type Answer = Head &
  (
    | { readonly type: "granted"; readonly held: readonly Lease[] }
    | {
        readonly type: "refused";
        readonly why: Refusal;
        readonly waitMs: number;
        readonly held: readonly Lease[];
      }
    | { readonly type: "done"; readonly found: boolean }
    | { readonly type: "beaten"; readonly orphans: readonly PlacedLease[] }
    /** `lost`: what the member holds no more. */
    | { readonly type: "joined"; readonly lost: readonly string[] }
  );

/** Told to everybody who listens: all leases at one place, after a change. `queue`: whose turn it is, if any wait. */
export interface Change {
  readonly seq: number;
  readonly place: string;
  readonly held: readonly Lease[];
  readonly queue: readonly string[];
}

export interface Booked {
  readonly books: Books;
  readonly answer: Answer;
  readonly changes: readonly Change[];
}

/** Which server is asked, and what its clock says (ms since 1970). */
export interface Server {
  readonly run: string;
  readonly time: number;
}
