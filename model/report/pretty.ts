/** What a person sees in the terminal. The verdict comes last, where eyes and build logs end. */
import { type CheckResult, EXIT_CODE, type PropertyResult, type Violation } from "../result.ts";
import { Line, type Tone } from "./line.ts";
import { MARK, type Mark } from "./marks.ts";
import type { Written } from "./options.ts";
import { sequence } from "./sequence.ts";
import { bytes, count, decimals, plain, plural, wrap, wrapItems } from "./text.ts";
import { cycleSentence, neverOccurred, verdictSentence, withStatus } from "./words.ts";
import { worlds } from "./worlds.ts";

const INDENT = 2;
/** Longer lines are hard to read; shorter terminals are not served. */
const COLUMNS_MAX = 100;
const COLUMNS_MIN = 60;

export function pretty(result: CheckResult, { color, columns, command }: Written): string {
  const room = Math.min(COLUMNS_MAX, Math.max(COLUMNS_MIN, columns));
  const sections = [
    title(result, room),
    [heading("Worlds"), ...worlds(result, room)],
    properties(result, room),
    coverage(result, room),
    sentences("Rests on", result.assumptions, room),
    sentences("Not explored", result.limits, room),
    ...(result.violation ? [violation(result.violation, command, room)] : []),
    verdict(result, room),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line.render(color)}\n`).join(""))
    .join("\n");
}

function title({ preset, mutant }: CheckResult, room: number): Line[] {
  const name = "aceslot check";
  const [first = "", ...rest] = wrap(preset, room - name.length - 3);
  const lines = [
    Line.of(name, "bold").add(` · ${first}`, "soft"),
    ...rest.map((part) => Line.of(part, "soft")),
  ];
  if (mutant === null) return lines;
  return [...lines, ...paragraph(`The bug ${mutant} stands in place of our code.`, room, "yellow")];
}

const NAMES_AT = 20;

function properties(result: CheckResult, room: number): Line[] {
  const held = withStatus(result, "holds");
  const lines = [
    heading("Properties"),
    ...(["always", "eventually", "sometimes"] as const).flatMap((kind) =>
      names(
        MARK.holds,
        kind,
        held.filter((property) => property.kind === kind),
        room,
      ),
    ),
    ...names(MARK.incomplete, "as far as seen", withStatus(result, "incomplete"), room),
  ];
  for (const status of ["vacuous", "violated"] as const)
    for (const { name, sentence, sometimes } of withStatus(result, status)) {
      const { text, tone } = MARK[status];
      lines.push(...named(`${text} ${status.toUpperCase()}`, tone, name, room));
      // The first violation's sentence stands over its trace.
      if (status === "violated" && name === result.violation?.property) continue;
      lines.push(...wrap(sentence, room - NAMES_AT).map((part) => new Line().put(NAMES_AT, part)));
      if (status === "violated") continue;
      const never = `It was never put to the test: ${sometimes}`;
      lines.push(...wrap(never, room - NAMES_AT).map((part) => new Line().put(NAMES_AT, part, tone)));
    }
  return lines;
}

const names = ({ text, tone }: Mark, word: string, held: readonly PropertyResult[], room: number): Line[] =>
  wrapItems(
    held.map(({ name }) => name),
    " · ",
    room - NAMES_AT,
  ).map((part, n) => {
    const line = new Line();
    if (n === 0) line.put(INDENT, text, tone).put(INDENT + 2, word, "soft");
    return line.put(NAMES_AT, part);
  });

const named = (word: string, tone: Tone, name: string, room: number): Line[] =>
  wrap(name, room - NAMES_AT).map((part, n) => {
    const line = new Line();
    if (n === 0) line.put(INDENT, word, tone);
    return line.put(NAMES_AT, part, "bold");
  });

function coverage(result: CheckResult, room: number): Line[] {
  const { moves, events, effects } = result.coverage;
  const lines: Line[] = [];
  for (const [kind, counts] of [
    ["moves", moves],
    ["events", events],
    ["effects", effects],
  ] as const) {
    const items = Object.entries(counts)
      .filter(([, times]) => times > 0)
      .map(([name, times]) => `${name} ${count(times)}`);
    wrapItems(items, " · ", room - 12).forEach((part, n) => {
      const line = new Line();
      if (n === 0) line.put(INDENT, kind, "soft");
      lines.push(line.put(12, part));
    });
  }
  for (const { kind, names } of neverOccurred(result))
    lines.push(
      ...paragraph(`${MARK.vacuous.text} ${kind} that never occurred: ${names.join(", ")}`, room, "yellow"),
    );
  return lines.length > 0 ? [heading("What occurred"), ...lines] : [];
}

function sentences(name: string, all: readonly string[], room: number): Line[] {
  if (all.length === 0) return [];
  const items = all.flatMap((sentence) =>
    wrap(sentence, room - 4).map((part, n) =>
      new Line().put(INDENT, n === 0 ? "·" : " ", "soft").put(4, part),
    ),
  );
  return [heading(name), ...items];
}

function violation(found: Violation, command: string | null, room: number): Line[] {
  const { trace, source } = found;
  const steps = trace.length > 0 ? ` after ${plural(trace.length, "step", "steps")}` : "";
  const from = source === null ? "" : ` · ${source.file}:${source.line}`;
  const cycle = cycleSentence(found);
  return [
    ...paragraph(`${found.property}: ${found.sentence}`, room, "bold", 0),
    ...paragraph(`violated in ${found.rung} (${found.method})${steps}${from}`, room, "soft", 0),
    ...(trace.length === 0
      ? []
      : [new Line(), ...sequence(trace, found.loopsTo, room), ...legend(trace, room)]),
    new Line(),
    ...paragraph(`${MARK.violated.text} ${found.detail}`, room, "red"),
    ...(cycle === null ? [] : paragraph(cycle, room, "red")),
    // Never broken: it is there to be copied.
    ...(command === null ? [] : [new Line(), new Line().put(INDENT, plain(command), "cyan")]),
  ];
}

const LEGEND = [
  "· free",
  "P pending",
  "A active",
  "R released, still held",
  "F somebody else’s",
  "+ beyond the cap",
];
/** Nothing where no engine is shown: there are no letters to explain. */
const legend = (trace: Violation["trace"], room: number): Line[] =>
  trace.every(({ engines }) => engines.length === 0)
    ? []
    : [new Line(), ...wrapItems(LEGEND, "   ", room - 6).map((part) => new Line().put(6, part, "soft"))];

function verdict(result: CheckResult, room: number): Line[] {
  const { text, tone } = MARK[result.verdict];
  const word = `${text} ${result.verdict.toUpperCase()}`;
  const at = word.length + 2;
  const said = wrap(verdictSentence(result), room - at).map((part, n) => {
    const line = new Line();
    return (n === 0 ? line.put(0, word, tone) : line).put(at, part, n === 0 ? "bold" : null);
  });
  const rest = `exit ${EXIT_CODE[result.verdict]} · ${decimals(result.seconds)} s · ${bytes(result.memoryBytes)} of memory at most`;
  return [...said, new Line().put(at, rest, "soft")];
}

const heading = (text: string): Line => Line.of(text, "bold");

const paragraph = (text: string, room: number, tone: Tone | null = null, indent = INDENT): Line[] =>
  wrap(text, room - indent).map((part) => new Line().put(indent, part, tone));
