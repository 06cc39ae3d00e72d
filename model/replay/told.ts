/** What a replay found, as data: pretty and JSON output are made of this and of nothing else. */
import type { HistoryTold } from "./history-told.ts";
import { SENTENCES_TOLD_MAX } from "./limits.ts";
import type { Where } from "./where.ts";

/** `broken`: certainly above the cap, or an illegal step. `unknown`: it cannot be told, and `doubts` says why. */
export type Verdict = "fine" | "broken" | "unknown";

/** The command's exit code for each verdict; 4 is a file that cannot be read. */
export const EXIT_CODE: Readonly<Record<Verdict, number>> = { fine: 0, broken: 1, unknown: 2 };

export type { Where };

export interface Fault {
  readonly where: Where;
  /** One sentence: what the line does, and the rule that it breaks. */
  readonly sentence: string;
}

/** A load at its highest. */
export interface Peak {
  readonly load: number;
  /** Streams of others among them, as the pool's source listed them. */
  readonly others: number;
  /** In force then; null: not told. */
  readonly cap: number | null;
  readonly where: Where;
}

export interface EngineTold {
  readonly id: string;
  readonly name: string;
  /** What it carried for sure, at its highest; null: nothing. */
  readonly certain: Peak | null;
  /** What it may have carried, at its highest; null: nothing. */
  readonly possible: Peak | null;
  /** The streams of the certain peak, if it is above the cap and the file tells them. */
  readonly streams: readonly StreamTold[];
}

export interface StreamTold {
  readonly content: string;
  readonly chosen: Where | null;
  /** Streams that the proxy saw on the engine when it chose it. */
  readonly seen: number | null;
  readonly started: Where;
}

export interface Told {
  readonly version: 1;
  readonly kind: "journal" | "acexy";
  readonly verdict: Verdict;
  readonly files: readonly string[];
  readonly lines: number;
  /** The first and the last time told. */
  readonly from: string | null;
  readonly to: string | null;
  /** The highest cap that was in force, and who said so; null: nobody. */
  readonly cap: { readonly value: number; readonly source: "--cap" | "file" } | null;
  /** Lines of each kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Names of proxies in the files; empty for a log, which names none. */
  readonly proxies: readonly string[];
  /** The first illegal step; null: none. */
  readonly illegal: Fault | null;
  readonly illegalSteps: number;
  /** Certainly or possibly above the cap, by steps of the proxies; the first of each. */
  readonly above: { readonly certainly: Fault | null; readonly possibly: Fault | null };
  /** Highest load first. */
  readonly engines: readonly EngineTold[];
  /** Engines that are gone and are not kept one by one. */
  readonly folded: { readonly engines: number; readonly certain: number; readonly possible: number };
  /** Of proxies that share a store of leases: then `engines` are places, and loads those of all proxies; null: of others. */
  readonly history: HistoryTold | null;
  /** Why it cannot be told for sure; sentences. */
  readonly doubts: readonly string[];
  /** What the result rests on, and what is odd but allowed; sentences. */
  readonly notes: readonly string[];
}

/** What was read. */
export interface Read {
  readonly files: readonly string[];
  readonly lines: number;
  /** Last lines that are not whole. */
  readonly cutOff: readonly Where[];
}

/** Takes a file's lines one by one and tells in the end what they come to. */
export interface Judge<Reading> {
  take(reading: Reading | "damaged", where: Where): void;
  /** What the file says next, told before its turn comes; null: nothing, it is over. */
  next?(file: number, reading: Reading | null): void;
  told(read: Read): Told;
}

export function capTold(given: number | null, told: number | null): Told["cap"] {
  if (given !== null) return { value: given, source: "--cap" };
  return told === null ? null : { value: told, source: "file" };
}

/** Collects what may be told many times: the first of each sentence, how many there were, and not endlessly many. */
export class Tally {
  readonly #told = new Map<string, { first: Where; times: number }>();
  #untold = 0;

  add(sentence: string, where: Where): void {
    const known = this.#told.get(sentence);
    if (known) known.times++;
    else if (this.#told.size < SENTENCES_TOLD_MAX) this.#told.set(sentence, { first: where, times: 1 });
    else this.#untold++;
  }

  sentences(files: readonly string[]): string[] {
    const told = [...this.#told].map(([sentence, { first, times }]) => {
      const more = times > 1 ? ` and ${times - 1} more` : "";
      return `${placeOf(first, files)}${more}: ${sentence}`;
    });
    return this.#untold > 0 ? [...told, `and ${this.#untold} more of the like`] : told;
  }
}

/** `line 12`, or `a.jsonl:12` where there are several files. */
export function placeOf(where: Where, files: readonly string[]): string {
  return files.length > 1 ? `${files[where.file] ?? "?"}:${where.line}` : `line ${where.line}`;
}
