/**
 * What became of slots that were taken: each is counted when it is taken, when it is known whether it plays, and when
 * it is given back. So `started` is the sum of `outcomes` and of those that are under way, and `started + recovered`
 * is the sum of `releases` and of the slots that are held.
 */
import type { Clock } from "../../ports.ts";
import type { Effect, Fault, SelectorEvent, SessionId, Slot, State, Step } from "../../slots/index.ts";
import { type StreamEnding, streamEnding } from "./endings.ts";
import { Histogram, WAIT_BOUNDS } from "./histogram.ts";

/** `refused`: the shared store did not grant the slot. `withdrawn`: nobody wanted it any more before it played. */
export type StartOutcome = "played" | "failed" | "refused" | "withdrawn";
export type Proof = "stop_confirmed" | "unknown_session" | "deadline" | "never_opened";
type Blame = Exclude<Fault, "over">;

const noBlame = (): Record<Blame, number> => ({ engine: 0, content: 0, timeout: 0 });

export class SessionCounts {
  started = 0;
  /** Of them: streams that had played already, and were moved to another slot. */
  failovers = 0;
  /** Sessions of a former life, or of a proxy that is no more, that took a slot until they were stopped. */
  recovered = 0;
  /** Engines' answers that came when the slot had been given up. */
  lateAnswers = 0;
  setAside = 0;
  readonly outcomes: Record<StartOutcome, number> = { played: 0, failed: 0, refused: 0, withdrawn: 0 };
  /** Before and after the first media byte. */
  readonly failures = { start: noBlame(), play: noBlame() };
  readonly releases: Record<Proof, number> = {
    stop_confirmed: 0,
    unknown_session: 0,
    deadline: 0,
    never_opened: 0,
  };
  readonly endings: Record<StreamEnding, number> = {
    unwatched: 0,
    refused: 0,
    yielded: 0,
    handed_over: 0,
    merged: 0,
    over: 0,
    by_hand: 0,
    shutdown: 0,
    failed: 0,
  };
  readonly provisions = { asked: 0, provisioned: 0, failed: 0 };
  /** From the decision to the first media byte. */
  readonly startSeconds = new Histogram(WAIT_BOUNDS);
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Sessions that have not played yet and may, and when each took its slot. */
  readonly #underWay = new Map<SessionId, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** One decision of the selector. */
  took(event: SelectorEvent, before: State, { state, effects, records }: Step): void {
    this.#judge(event, before, state);
    for (const record of records) {
      if ("to" in record) {
        if (record.to === "released") this.#withdraw(before.engines.get(record.engine)?.slots[record.slot]);
        if (record.from === "free" && record.cause === "former life") this.recovered++;
      } else if (record.type === "provision") this.provisions[record.outcome]++;
    }
    for (const effect of effects)
      switch (effect.type) {
        case "start":
          this.started++;
          if (before.streams.get(effect.stream)?.live) this.failovers++;
          this.#underWay.set(effect.session, this.#clock.monotonicMs());
          break;
        case "settled":
          this.releases[proofOf(event)]++;
          break;
        case "close":
          this.endings[streamEnding(event, effect.reason, effect.clean)]++;
          break;
        case "probe":
          if (isFault(before, effect)) this.setAside++;
          break;
      }
  }

  /** What the event says of the session that it is about. */
  #judge(event: SelectorEvent, before: State, after: State): void {
    switch (event.type) {
      case "media": {
        const slot = slotOf(after, event.session);
        const stream = after.streams.get(slot?.session?.stream ?? -1);
        const since = this.#underWay.get(event.session);
        if (since === undefined || stream?.phase !== "playing" || stream.place?.session !== event.session)
          return;
        this.startSeconds.observe((this.#clock.monotonicMs() - since) / 1000);
        this.#settle(event.session, "played");
        return;
      }
      case "started":
        if (slotOf(before, event.session)?.state === "released") this.lateAnswers++;
        return;
      case "startFailed":
      case "sourceEnded":
        if (event.fault !== "over") this.#blame(event.session, event.fault, before);
        return;
      case "timer":
        if (event.timer.kind === "start") this.#blame(event.timer.session, "timeout", before);
        return;
      case "leaseRefused":
        this.#settle(event.session, "refused");
        return;
    }
  }

  /** A failure of a session that its stream had given up before is nobody's any more. */
  #blame(id: SessionId, fault: Blame, before: State): void {
    const stream = before.streams.get(slotOf(before, id)?.session?.stream ?? -1);
    if (stream?.place?.session !== id) return;
    this.failures[this.#underWay.has(id) ? "start" : "play"][fault]++;
    this.#settle(id, "failed");
  }

  #withdraw(slot: Slot | undefined): void {
    if (slot?.session) this.#settle(slot.session.id, "withdrawn");
  }

  #settle(id: SessionId, outcome: StartOutcome): void {
    if (this.#underWay.delete(id)) this.outcomes[outcome]++;
  }
}

const slotOf = (state: State, id: SessionId): Slot | undefined => {
  const place = state.places.get(id);
  return place && state.engines.get(place.engine)?.slots[place.slot];
};

/** Engines are asked after a fault; but new ones too, and those that already rest, where they have moved. */
const isFault = ({ engines }: State, { engine, faults }: Extract<Effect, { type: "probe" }>): boolean =>
  faults > (engines.get(engine)?.faults ?? 0);

/** Only proof, the last resort, and an engine's certain "no" free a slot. */
function proofOf(event: SelectorEvent): Proof {
  if (event.type === "stopConfirmed")
    return event.proof === "stop confirmed" ? "stop_confirmed" : "unknown_session";
  return event.type === "timer" && event.timer.kind === "release" ? "deadline" : "never_opened";
}
