/**
 * The Informal Trace Format, which viewers of other model checkers open. A state is what is so after a step.
 * Where nothing is violated there is no trace; as the format wants a state, there is one with no engines in it.
 */
import type { CheckResult, EngineNow, Message, TraceStep } from "../result.ts";
import type { Written } from "./options.ts";

const VARS = ["step", "happening", "messages", "engines"];

/** Whole numbers as the format writes them, whatever their size. */
const int = (n: number) => ({ "#bigint": String(n) });

export function itf(result: CheckResult, _options: Written): string {
  const { violation } = result;
  const steps = violation?.trace ?? [];
  const loop = violation?.loopsTo ?? null;
  const trace = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      source: `aceslot check: ${violation?.rung ?? result.preset}`,
      status: violation === null ? "ok" : "violation",
      description:
        violation === null
          ? "Nothing is violated, so there is no trace."
          : `${violation.property}: ${violation.sentence} ${violation.detail}`,
      verdict: result.verdict,
      mutant: result.mutant,
      ...(violation === null ? {} : { property: violation.property, replay: violation.replay }),
    },
    vars: VARS,
    states: steps.length > 0 ? steps.map(stateOf) : [nothing],
    // The index of the state to which the last one returns. A return to before the first step has no state here.
    ...(loop !== null && loop > 0 ? { loop: loop - 1 } : {}),
  };
  return `${JSON.stringify(trace, null, 2)}\n`;
}

const nothing = { "#meta": { index: 0 }, step: int(0), happening: "", messages: [], engines: [] };

const stateOf = ({ happening, messages, engines }: TraceStep, index: number) => ({
  "#meta": { index },
  step: int(index + 1),
  happening,
  messages: messages.map(({ from, to, text }: Message) => ({ from, to, text })),
  engines: engines.map(({ name, slots, foreign, carries }: EngineNow) => ({
    name,
    slots,
    foreign: int(foreign),
    carries: int(carries),
  })),
});
