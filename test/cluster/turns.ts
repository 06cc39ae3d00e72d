/** Whose turn it was, by the record of what the store was told and did: its own clock, which no pause of others touches. */
import { TURN_MS, TURNS_MAX } from "../../src/leases/limits.ts";
import { PREFIX } from "./cluster.ts";

/** A slot that was given back while somebody waited, and granted again. */
interface HandOver {
  readonly member: string;
  /** Who had waited for longer. */
  readonly ahead: number;
  /** By the store's clock. */
  readonly afterMs: number;
  /** It was granted no sooner than its turn was. */
  readonly inTurn: boolean;
}

const WORD = /"(?:[^"\\]|\\.)*"/g;
const keyOf = (name: string): string => `{${PREFIX}}:${name}`;

/** Of all since the beginning of the record, which must be one life of a store. */
export function handOvers(record: string): readonly HandOver[] {
  const found: HandOver[] = [];
  const freedAt = new Map<string, number>();
  let queue: string[] = [];
  /** What is being done: it is over when the store's clock is written. */
  let under: { readonly type: string; readonly place: string; readonly member: string } | null = null;
  let before: { readonly queue: readonly string[]; readonly freedMs: number | undefined } | null = null;
  let isGranted = false;
  for (const line of record.split("\n")) {
    const [command, key = "", ...rest] = (line.match(WORD) ?? []).map((word) => JSON.parse(word) as string);
    if (!line.includes(" lua] ")) {
      const order = command === "EVALSHA" ? rest.at(-1) : undefined;
      under = order?.startsWith('{"') ? JSON.parse(order) : null;
      before = under === null ? null : { queue, freedMs: freedAt.get(under.place) };
      isGranted = false;
      continue;
    }
    const [first = "", second = ""] = rest;
    if (key === keyOf("queue")) {
      if (command === "LREM") queue = queue.filter((name) => name !== second);
      if (command === "RPUSH") queue = [...queue, first];
      if (command === "DEL") queue = [];
    } else if (key === keyOf("freed")) {
      if (command === "HSET") freedAt.set(first, Number(second));
      if (command === "HDEL") freedAt.delete(first);
      if (command === "DEL") freedAt.clear();
    } else if (key === keyOf("engines")) {
      isGranted ||= command === "HSET" && under?.type === "reserve";
    } else if (
      key === keyOf("store") &&
      command === "HSET" &&
      isGranted &&
      under &&
      before?.freedMs !== undefined
    ) {
      const at = before.queue.indexOf(under.member);
      const ahead = at < 0 ? before.queue.length : at;
      const afterMs = Number(rest[rest.indexOf("clock") + 1]) - before.freedMs;
      const inTurn = afterMs >= Math.min(ahead, TURNS_MAX) * TURN_MS;
      found.push({ member: under.member, ahead, afterMs, inTurn });
    }
  }
  return found;
}
