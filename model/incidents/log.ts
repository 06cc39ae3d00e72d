/** The log of 2025-10-12, read: who asked when, which engine was chosen and what was seen there, and how it ended. */
import { INCIDENT } from "./2025-10-12.data.ts";

/** One selection of the log and the stream that came of it. */
export interface Run {
  /** From 1, in the order of selection; also its client's number. */
  readonly number: number;
  readonly selectedMs: number;
  /** The engine that was chosen then. */
  readonly port: number;
  /** Its streams, as the orchestrator showed them at that moment. */
  readonly seen: number;
  readonly startedMs: number;
  /** The first digits of the content's id. */
  readonly digits: string;
  /** When its client stopped, or it ended by itself; null: the log does not tell. */
  endedMs: number | null;
  endedBy: "client" | "itself" | null;
}

/**
 * A selection names no content: each pairs with the next start, in order, since starts went through a lock one
 * after the other. A client that stops is the one of its content that has watched
 * longest.
 */
export function runsOf(csv: string = INCIDENT["2025-10-12.csv"]): Run[] {
  const selections: { readonly ms: number; readonly port: number; readonly seen: number }[] = [];
  const runs: Run[] = [];
  let stopped = "";
  for (const line of csv.trim().split("\n").slice(1)) {
    const [ms = "", event = "", port = "", seen = "", digits = ""] = line.trim().split(",");
    const at = Number(ms);
    if (event === "select") selections.push({ ms: at, port: Number(port), seen: Number(seen) });
    else if (event === "start") {
      const chosen = selections.shift();
      if (!chosen) throw new RangeError(`${line}: a start without a selection`);
      runs.push({
        number: runs.length + 1,
        selectedMs: chosen.ms,
        port: chosen.port,
        seen: chosen.seen,
        startedMs: at,
        digits,
        endedMs: null,
        endedBy: null,
      });
    } else {
      // Where a client stopped, `done` only says that the stream was cleared away.
      if (event === "done" && stopped === digits) continue;
      const on = runs.filter((one) => one.digits === digits && one.endedMs === null);
      if (on.length === 0) throw new RangeError(`${line}: an end without a start`);
      // A stream that is over by itself is over for all of its clients.
      for (const run of event === "done" ? on : on.slice(0, 1)) {
        run.endedMs = at;
        run.endedBy = event === "done" ? "itself" : "client";
      }
    }
    stopped = event === "client_stopped" ? digits : "";
  }
  return runs;
}
