/** A trace as a sequence diagram in a terminal: lanes left, what is sent right, slots under their engines. */
import type { EngineNow, Lane, Message, TraceStep } from "../result.ts";
import { lanesOf, shortName } from "./lanes.ts";
import { Line, type Tone } from "./line.ts";
import { plain, width, wrap, wrapItems } from "./text.ts";
import { isOverCap, load, slotLetters } from "./words.ts";

const MARGIN = 6;
const TEXT_MIN = 28;
const LETTER_TONE: Readonly<Record<string, Tone>> = {
  P: "yellow",
  A: "green",
  R: "magenta",
  F: "blue",
  "+": "red",
};

interface Layout {
  readonly lanes: readonly { readonly lane: Lane; readonly name: string; readonly at: number }[];
  /** Where texts begin, and how long they may be. */
  readonly textAt: number;
  readonly room: number;
}

/** `loopsTo`: the step after which the cycle begins. */
export function sequence(trace: readonly TraceStep[], loopsTo: number | null, columns: number): Line[] {
  const layout = layOut(trace, columns);
  const lines = layout === null ? [] : [heading(layout)];
  for (const [n, step] of trace.entries()) {
    const drawn = [
      ...title(step, n + 1, columns),
      ...(layout === null ? listed(step, columns) : drawStep(layout, step)),
    ];
    if (loopsTo !== null && n >= loopsTo) for (const line of drawn) line.put(1, "│", "red");
    if (n === loopsTo) drawn[0]?.put(1, "╭", "red");
    lines.push(...drawn);
  }
  if (loopsTo !== null) {
    const back = loopsTo === 0 ? "back to the beginning" : `back to where step ${loopsTo} ended`;
    lines.push(new Line().put(1, `╰─▶ ${back}, and so on for ever`, "red"));
  }
  return lines;
}

/** Null: there are too many lanes for this terminal. */
function layOut(trace: readonly TraceStep[], columns: number): Layout | null {
  const lanes = lanesOf(trace);
  const slots = new Map<Lane, number>();
  for (const { engines } of trace)
    for (const engine of engines)
      slots.set(engine.name, Math.max(slots.get(engine.name) ?? 0, slotLetters(engine).length + 2));
  for (const [nameOf, gap] of [
    [plain, 3],
    [(lane: Lane) => plain(shortName(lane)), 2],
  ] as const) {
    let right = MARGIN;
    const placed = lanes.map((lane) => {
      const name = nameOf(lane);
      const wide = Math.max(width(name), slots.get(lane) ?? 0, 3);
      const at = right + Math.floor(wide / 2);
      right += wide + gap;
      return { lane, name, at };
    });
    if (columns - right >= TEXT_MIN) return { lanes: placed, textAt: right, room: columns - right };
    if (nameOf === plain || right > columns) continue;
    // Where even short names leave little room, texts stand under the arrows.
    const textAt = columns - right >= TEXT_MIN / 2 ? right : MARGIN;
    return { lanes: placed, textAt, room: columns - textAt };
  }
  return null;
}

function heading({ lanes }: Layout): Line {
  const line = new Line();
  for (const { name, at } of lanes) line.put(at - Math.floor(width(name) / 2), name, "bold");
  return line;
}

const lifelines = ({ lanes }: Layout): Line => {
  const line = new Line();
  for (const { at } of lanes) line.put(at, "│", "soft");
  return line;
};

const title = ({ happening }: TraceStep, number: number, columns: number): Line[] =>
  wrap(happening, columns - MARGIN).map((text, n) => {
    const line = new Line().put(MARGIN - 1, text, "bold");
    return n === 0 ? line.put(2, String(number).padStart(2), "cyan") : line;
  });

const drawStep = (layout: Layout, { messages, engines }: TraceStep): Line[] => [
  ...messages.flatMap((message) => drawMessage(layout, message)),
  ...drawLoads(layout, engines),
];

/** The same without lanes. */
function listed({ messages, engines }: TraceStep, columns: number): Line[] {
  const said = messages.map(({ from, to, text }) =>
    from === to ? `${from}: ${text}` : `${from} ─▶ ${to}: ${text}`,
  );
  const slots = engines.map(
    (engine) => `${shortName(engine.name)} [${slotLetters(engine)}] ${load(engine)}/${engine.slots.length}`,
  );
  const wrong = engines.filter(isOverCap).map(overCap);
  const lines = (texts: readonly string[], tone: Tone | null) =>
    texts.flatMap((text) =>
      wrap(text, columns - MARGIN - 2).map((part, n) =>
        new Line().put(MARGIN + (n === 0 ? 0 : 2), part, tone),
      ),
    );
  return [
    ...lines(said, null),
    ...lines(wrapItems(slots, " · ", columns - MARGIN), "soft"),
    ...lines(wrong, "red"),
  ];
}

const overCap = (engine: EngineNow): string =>
  `${engine.name} carries ${engine.carries}, counted ${load(engine)}, cap ${engine.slots.length}`;

function drawMessage(layout: Layout, { from, to, text }: Message): Line[] {
  const line = lifelines(layout);
  const placeOf = (lane: Lane): number => layout.lanes.find((each) => each.lane === lane)?.at ?? MARGIN;
  const [a, b] = [placeOf(from), placeOf(to)];
  if (a === b) line.put(a, "◆", "cyan");
  else if (a < b) line.put(a, `├${"─".repeat(b - a - 2)}▶`, "cyan");
  else line.put(b + 1, `◀${"─".repeat(a - b - 2)}┤`, "cyan");
  return beside(layout, line, [{ text }]);
}

/** The slots under the engines' lanes, loads as numbers beside them. */
function drawLoads(layout: Layout, engines: readonly EngineNow[]): Line[] {
  const line = lifelines(layout);
  for (const { lane, at } of layout.lanes) {
    const engine = engines.find(({ name }) => name === lane);
    if (engine === undefined) continue;
    const box = `[${slotLetters(engine)}]`;
    const left = at - Math.floor(box.length / 2);
    line.put(left, box, isOverCap(engine) ? "red" : "soft");
    for (const [n, letter] of [...box].entries()) {
      const tone = LETTER_TONE[letter];
      if (tone !== undefined) line.put(left + n, letter, tone);
    }
  }
  if (engines.length === 0) return [line];
  const loads = `load ${engines.map((engine) => `${load(engine)}/${engine.slots.length}`).join(" ")}`;
  const wrong = engines.filter(isOverCap).map((engine) => ({ text: overCap(engine), tone: "red" as const }));
  return beside(layout, line, [{ text: loads, tone: "soft" }, ...wrong]);
}

/** Texts to the right of a drawn line, or under it where there is no room. */
function beside(layout: Layout, first: Line, texts: readonly { text: string; tone?: Tone }[]): Line[] {
  const lines = layout.textAt > MARGIN ? [first] : [first, lifelines(layout)];
  let at = lines.length - 1;
  for (const { text, tone } of texts)
    for (const part of wrap(text, layout.room)) {
      const line = lines[at] ?? lifelines(layout);
      lines[at++] = line.put(layout.textAt, part, tone ?? null);
    }
  return lines;
}
