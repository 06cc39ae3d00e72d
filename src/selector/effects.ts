/** What the core wants done, carried out: each effect goes to the one whose business it is. */
import type { ClientId, Effect, SelectorEvent, SessionId, State, StreamId } from "../slots/index.ts";
import type { Ending } from "./ending.ts";
import type { Holders } from "./holders.ts";
import type { Probing } from "./probing.ts";
import type { Refusals } from "./refusals.ts";
import type { Runs } from "./runs.ts";
import type { Timers } from "./timers.ts";
import type { Waiting } from "./waiting.ts";
import { causeWords, isLateOpen, keyOf, sessionIn } from "./words.ts";

export interface EffectsEars<Value> {
  readonly runs: Runs<Value>;
  readonly waiting: Waiting<Value>;
  readonly holders: Holders<Value>;
  readonly ending: Ending;
  readonly refusals: Refusals;
  readonly probing: Probing;
  readonly timers: Timers;
  readonly openTimeoutMs: number | undefined;
  state(): State;
  post(event: SelectorEvent): void;
  serve(client: ClientId, stream: StreamId): void;
}

export class Effects<Value> {
  readonly #to: EffectsEars<Value>;

  constructor(to: EffectsEars<Value>) {
    this.#to = to;
  }

  /** `before`: as the state was before the decision that the effect comes of. */
  carryOut(effect: Effect, before: State): void {
    const to = this.#to;
    switch (effect.type) {
      case "start": {
        const { session, stream, engine, content } = effect;
        return to.runs.begin({ session, stream, resource: engine, key: keyOf(content) });
      }
      case "play":
        // A value that is open is all there is to wait for.
        return to.post({ type: "media", session: effect.session });
      case "stop":
        return to.runs.stop(effect.session, causeWords(this.#endCause(effect.session)));
      case "settled":
        return to.runs.settled(effect.session);
      case "serve":
        return to.serve(effect.client, effect.stream);
      case "reject": {
        const asked = before.clients.get(effect.client)?.stream ?? -1;
        return to.waiting.refuse({
          ...effect,
          before,
          content: before.streams.get(asked)?.contents[0] ?? "",
        });
      }
      case "drop":
        return to.holders.takeBack(effect.client, effect.reason);
      case "close":
        return to.refusals.forget(effect.stream);
      case "probe":
        return to.probing.probe(effect.engine, effect.faults);
      case "arm":
        if (effect.timer.kind === "queue") return to.waiting.arm(effect.timer.client);
        to.timers.arm(effect.timer);
        if (effect.timer.kind === "release") this.#giveUp(effect.timer.session);
        return;
      case "disarm":
        return effect.timer.kind === "queue"
          ? to.waiting.disarm(effect.timer.client)
          : to.timers.disarm(effect.timer);
      case "drained":
        return to.ending.drained();
      // There is one pool, nobody reports to it or looks at it, and nobody is asked whether they have zapped.
      case "move":
      case "reportStarted":
      case "reportEnded":
      case "refresh":
      case "provision":
      case "watch":
        return;
    }
  }

  /** A slot is released: if its value is still being opened, that is of no use any more. */
  #giveUp(session: SessionId): void {
    // Nearly always it is open by then, and making an error takes longer than all else in a release.
    if (this.#to.runs.get(session)?.opened !== null) return;
    const cause = this.#endCause(session);
    const reason = isLateOpen(cause)
      ? new DOMException(`open did not answer within ${this.#to.openTimeoutMs} ms`, "TimeoutError")
      : new DOMException(`the value is not wanted any more: ${causeWords(cause)}`, "AbortError");
    this.#to.runs.giveUp(session, reason);
  }

  #endCause(session: SessionId): string {
    return sessionIn(this.#to.state(), session)?.session?.endCause ?? "";
  }
}
