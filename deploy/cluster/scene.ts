/** What the parts of the demo share. */
import type { SimEngine } from "../../src/sim/index.ts";
import type { DemoOptions } from "./options.ts";
import type { Players } from "./players.ts";
import type { ProxyProcess, Store } from "./processes.ts";
import type { Screen } from "./screen.ts";

/** Shorter than in earnest, so that there is something to see. */
export const TTL_MS = 5_000;
export const RELEASE_MS = 15_000;

/** What engines tell of themselves. */
export interface Watch {
  violations: number;
  peak: number;
  begun: number;
  readonly told: string[];
}

export interface Scene {
  readonly options: DemoOptions;
  readonly screen: Screen;
  readonly store: Store;
  readonly proxies: readonly ProxyProcess[];
  readonly engines: readonly SimEngine[];
  readonly watch: Watch;
  readonly players: Players;
  readonly beganMs: number;
  /** How the slots of killed proxies came back. */
  readonly returns: string[];
  readonly isOver: () => boolean;
}

export const secondsOf = ({ beganMs }: Scene): number => Math.round((performance.now() - beganMs) / 1000);

/** Waits, or less if the demo ends. */
export const pause = (seconds: number, ended: Promise<void>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise<void>((done) => {
    timer = setTimeout(done, seconds * 1000);
  });
  return Promise.race([waited, ended]).finally(() => clearTimeout(timer));
};
