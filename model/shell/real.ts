/** What is true outside the proxy, and what it waits for there. */
import type { PoolView, StartOutcome } from "../../src/ports.ts";
import type { Address, ContentKey, SessionId } from "../../src/slots/index.ts";

export interface RealEngine {
  readonly id: string;
  readonly address: Address;
  exists: boolean;
}

/** A session as the engine has it. It loads the engine from the moment at which the engine hears of it. */
export interface RealSession {
  /** Its number in this world; its URLs carry it. */
  readonly key: number;
  /** The broker's number for it. */
  readonly holder: SessionId;
  readonly engine: RealEngine;
  readonly content: ContentKey;
  runs: boolean;
  /** What the broker was told about the start. */
  told: "nothing" | "started" | "no" | "unknown";
  media: boolean;
  stopAsked: boolean;
  /** Whether its stop has told of a delay already, once for a stop. */
  delayed: boolean;
  /** What the broker has heard that proves its end. */
  proof: string | null;
  label: string | null;
  reports: { started: number; ended: number };
}

export interface StartCall {
  readonly session: RealSession;
  readonly signal: AbortSignal;
  resolve(outcome: StartOutcome): void;
}
export interface SessionCall<T> {
  readonly session: RealSession;
  resolve(outcome: T): void;
}
export interface AliveCall {
  readonly engine: RealEngine;
  resolve(alive: boolean): void;
}
export interface SaveCall {
  readonly ids: ReadonlySet<SessionId>;
  resolve(): void;
  reject(error: Error): void;
}
export interface LookCall {
  /** Null: the orchestrator has not made its list yet. */
  view: PoolView | null;
  /** Whose streams the list shows. */
  shown: readonly RealSession[];
  resolve(view: PoolView): void;
  reject(error: Error): void;
}
export interface TimerTask {
  readonly what: string;
  readonly fire: () => void;
}

export const nameOfEngine = (engine: RealEngine): string => `engine ${engine.address.port}`;
export const nameOfContent = (key: ContentKey): string => `content ${key.slice(key.indexOf(":") + 1)}`;
