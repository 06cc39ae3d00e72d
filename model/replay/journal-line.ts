/** One line of a journal, read and held against its form. It says nothing about whether the step is legal. */
import type { JournalLine } from "../../src/broker/index.ts";
import { SLOT_STATES, type SlotState } from "../../src/slots/index.ts";
import { TEXT_LENGTH_MAX } from "./limits.ts";

/** A record of a kind that this version does not know. */
export interface StrangeLine {
  readonly type: "strange";
  readonly kind: string;
  readonly seq: number;
  readonly at: string;
  readonly proxy: string;
}

export type JournalReading = JournalLine | StrangeLine;

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= TEXT_LENGTH_MAX;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isNumbered = (value: unknown): boolean => value === null || isCount(value);
const isState = (value: unknown): value is SlotState =>
  typeof value === "string" && (SLOT_STATES as readonly string[]).includes(value);
const OUTCOMES: readonly unknown[] = ["granted", "refused", "lost", "released", "adopted"];
const isOutcome = (value: unknown): boolean => OUTCOMES.includes(value);
const isAnyText = (value: unknown): boolean => value === null || typeof value === "string";

const isForeign = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([engine, streams]) => isText(engine) && isCount(streams));

/** What each kind of record must hold, so that nothing later has to ask. */
const FORMS: Readonly<Record<string, (line: Fields) => boolean>> = {
  engine_seen: (line) => isText(line.engine) && typeof line.name === "string" && isText(line.address),
  engine_gone: (line) => isText(line.engine),
  snapshot: (line) => isCount(line.engines) && isForeign(line.foreign) && Array.isArray(line.missing),
  grant: (line) =>
    isText(line.engine) &&
    isCount(line.slot) &&
    isCount(line.session) &&
    isCount(line.stream) &&
    isCount(line.load),
  reject: (line) => typeof line.code === "string",
  provision: (line) => typeof line.outcome === "string",
  configure: (line) => isCount(line.cap) && line.cap > 0,
  lease: (line) =>
    isOutcome(line.outcome) &&
    isText(line.lease) &&
    isText(line.place) &&
    typeof line.engine === "string" &&
    isNumbered(line.slot) &&
    isNumbered(line.session) &&
    isNumbered(line.fence),
};

/** A transition whose states are words, known ones or not: an unknown state is an illegal step, not bad form. */
const isTransition = (line: Fields): boolean =>
  isText(line.engine) &&
  isCount(line.slot) &&
  typeof line.from === "string" &&
  typeof line.to === "string" &&
  isNumbered(line.stream) &&
  isAnyText(line.content) &&
  typeof line.cause === "string";

/** True if both states of a transition are states of the slot machine. */
export const hasKnownStates = (line: { readonly from: string; readonly to: string }): boolean =>
  isState(line.from) && isState(line.to);

/** Null: the line is none of a journal, or is damaged. */
export function readJournalLine(text: string): JournalReading | null {
  let line: Fields;
  try {
    line = JSON.parse(text) as Fields;
  } catch {
    return null;
  }
  if (typeof line !== "object" || line === null) return null;
  const { seq, at, proxy, type } = line;
  if (!isCount(seq) || seq === 0 || !isText(at) || !isText(proxy)) return null;
  if (type === undefined) return isTransition(line) ? (line as unknown as JournalLine) : null;
  if (typeof type !== "string") return null;
  if (!Object.hasOwn(FORMS, type)) return { type: "strange", kind: type.slice(0, 40), seq, at, proxy };
  return FORMS[type]?.(line) ? (line as unknown as JournalLine) : null;
}
