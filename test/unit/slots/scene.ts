/** A `CoreWorld` in which a test says what happens; every property is checked after every step. */
import type { Effect, SelectorEvent, SessionId } from "../../../src/slots/index.ts";
import { CoreWorld, contentKey, type RealSession, slotOf, type WorldSize } from "../../support/core-world.ts";
import { checkAll } from "./properties.ts";

export const ID = (content: number) => contentKey("id", content);
export const HASH = (content: number) => contentKey("infohash", content);

export class Scene extends CoreWorld {
  /** All effects since the beginning. */
  readonly history: Effect[] = [];

  override send(event: SelectorEvent): void {
    super.send(event);
    this.history?.push(...this.effects);
    checkAll(this);
  }

  session(id: SessionId): RealSession {
    const real = this.realOf(id);
    if (!real) throw new Error(`no session ${id}`);
    return real;
  }

  slot(id: SessionId): string {
    return slotOf(this.state, id)?.state ?? "gone";
  }

  /** The start arrives at the engine, which begins it. */
  arrives(id: SessionId): void {
    const real = this.session(id);
    real.phase = "sent";
    this.begin(real);
  }

  answers(id: SessionId, hashTold = true): void {
    this.arrives(id);
    this.tellStarted(this.session(id), hashTold);
  }

  plays(id: SessionId): void {
    this.answers(id);
    this.send({ type: "media", session: id });
  }

  stops(id: SessionId): void {
    this.session(id).phase = "over";
    this.send({ type: "stopConfirmed", session: id, proof: "stop confirmed" });
  }

  /** The engine's session is over, and the bytes end. */
  breaks(id: SessionId, fault: "engine" | "timeout" | "content" = "engine"): void {
    this.session(id).phase = "over";
    const [stream] = [...this.reading].find(([, session]) => session === id) ?? [];
    if (stream === undefined) throw new Error(`session ${id} is not read`);
    this.sourceEnds(stream, fault);
  }

  look(): void {
    this.snapshot();
    this.deliver(this.flying.length - 1);
  }

  status(client: number): string {
    return this.clients.get(client)?.status ?? "unknown";
  }

  /** Effects of one kind in the last step. */
  last<T extends Effect["type"]>(type: T): (Effect & { type: T })[] {
    return this.effects.filter((effect): effect is Effect & { type: T } => effect.type === type);
  }

  /** All effects of one kind. */
  all<T extends Effect["type"]>(type: T): (Effect & { type: T })[] {
    return this.history.filter((effect): effect is Effect & { type: T } => effect.type === type);
  }
}

export function scene(size: Partial<WorldSize> = {}): Scene {
  return new Scene({
    engines: 1,
    cap: 1,
    contents: 5,
    requests: 0,
    spares: 0,
    troubles: 0,
    labels: true,
    ...size,
  });
}
