/** What a store of leases must be able to do; `memory.ts` and `redis.ts` are two. */
import type { Answer, Books, Change, Command } from "./books.ts";

/** What the store holds, as far as it is shown to members. */
export type StoreView = Pick<Books, "seq" | "fence" | "engines" | "members" | "queue">;

export interface StoreEvents {
  /** Leases changed somewhere. In the order of their numbers, but some may be missing. */
  change(change: Change): void;
  /** The store can be asked from now on: begin with `join`. */
  up(): void;
  /** It cannot; commands under way fail. `why` is for people. */
  down(why: string): void;
}

export interface StorePort {
  /** Connects, and stays connected for as long as it can. */
  open(events: StoreEvents): void;
  /**
   * One command in one round trip; commands are taken in the order in which they are given. Rejects when nobody can
   * tell whether the store took it.
   */
  ask(command: Command): Promise<Answer>;
  view(): Promise<StoreView>;
  /** For people; no secret in it. */
  describe(): string;
  close(): Promise<void>;
}
