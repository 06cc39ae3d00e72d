/**
 * Sessions by number, for worlds in which what becomes of one depends on no other: what may happen to a session,
 * and what it becomes, is asked of the readable functions over an environment that holds it alone, once.
 */
import { Interned, Pairs } from "../explore/tables.ts";
import { type Delta, happenTo } from "./delta.ts";
import {
  type Environment,
  environmentKey,
  isLoad,
  type RealSession,
  sessionCode,
  tidy,
} from "./environment.ts";
import { allows, fromEnvironment, happen, heardFromEnvironment, isFromProxy, KINDS } from "./happenings.ts";
import type { WorldSize } from "./size.ts";

/** No session. */
export const NONE = 0;
const SESSIONS_MAX = 256;

/** What a happening makes of a session and of the rest; `heard`: the proxy hears of it. */
interface Made {
  readonly session: number;
  readonly rest: number;
  readonly heard: boolean;
}

export class Sessions {
  readonly #size: WorldSize;
  readonly #inspect: (env: Environment) => void;
  readonly #sessions = new Interned<RealSession | null>();
  readonly #keys: string[] = [];
  readonly #loads: boolean[] = [];
  /** The rest of environments: what is left when all sessions are taken out. */
  readonly #rests = new Interned<Environment>();
  readonly #allowed: Uint8Array[] = [];
  readonly #orders = new Interned<Delta["orders"]>();
  readonly #asked = new Pairs();
  readonly #ways: Int32Array[] = [];
  readonly #happened = new Pairs();
  readonly #made: Made[] = [];
  readonly #ordered = new Pairs();
  readonly #became: number[] = [];

  /** `inspect` is shown every environment that comes about, one session at a time. */
  constructor(size: WorldSize, inspect: (env: Environment) => void) {
    this.#size = size;
    this.#inspect = inspect;
    this.number(null);
    this.orders([]);
  }

  get count(): number {
    return this.#sessions.count;
  }

  at(number: number): RealSession | null {
    return this.#sessions.values[number] ?? null;
  }

  isLoad(number: number): boolean {
    return this.#loads[number] as boolean;
  }

  number(session: RealSession | null): number {
    const key = session ? String.fromCharCode(1, ...sessionCode(session)) : "";
    return this.#sessions.number(key, () => {
      if (this.#keys.length === SESSIONS_MAX)
        throw new RangeError("more kinds of sessions than can be packed");
      this.#keys.push(key);
      this.#loads.push(session !== null && isLoad(session));
      return session;
    });
  }

  rest(env: Environment): number {
    const bare = { ...env, held: [], ended: [] };
    return this.#rests.number(environmentKey(bare), () => {
      this.#allowed.push(
        Uint8Array.from(KINDS, (kind, index) => {
          const code = index * 65536 + 129 * 256;
          return kind === "engine answers again" ? 2 : Number(!isFromProxy(code) || allows(bare, code));
        }),
      );
      return bare;
    });
  }

  restAt(number: number): Environment {
    return this.#rests.at(number);
  }

  /** By kind of happening: 0 no, 1 yes, 2 ask. */
  allowedAt(number: number): Uint8Array {
    return this.#allowed[number] as Uint8Array;
  }

  /** What may happen to a session, as if it were the only one. */
  waysOf(rest: number, session: number, isHeld: boolean): Int32Array {
    const key = session * 2 + Number(isHeld);
    const known = this.#asked.find(rest, key);
    if (known >= 0) return this.#ways[known] as Int32Array;
    this.#ways.push(Int32Array.from(fromEnvironment(this.#alone(rest, session, isHeld), this.#size)));
    return this.#ways[this.#asked.number(rest, key)] as Int32Array;
  }

  happen(rest: number, session: number, code: number, isHeld: boolean): Made {
    const key = (rest * SESSIONS_MAX + session) * 2 + Number(isHeld);
    const known = this.#happened.find(key, code);
    if (known >= 0) return this.#made[known] as Made;
    const before = this.#alone(rest, session, isHeld);
    const after = tidy(happen(before, code, this.#size));
    this.#inspect(after);
    this.#made.push({
      session: this.number((isHeld ? after.held[0] : after.ended[0]) ?? null),
      rest: this.rest(after),
      heard: !isFromProxy(code) && heardFromEnvironment(before, code, this.#size) !== null,
    });
    return this.#made[this.#happened.number(key, code)] as Made;
  }

  /** The number of what a step orders for one session. */
  orders(orders: Delta["orders"]): number {
    const own = orders.map((order) => ({
      ...order,
      ...("session" in order ? { session: 1 } : {}),
      ...("stream" in order ? { stream: 1 } : {}),
      ...("port" in order ? { port: 0 } : {}),
      ...("content" in order ? { content: 0 } : {}),
      ...("past" in order ? { past: 0 } : {}),
    }));
    return this.#orders.number(JSON.stringify(own), () => own);
  }

  /** What a session is after such orders; if it does not stay held: what of it is still to be seen. */
  order(session: number, orders: number, staysHeld: boolean): number {
    if (orders === 0) return session;
    const key = orders * 2 + Number(staysHeld);
    const known = this.#ordered.find(session, key);
    if (known >= 0) return this.#became[known] as number;
    const delta = {
      orders: this.#orders.at(orders),
      engines: [],
      sessions: [0, staysHeld ? 1 : 0],
      streams: [],
      contents: [],
    };
    const after = happenTo(this.#alone(0, session, true), delta, this.#size);
    this.#inspect(after);
    this.#became.push(this.number((staysHeld ? after.held[0] : after.ended[0]) ?? null));
    return this.#became[this.#ordered.number(session, key)] as number;
  }

  /** By what sessions are, so that the order does not depend on which was numbered first; none come last. */
  compare(a: number, b: number): number {
    if (a === b) return 0;
    if (a === NONE || b === NONE) return a === NONE ? 1 : -1;
    return (this.#keys[a] as string) < (this.#keys[b] as string) ? -1 : 1;
  }

  /** Sorts a few sessions in place. */
  sort(row: Int32Array): void {
    for (let end = 1; end < row.length; end++)
      for (let at = end; at > 0 && this.compare(row[at] as number, row[at - 1] as number) < 0; at--) {
        const moved = row[at] as number;
        row[at] = row[at - 1] as number;
        row[at - 1] = moved;
      }
  }

  #alone(rest: number, session: number, isHeld: boolean): Environment {
    const one = this.at(session);
    const list = one ? [one] : [];
    return { ...this.restAt(rest), held: isHeld ? list : [], ended: isHeld ? [] : list };
  }
}
