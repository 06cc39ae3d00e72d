// `aceslot replay FILE…`: holds journals, with their store's stream, or an acexy log, against the model.
import { pretty } from "../../model/replay/pretty.ts";
import { ReplayFileError, ReplayLimitError, replay as replayFiles } from "../../model/replay/replay.ts";
import { EXIT_CODE } from "../../model/replay/told.ts";
import { durationMs } from "../config/durations.ts";
import { quoted } from "../config/error.ts";
import { coloursOn } from "./colour.ts";
import { neutral } from "./escaped.ts";
import { print, UsageError } from "./run.ts";

const CAP_MAX = 1_000;
/** Clocks that differ by more are not kept at all. */
const SKEW_MAX_MS = 60_000;

export interface ReplayRequest {
  readonly files: readonly string[];
  readonly cap: string | null;
  readonly skew: string | null;
  readonly format: "pretty" | "json";
}

export async function replay(request: ReplayRequest): Promise<number> {
  const cap = request.cap === null ? null : readCap(request.cap);
  const skewMs = request.skew === null ? null : readSkew(request.skew);
  const shown = (file: string): string => (file === "-" ? "standard input" : quoted(file));
  try {
    const told = await replayFiles(request.files, { cap, skewMs, shown });
    await print(
      request.format === "json"
        ? JSON.stringify(told, null, 2)
        : pretty(told, { colours: coloursOn(), safe: neutral }),
    );
    return EXIT_CODE[told.verdict];
  } catch (error) {
    if (error instanceof ReplayFileError || error instanceof ReplayLimitError)
      throw new UsageError(error.message);
    throw error;
  }
}

function readCap(text: string): number {
  const cap = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (cap >= 1 && cap <= CAP_MAX) return cap;
  throw new UsageError(
    `--cap: ${quoted(text)} is not allowed: it must be a whole number from 1 to ${CAP_MAX}; try --cap 2`,
  );
}

function readSkew(text: string): number {
  const ms = durationMs(text);
  if (ms !== null && ms <= SKEW_MAX_MS) return ms;
  throw new UsageError(
    `--skew: ${quoted(text)} is not allowed: it must be a time with its unit from 0 to 1m; try --skew 100ms`,
  );
}
