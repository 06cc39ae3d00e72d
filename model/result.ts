/**
 * What a check found, as data: reports are made of this and of nothing else. No I/O here; everybody in `model/`
 * and the command line may import it.
 */
import type { SlotState } from "../src/slots/index.ts";

/** `incomplete`: a limit was reached before all was seen; never called ok. `vacuous`: something was never put to the test. */
export type Verdict = "holds" | "violated" | "incomplete" | "vacuous";

/** The command's exit code for each verdict; 4 is bad usage or input. */
export const EXIT_CODE: Readonly<Record<Verdict, number>> = {
  holds: 0,
  violated: 1,
  incomplete: 2,
  vacuous: 3,
};

export interface CheckResult {
  readonly version: 1;
  readonly verdict: Verdict;
  /** `ci`, `deep`, `incident`, or `custom` for a world given by flags. */
  readonly preset: string;
  /** The bug that stood in place of our code; null: none. */
  readonly mutant: string | null;
  readonly rungs: readonly RungResult[];
  readonly properties: readonly PropertyResult[];
  readonly coverage: Coverage;
  /** Sentences: what the result rests on. */
  readonly assumptions: readonly string[];
  /** Sentences: what was not explored (budgets, sizes). */
  readonly limits: readonly string[];
  /** The first violation, with a shortest trace where the search was breadth first; null: none. */
  readonly violation: Violation | null;
  readonly seconds: number;
  /** Resident memory at its highest, bytes. */
  readonly memoryBytes: number;
}

/** How a rung was explored: the pure core exhaustively, the real broker by schedules, several proxies, at random, or somebody's own model. */
export type Method = "core" | "shell" | "cluster" | "random" | "incident" | "model";

export interface RungResult {
  /** Short, such as `E2 C2 R4`, with the budgets that are not 0: `E1 C1 R2 faults 1`. */
  readonly name: string;
  readonly method: Method;
  /** Distinct states (after symmetry); for `random` and `shell` runs: states or schedules visited. */
  readonly states: number;
  /** Transitions taken. */
  readonly edges: number;
  /** Longest shortest path from the beginning. */
  readonly depth: number;
  /** States in which nothing more can happen. */
  readonly terminals: number;
  /** Null: not looked at. */
  readonly acyclic: boolean | null;
  /** False: a limit ended it. */
  readonly complete: boolean;
  readonly seconds: number;
}

export type PropertyKind =
  /** Holds in every state, or for every step. */
  | "always"
  /** Holds on every path, under the stated fairness. */
  | "eventually"
  /** Holds in some state, which shows that one can get there. */
  | "sometimes";

export interface PropertyResult {
  readonly name: string;
  /** One sentence that a user can read. */
  readonly sentence: string;
  readonly kind: PropertyKind;
  /** `vacuous`: what it speaks of never occurred in any rung. `incomplete`: held as far as was seen. */
  readonly status: "holds" | "violated" | "vacuous" | "incomplete";
  /** What its *sometimes* twin asks to have occurred, in words. */
  readonly sometimes: string;
  /** The rung in which that occurred first; null: it never did. */
  readonly reachedIn: string | null;
  /** The methods whose rungs looked at it; absent: all of them. */
  readonly methods?: readonly Method[];
}

/** How often each thing occurred over all rungs; 0: never. */
export interface Coverage {
  /** The slot machine's moves, `pending --started--> active`. */
  readonly moves: Readonly<Record<string, number>>;
  /** The selector's events by type (`timer: queue`, `startFailed: unknown`…). */
  readonly events: Readonly<Record<string, number>>;
  /** The selector's effects by type. */
  readonly effects: Readonly<Record<string, number>>;
}

export interface Violation {
  readonly property: string;
  readonly sentence: string;
  /** What is wrong, in words, with the names that the trace uses. */
  readonly detail: string;
  readonly rung: string;
  readonly method: Method;
  readonly trace: readonly TraceStep[];
  /** Where a cycle is what is wrong: the number of the step (from 1) to which the last one returns. */
  readonly loopsTo: number | null;
  /** What `--replay` takes. */
  readonly replay: TraceFile;
  /** Where the property is defined, `model/…/file.ts` and line, for annotations. */
  readonly source: { readonly file: string; readonly line: number } | null;
}

/** Who sends or receives in a trace: `client 1`, `proxy`, `engine 1`, `orchestrator`, `store`, `state file`. */
export type Lane = string;

export interface Message {
  readonly from: Lane;
  readonly to: Lane;
  /** Short: `start content 1`, `stop confirmed`. Same lane on both sides: something happens there. */
  readonly text: string;
}

export interface TraceStep {
  /** What happened, as a person would say it. */
  readonly happening: string;
  /** The message or event itself, then what the proxy sent because of it, in order. */
  readonly messages: readonly Message[];
  /** Every engine after the step. */
  readonly engines: readonly EngineNow[];
}

export interface EngineNow {
  readonly name: string;
  readonly slots: readonly SlotState[];
  /** Streams of others, as the proxy knows them. */
  readonly foreign: number;
  /** Sessions that the engine really carries. */
  readonly carries: number;
}

/** A replayable counter-example: which world, which choices. `choices[i]` indexes the enabled happenings. */
export interface TraceFile {
  readonly aceslotTrace: 1;
  readonly rung: string;
  readonly method: Method;
  /** The world's size and budgets, by name, as the flags of `check` set them. */
  readonly size: Readonly<Record<string, number | boolean>>;
  readonly mutant: string | null;
  readonly property: string;
  readonly choices: readonly number[];
  /** False: found where states that differ in names only were kept apart. Absent: where they were one. */
  readonly symmetry?: false;
}
