/** What happened in the incident, step by step, for a trace. */
import type { Effect, State } from "../../src/slots/index.ts";
import type { Lane, Message, TraceStep } from "../result.ts";

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`;

export class Tale {
  readonly #steps: { readonly at: number; readonly port: number; readonly step: TraceStep }[] = [];

  add(what: {
    readonly at: number;
    readonly from: Lane;
    readonly words: string;
    /** The engine that it is about; 0: it will be the one at which something is started, if any. */
    readonly port: number;
    readonly state: State;
    readonly effects: readonly Effect[];
    readonly loads: (port: number) => number;
  }): void {
    const start = what.effects.find((effect) => effect.type === "start");
    const port = start?.address.port ?? what.port;
    const told: Message = { from: what.from, to: "proxy", text: what.words };
    this.#steps.push({
      at: what.at,
      port,
      step: {
        happening: `${seconds(what.at)}: ${what.from === "proxy" ? "" : `${what.from} `}${what.words}`,
        messages: [told, ...what.effects.flatMap((effect) => sent(effect, what.state))],
        engines: [...what.state.engines.values()]
          .filter((engine) => engine.address.port === port)
          .map((engine) => ({
            name: `engine ${port}`,
            slots: engine.slots.map((slot) => slot.state),
            foreign: engine.foreign.length,
            carries: what.loads(port),
          })),
      },
    });
  }

  /** What happened until then, at one engine or (0) everywhere. */
  until(at: number, port: number): TraceStep[] {
    return this.#steps.flatMap((one) =>
      one.at <= at && (port === 0 || one.port === port) ? [one.step] : [],
    );
  }
}

function sent(effect: Effect, state: State): Message[] {
  const to = (lane: Lane, text: string): Message[] => [{ from: "proxy", to: lane, text }];
  switch (effect.type) {
    case "start":
      return to(
        `engine ${effect.address.port}`,
        `start ${effect.content.slice(3)} (session ${effect.session})`,
      );
    case "stop":
      return to(
        `engine ${state.engines.get(effect.engine)?.address.port ?? effect.engine}`,
        `stop session ${effect.session}`,
      );
    case "serve":
      return to(`client ${effect.client}`, "media");
    case "reject":
      return to(`client ${effect.client}`, effect.code);
    case "provision":
      return to("orchestrator", "provision an engine");
    default:
      return [];
  }
}
