/** Engines of a cluster: simulated ones in this process, or each in a process of its own that can really be killed. */
import { type EngineFaults, type SimEngineOptions, startSimEngine } from "../../src/sim/index.ts";
import { startEngineProcess } from "../support/engine-process.ts";
import { thinMedia } from "../support/thin-media.ts";
import type { CapWatch } from "./watch.ts";

export interface ClusterEngine extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  /** In a process of its own. */
  readonly isProcess: boolean;
  /** Changes what is wrong with it. */
  set(faults: Partial<EngineFaults>): void;
  /** Dies at once, with its sessions. */
  kill(): Promise<void>;
  /** Another life on the same port, with what was set. */
  revive(): Promise<void>;
  /** Connections stay and nothing moves, until `thaw()`. */
  freeze(): void;
  thaw(): void;
}

/** What can be said to another process. */
export type PlainEngineOptions = Omit<SimEngineOptions, "media" | "watch" | "faults">;

export async function startEngine(
  options: PlainEngineOptions & { readonly name: string },
  watch: CapWatch,
  isProcess: boolean,
): Promise<ClusterEngine> {
  return isProcess ? inProcess(options, watch) : here(options, watch);
}

async function here(
  options: PlainEngineOptions & { readonly name: string },
  watch: CapWatch,
): Promise<ClusterEngine> {
  const engine = await startSimEngine({ media: thinMedia, ...options, watch: watch.of(options.name) });
  const { name, host, port, address } = engine;
  return {
    ...{ name, host, port, address },
    isProcess: false,
    set: (faults) => void Object.assign(engine.faults, faults),
    kill: () => engine.kill(),
    revive: () => engine.revive(),
    freeze: () => engine.freeze(),
    thaw: () => engine.thaw(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

async function inProcess(
  options: PlainEngineOptions & { readonly name: string },
  watch: CapWatch,
): Promise<ClusterEngine> {
  const engine = await startEngineProcess({ media: "thin", ...options }, watch.of(options.name));
  const { name, port, address } = engine;
  let faults: Partial<EngineFaults> = {};
  return {
    ...{ name, port, address },
    host: "127.0.0.1",
    isProcess: true,
    set(changed) {
      faults = { ...faults, ...changed };
      engine.set(changed);
    },
    kill: () => engine.kill(),
    async revive() {
      await engine.restart();
      engine.set(faults);
    },
    freeze: () => engine.stop(),
    thaw: () => engine.goOn(),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
