/**
 * What a check found, as data: reports are made of this and of nothing else. No I/O here; everybody in `model/`
 * and the command line may import it.
 */
import type { SlotState } from "../src/slots/index.ts";

/**
 * - `holds`: every property holds, and each was put to the test.
 * - `violated`: one does not; there is a trace that shows how.
 * - `incomplete`: a limit was reached before all was seen. Never called ok.
 * - `vacuous`: nothing is wrong, but something was never put to the test.
 */
export type Verdict = "holds" | "violated" | "incomplete" | "vacuous";

/** The command's exit code for each verdict; 4 is bad usage or input. */
export const EXIT_CODE: Readonly<Record<Verdict, number>> = {
  holds: 0,
  violated: 1,
  incomplete: 2,
  vacuous: 3,
};

/** What a check found. */
export interface CheckResult {
  /** Of this form; another number where fields change their meaning or go. */
  readonly version: 1;
  /** The whole in one word. */
  readonly verdict: Verdict;
  /** `ci`, `deep`, `incident`, `custom` for a world given by flags, or the name of one's own check. */
  readonly preset: string;
  /** The bug that stood in place of our code; null: none. */
  readonly mutant: string | null;
  /** The worlds, in the order in which they were gone through. */
  readonly rungs: readonly RungResult[];
  /** Every property that was asked. */
  readonly properties: readonly PropertyResult[];
  /** What occurred, and how often. */
  readonly coverage: Coverage;
  /** Sentences: what the result rests on. */
  readonly assumptions: readonly string[];
  /** Sentences: what was not explored (budgets, sizes). */
  readonly limits: readonly string[];
  /** The first violation, with a shortest trace where the search was breadth first; null: none. */
  readonly violation: Violation | null;
  /** How long it took. */
  readonly seconds: number;
  /** Resident memory at its highest, bytes. */
  readonly memoryBytes: number;
}

/** How a rung was explored: the pure core exhaustively, the real broker by schedules, several proxies, at random, or somebody's own model. */
export type Method = "core" | "shell" | "cluster" | "random" | "incident" | "model";

/** One world of a check. */
export interface RungResult {
  /** Short, such as `E2 C2 R4`, with the budgets that are not 0: `E1 C1 R2 faults 1`. */
  readonly name: string;
  /** How it was explored. */
  readonly method: Method;
  /** Distinct states (after symmetry); for `random` and `shell` runs: states or schedules visited. */
  readonly states: number;
  /** Transitions taken. */
  readonly edges: number;
  /** Longest shortest path from the beginning. */
  readonly depth: number;
  /** States in which nothing more can happen. */
  readonly terminals: number;
  /** Nothing can go on for ever there. Null: not looked at. */
  readonly acyclic: boolean | null;
  /** False: a limit ended it. */
  readonly complete: boolean;
  /** How long it took. */
  readonly seconds: number;
}

/** When a property must hold. */
export type PropertyKind =
  /** Holds in every state, or for every step. */
  | "always"
  /** Holds on every path, under the stated fairness. */
  | "eventually"
  /** Holds in some state, which shows that one can get there. */
  | "sometimes";

/** What became of one property. */
export interface PropertyResult {
  /** Short: what reports list. */
  readonly name: string;
  /** One sentence that a user can read. */
  readonly sentence: string;
  /** When it must hold. */
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

/** A property that does not hold, and how it came about. */
export interface Violation {
  /** Its name. */
  readonly property: string;
  /** What it says. */
  readonly sentence: string;
  /** What is wrong, in words, with the names that the trace uses. */
  readonly detail: string;
  /** The world in which it was found. */
  readonly rung: string;
  /** How that was explored. */
  readonly method: Method;
  /** Step by step, from the beginning; a shortest one where the search was breadth first. */
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

/** Who said what to whom: an arrow of the sequence diagram. */
export interface Message {
  /** Who sends. */
  readonly from: Lane;
  /** Who receives. */
  readonly to: Lane;
  /** Short: `start content 1`, `stop confirmed`. Same lane on both sides: something happens there. */
  readonly text: string;
}

/** One step of a trace. */
export interface TraceStep {
  /** What happened, as a person would say it. */
  readonly happening: string;
  /** The message or event itself, then what the proxy sent because of it, in order. */
  readonly messages: readonly Message[];
  /** Every engine after the step. */
  readonly engines: readonly EngineNow[];
}

/** An engine, as a trace shows it. */
export interface EngineNow {
  /** Such as `engine 1`. */
  readonly name: string;
  /** The state of each slot. */
  readonly slots: readonly SlotState[];
  /** Streams of others, as the proxy knows them. */
  readonly foreign: number;
  /** Sessions that the engine really carries. */
  readonly carries: number;
}

/** A replayable counter-example: which world, which choices. `choices[i]` indexes the enabled happenings. */
export interface TraceFile {
  /** Says what the file is, and of which form. */
  readonly aceslotTrace: 1;
  /** The world's name. */
  readonly rung: string;
  /** How it was explored. */
  readonly method: Method;
  /** The world's size and budgets, by name, as the flags of `check` set them. */
  readonly size: Readonly<Record<string, number | boolean>>;
  /** The bug that stood in place of our code; null: none. */
  readonly mutant: string | null;
  /** The property that was violated. */
  readonly property: string;
  /** From the beginning. */
  readonly choices: readonly number[];
  /** False: found where states that differ in names only were kept apart. Absent: where they were one. */
  readonly symmetry?: false;
}
