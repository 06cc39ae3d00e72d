/** What a slate says: in large letters what is the matter, in small ones why, and for whom. */
import type { RejectCode } from "../../slots/index.ts";
import { SLATE_LINE_LETTERS_MAX, SLATE_REASON_LINES_MAX } from "./limits.ts";

/** Those refusals that are shown: who was sent away by hand is not kept. */
export type ShownCode = Exclude<RejectCode, "ended">;

/** A refusal, as the error would have told it. */
export interface Refused {
  readonly code: ShownCode;
  readonly message: string;
  /** Null: not known. */
  readonly retryAfterSeconds: number | null;
  /** 40 hex digits. */
  readonly hash: string;
}

export interface SlateWords {
  readonly title: string;
  /** Each at most `SLATE_LINE_LETTERS_MAX` letters. */
  readonly lines: readonly string[];
}

const TITLES: Readonly<Record<ShownCode, string>> = {
  no_capacity: "NO PLACE IS FREE",
  // As with the former: that no further engine can start is the operator's matter, and stands below.
  provisioning_blocked: "ALL PLACES ARE TAKEN",
  draining: "PROXY IS GOING DOWN",
  engine_error: "CHANNEL IS OFFLINE",
  engine_timeout: "CHANNEL IS OFFLINE",
};

/** Enough to know a channel by; the whole id would be small print. */
const HASH_DIGITS = 8;

export function wordsOf({ code, message, retryAfterSeconds, hash }: Refused): SlateWords {
  const again = retryAfterSeconds === null ? "" : `  -  try again in ${retryAfterSeconds} s`;
  return {
    title: TITLES[code],
    lines: [...wrapped(message), `channel ${hash.slice(0, HASH_DIGITS)}${again}`],
  };
}

/** In as many lines as there may be; what is left over ends in two dots. */
function wrapped(message: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of message.split(/\s+/).map(cut)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (longer.length <= SLATE_LINE_LETTERS_MAX) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  if (line !== "") lines.push(line);
  if (lines.length <= SLATE_REASON_LINES_MAX) return lines;
  const kept = lines.slice(0, SLATE_REASON_LINES_MAX);
  const last = kept.pop() ?? "";
  return [...kept, `${last.slice(0, SLATE_LINE_LETTERS_MAX - 2)}..`];
}

/** No word is longer than a line. */
const cut = (word: string): string =>
  word.length <= SLATE_LINE_LETTERS_MAX ? word : `${word.slice(0, SLATE_LINE_LETTERS_MAX - 2)}..`;
