/** Mermaid text, which code hosts draw: the violation's trace, or, where nothing is wrong, the slot's moves with counts. */
import { SLOT_STATES } from "../../src/slots/index.ts";
import type { CheckResult, EngineNow, Lane, Violation } from "../result.ts";
import { lanesOf } from "./lanes.ts";
import type { Written } from "./options.ts";
import { count, plain } from "./text.ts";
import { isOverCap, load, slotLetters } from "./words.ts";

export const mermaid = (result: CheckResult, _options: Written): string =>
  `${(result.violation === null ? counts(result) : traceDiagram(result.violation)).join("\n")}\n`;

function traceDiagram({ property, detail, trace, loopsTo }: Violation): string[] {
  const lanes = lanesOf(trace);
  const id = (lane: Lane): string => `l${lanes.indexOf(lane)}`;
  const all = lanes.length > 1 ? `${id(lanes[0] ?? "")},${id(lanes.at(-1) ?? "")}` : "l0";
  const lines = ["sequenceDiagram", ...lanes.map((lane) => `  participant ${id(lane)} as ${escaped(lane)}`)];
  // A diagram without anybody in it cannot be drawn.
  if (lanes.length === 0) lines.push("  participant l0 as proxy");
  let before: readonly EngineNow[] = [];
  for (const [n, step] of trace.entries()) {
    if (n === loopsTo) lines.push("  loop for ever");
    lines.push(`  Note over ${all}: ${n + 1}. ${escaped(step.happening)}`);
    for (const { from, to, text } of step.messages) lines.push(`  ${id(from)}->>${id(to)}: ${escaped(text)}`);
    for (const engine of step.engines) {
      const old = before.find(({ name }) => name === engine.name);
      if (lanes.includes(engine.name) && (old === undefined || loads(old) !== loads(engine)))
        lines.push(`  Note over ${id(engine.name)}: ${escaped(loads(engine))}`);
    }
    before = step.engines;
  }
  if (loopsTo !== null && loopsTo < trace.length) lines.push("  end");
  return [...lines, `  Note over ${all}: ${escaped(`${property} is violated: ${detail}`)}`];
}

/** `[AP] 2 of 2`, and what the engine carries where that breaks the cap. */
function loads(engine: EngineNow): string {
  const text = `[${slotLetters(engine)}] ${load(engine)} of ${engine.slots.length}`;
  return isOverCap(engine) ? `${text}, carries ${engine.carries}` : text;
}

const counts = (result: CheckResult): string[] =>
  Object.keys(result.coverage.moves).length > 0 ? slotMoves(result) : occurred(result);

/** Where there are no slots: how often each thing occurred. A pie has no place for what never did. */
function occurred({ coverage, preset }: CheckResult): string[] {
  const often = Object.entries(coverage.events).filter(([, times]) => times > 0);
  const slices = often.map(([name, times]) => `  "${escaped(name)}" : ${times}`);
  return [`pie showData title ${escaped(preset)}`, ...slices];
}

function slotMoves({ coverage }: CheckResult): string[] {
  const lines = ["stateDiagram-v2", "  [*] --> free"];
  const states: readonly string[] = SLOT_STATES;
  for (const [move, times] of Object.entries(coverage.moves)) {
    const [, from = "", event = "", to = ""] = /^(\w+) --(.+)--> (\w+)$/u.exec(move) ?? [];
    const often = times === 0 ? "never" : `${count(times)} times`;
    if (states.includes(from) && states.includes(to))
      lines.push(`  ${from} --> ${to}: ${escaped(event)}, ${often}`);
    else lines.push(`  %% ${plain(move)}: ${often}`);
  }
  return lines;
}

/** Everything that could end a statement, begin a comment or be read as markup, as an entity of Mermaid's own. */
const escaped = (text: string): string =>
  plain(text).replace(/[#;<>&"'`\\%{}|$]/gu, (char) => `#${char.codePointAt(0)};`) || "–";
