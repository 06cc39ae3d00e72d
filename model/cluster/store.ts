/**
 * The store: the real books, made of an environment, asked by the real `keep`, and read back. Times are order only: a
 * term has run out where the environment says so, turns in the queue are over at once.
 */
import {
  type Answer,
  type Books,
  type Command,
  type Lease,
  type Member,
  NO_BOOKS,
} from "../../src/leases/books.ts";
import { type Env, FENCE, isMember, member, NOBODY, Phase, proxyOf, type Run } from "./env.ts";
import type { Rules } from "./rules.ts";

const TERM = 1000;
const SERVER = { run: "this", time: 0 };
const MEMBERS = Array.from({ length: 6 }, (_, one) => `p${proxyOf(one) + 1}/${one & 1}`);
const nameOf = (one: number): string => MEMBERS[one] ?? "";
/** By member and number: written out once. */
const RUNS_MAX = 32;
const IDS = MEMBERS.map((name) => Array.from({ length: RUNS_MAX }, (_, number) => `${name}/${number}`));

type Without<T> = T extends Command ? Omit<T, "ttl" | "seen" | "member"> : never;

const placeName = (place: number): string => `engine:${place}`;
const contentsOf = ({ content }: Run): string[] => [`id:${content}`];
/** A lease is named after the member that claimed it, and by a number of its own. */
const idOf = (env: Env, run: Run): string => IDS[run.origin]?.[env.runs.indexOf(run)] ?? "";
const runOf = (env: Env, id: string): Run | undefined => env.runs[Number(id.slice(id.lastIndexOf("/") + 1))];
const STOPPABLE = "urls";

export class Store {
  readonly #rules: Rules;
  readonly #cap: number;

  constructor(rules: Rules, cap: number) {
    this.#rules = rules;
    this.#cap = cap;
  }

  /** One claim, taken. Above the fences of before, if it is granted: else `fence` is not. */
  reserve(env: Env, run: Run): { readonly granted: boolean; readonly why: string; readonly fence: number } {
    const id = idOf(env, run);
    const answer = this.#ask(env, run.asker, {
      type: "reserve",
      place: placeName(run.place),
      id,
      contents: contentsOf(run),
      detail: "",
      cap: this.#cap,
      more: false,
      instead: null,
    });
    if (answer.type === "refused") return { granted: false, why: answer.why, fence: 0 };
    const fence = answer.type === "granted" ? (answer.held.find((lease) => lease.id === id)?.fence ?? 0) : 0;
    return { granted: true, why: "", fence };
  }

  release(env: Env, run: Run, proxy: number): void {
    if (run.owner === NOBODY) return;
    const id = idOf(env, run);
    this.#ask(env, this.#of(env, proxy), { type: "release", place: placeName(run.place), id });
  }

  /** How to stop it. */
  note(env: Env, run: Run, proxy: number): void {
    const id = idOf(env, run);
    this.#ask(env, this.#of(env, proxy), {
      type: "note",
      place: placeName(run.place),
      id,
      contents: contentsOf(run),
      detail: STOPPABLE,
    });
  }

  /** A renewal that finds the terms of `ended` over: what it is given. */
  beat(env: Env, proxy: number, ended: number): Run[] {
    const answer = this.#ask(
      env,
      this.#of(env, proxy),
      { type: "beat", waiting: false, adopts: true },
      ended,
    );
    if (answer.type !== "beaten") return [];
    return answer.orphans.flatMap(({ id }) => runOf(env, id) ?? []);
  }

  /** Says what it holds, and what it saw of others. Answers what it holds no more. */
  join(
    env: Env,
    proxy: number,
    held: readonly { readonly run: Run; readonly stoppable: boolean }[],
    witnessed: readonly { readonly run: Run; readonly owner: number }[],
  ): Run[] {
    const placed = (run: Run, owner: number, detail: string) => ({
      id: idOf(env, run),
      place: placeName(run.place),
      owner: nameOf(owner),
      fence: FENCE,
      contents: contentsOf(run),
      detail,
    });
    const one = this.#of(env, proxy);
    const answer = this.#ask(env, one, {
      type: "join",
      info: "",
      held: held.map(({ run, stoppable }) => placed(run, one, stoppable ? STOPPABLE : "")),
      witnessed: witnessed.map(({ run, owner }) => placed(run, owner, run.noted ? STOPPABLE : "")),
    });
    if (answer.type !== "joined" || !isMember(env, proxy)) return [];
    return answer.lost.flatMap((id) => runOf(env, id) ?? []);
  }

  /** Its memory is gone, or only what it was told by whom. */
  forget(env: Env, isEmpty: boolean): void {
    env.store = isEmpty ? "emptied" : "restarted";
    if (!isEmpty) return;
    env.members = 0;
    env.orphans = false;
    env.fence = 0;
    for (const run of env.runs) run.owner = NOBODY;
  }

  #of(env: Env, proxy: number): number {
    return member(proxy, env.proxies[proxy]?.life ?? 0);
  }

  #ask(env: Env, asker: number, command: Without<Command>, ended = 0): Answer {
    const asked = { ...command, member: nameOf(asker), ttl: TERM, seen: FENCE } as Command;
    const { books, answer } = this.#rules.keep(booksOf(env, ended), asked, SERVER);
    readBack(env, books);
    return answer;
  }
}

const isUnheard = ({ phase, held, asker }: Run): boolean =>
  phase === Phase.Unheard || (phase === Phase.Over && held === 0 && asker !== NOBODY);

/** `ended`: bit m: the term of member m is over. */
function booksOf(env: Env, ended: number): Books {
  const members = new Map<string, Member>();
  for (let one = 0; one < MEMBERS.length; one++)
    if ((env.members & (1 << one)) !== 0)
      members.set(MEMBERS[one] as string, { end: (ended & (1 << one)) !== 0 ? 0 : TERM, info: "" });
  const engines = new Map<string, Lease[]>();
  for (const run of env.runs) {
    if (run.owner === NOBODY) continue;
    const lease = {
      id: idOf(env, run),
      owner: nameOf(run.owner),
      // Of what its claimant has not heard it does not know the fence either.
      fence: isUnheard(run) ? env.fence + 1 : env.fence,
      contents: contentsOf(run),
      detail: run.noted ? STOPPABLE : "",
    };
    const place = placeName(run.place);
    engines.set(place, [...(engines.get(place) ?? []), lease]);
  }
  return {
    ...NO_BOOKS,
    run: env.store === "emptied" ? null : env.store === "restarted" ? "the one before" : SERVER.run,
    fence: env.fence,
    grantsFrom: env.store === "recovering" ? TERM : 0,
    ttl: TERM,
    hasOrphans: env.orphans,
    members,
    engines,
  };
}

function readBack(env: Env, books: Books): void {
  env.store = books.run !== SERVER.run ? env.store : books.grantsFrom > books.clock ? "recovering" : "knows";
  env.orphans = books.hasOrphans;
  env.fence = Math.min(books.fence, FENCE);
  env.members = 0;
  for (let one = 0; one < MEMBERS.length; one++)
    if (books.members.has(MEMBERS[one] as string)) env.members |= 1 << one;
  for (const run of env.runs) {
    run.owner = NOBODY;
    run.noted = false;
  }
  for (const leases of books.engines.values())
    for (const { id, owner, detail } of leases) {
      const run = runOf(env, id);
      if (!run) continue;
      run.owner = MEMBERS.indexOf(owner);
      run.noted = detail === STOPPABLE;
    }
}
