/** A ranking of one's own, made safe: it decides where it can, and ours where it cannot. */
import { errorText, ifRejected } from "../foreign.ts";
import { RANK_TROUBLE_MS } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../ports.ts";
import { byRank, type Comparator } from "../slots/index.ts";

/**
 * The ranking with its ties broken by ours. One that throws, or answers something else than a number, harms nobody: for
 * those two engines ours decides, and it is told, at most once a minute.
 */
export function safely(rank: Comparator, clock: Pick<Clock, "monotonicMs">, log: Log): Comparator {
  let toldMs = Number.NEGATIVE_INFINITY;
  const tell = (error: string): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - toldMs < RANK_TROUBLE_MS) return;
    toldMs = nowMs;
    log.error("the ranking (rank) fails; ours decides", { error });
  };
  return (a, b) => {
    try {
      const order: unknown = rank(a, b);
      if (typeof order === "number" && !Number.isNaN(order)) return order === 0 ? byRank(a, b) : order;
      // One promise is enough to say so: what it rejects with says nothing more.
      ifRejected(order, () => {});
      tell(`it answered ${kindOf(order)}, not a number`);
    } catch (error) {
      tell(errorText(error));
    }
    return byRank(a, b);
  };
}

const kindOf = (value: unknown): string =>
  value instanceof Promise ? "a promise" : typeof value === "number" ? "NaN" : typeof value;
