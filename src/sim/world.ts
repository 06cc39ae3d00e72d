/** A whole simulated world: engines and the orchestrator that lists them. */
import { type SimEngine, type SimEngineOptions, startSimEngine } from "./engine.ts";
import { startSimOrchestrator } from "./orchestrator.ts";
import type { SimOrchestrator, SimOrchestratorOptions } from "./orchestrator-options.ts";

const ENGINE_OPTIONS = [
  "startDelayMs",
  "stopDelayMs",
  "unreadSessionMs",
  "burstMs",
  "media",
  "advertisedHost",
] as const satisfies (keyof WorldOptions & keyof SimEngineOptions)[];

const ORCHESTRATOR_OPTIONS = [
  "paths",
  "key",
  "lagMs",
  "healthyAfterMs",
  "autoDelete",
  "random",
] as const satisfies (keyof WorldOptions & keyof SimOrchestratorOptions)[];

/** How a world is set up; what is not told here is as for one engine and one orchestrator. */
export interface WorldOptions
  extends Pick<
      SimEngineOptions,
      "startDelayMs" | "stopDelayMs" | "unreadSessionMs" | "burstMs" | "media" | "advertisedHost"
    >,
    Pick<SimOrchestratorOptions, "paths" | "key" | "lagMs" | "healthyAfterMs" | "autoDelete" | "random"> {
  /** How many there are from the start. */
  engines: number;
  /** Default 1. */
  generation?: 1 | 2;
  /** Further engines on demand; they join `engines` of the world. */
  provision?: { delayMs: number; max: number } | null;
}

/** A world that runs. */
export interface SimWorld {
  /** In order of their start, provisioned ones included. */
  readonly engines: readonly SimEngine[];
  /** The one that lists them. */
  readonly orchestrator: SimOrchestrator;
  /** The orchestrator's base URL. */
  readonly url: string;
  /** The engine of that name; throws when there is none. */
  engine(name: string): SimEngine;
  /** Highest real load of each engine, by name. */
  peakLoads(): Map<string, number>;
  /** Begins `peakLoads()` anew. */
  resetPeakLoads(): void;
  /** What all engines carry now. */
  realLoad(): number;
  /** Ends the orchestrator and all engines. */
  close(): Promise<void>;
  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts engines and the orchestrator that lists them.
 *
 * @example
 * ```ts
 * import { startWorld } from "aceslot/sim";
 *
 * await using world = await startWorld({ engines: 2, startDelayMs: 300 });
 * console.log(world.url, world.realLoad());
 * ```
 */
export async function startWorld(options: WorldOptions): Promise<SimWorld> {
  const engines: SimEngine[] = [];
  async function makeEngine(): Promise<SimEngine> {
    const engine = await startSimEngine({
      ...picked(options, ENGINE_OPTIONS),
      name: `engine-${engines.length + 1}`,
    });
    engines.push(engine);
    return engine;
  }
  for (let n = 0; n < options.engines; n++) await makeEngine();
  const orchestrator = await startSimOrchestrator({
    ...picked(options, ORCHESTRATOR_OPTIONS),
    generation: options.generation ?? 1,
    engines,
    provision: options.provision ? { ...options.provision, make: makeEngine } : null,
  });

  async function close(): Promise<void> {
    await orchestrator.close();
    await Promise.all(engines.map((engine) => engine.close()));
  }
  return {
    engines,
    orchestrator,
    url: orchestrator.url,
    engine(name) {
      const found = engines.find((engine) => engine.name === name);
      if (found === undefined) throw new Error(`no engine is named ${name}`);
      return found;
    },
    peakLoads: () => new Map(engines.map((engine) => [engine.name, engine.peakLoad])),
    resetPeakLoads: () => {
      for (const engine of engines) engine.resetPeakLoad();
    },
    realLoad: () => engines.reduce((load, engine) => load + engine.load, 0),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Those of the named options that are set. */
function picked<T extends object, K extends keyof T>(options: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  ) as Pick<T, K>;
}
