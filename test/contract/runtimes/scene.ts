/** Simulated engines, a proxy in front of them, and the runtime's own server in front of that. */
import { createProxy, type ProxyOptions } from "aceslot";
import { contentId, type SimEngine, type SimEngineOptions, startSimEngine } from "aceslot/sim";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { type Viewer, type ViewerOptions, watch } from "../../support/viewer.ts";
import { freePort } from "../../support/wire.ts";
import { type Answer, ask } from "./ask.ts";
import type { Runtime } from "./runtime.ts";

/** Enough to say that a stream plays. */
export const PLAYS_BYTES = 188 * 300;

export interface Scene extends AsyncDisposable {
  readonly engines: readonly SimEngine[];
  readonly proxy: ReturnType<typeof createProxy>;
  readonly url: string;
  /** A viewer of the n-th content. */
  watch(content: number, options?: ViewerOptions): Viewer;
  /** The same, when it is known to play. */
  playing(content: number, options?: ViewerOptions): Promise<Viewer>;
  ask(path: string, options?: Parameters<typeof ask>[1]): Promise<Answer>;
  /** Starts that the engines have seen. */
  starts(): number;
  /** Resolves when every slot is free and the engines carry nothing. */
  everythingIsFree(): Promise<void>;
}

export const streamPath = (content: number): string => `/ace/getstream?id=${contentId(content)}`;

export interface SceneOptions {
  readonly engines?: number;
  readonly engine?: SimEngineOptions;
  readonly proxy?: ProxyOptions;
  /** Of the media, for tests that want much of it. */
  readonly bitsPerSecond?: number;
}

export async function scene(runtime: Runtime, options: SceneOptions = {}): Promise<Scene> {
  const engines: SimEngine[] = [];
  for (let n = 0; n < (options.engines ?? 1); n++)
    engines.push(
      await startSimEngine({
        // One that is killed and comes back must find its port.
        port: await freePort(),
        media: numberedMedia(options.bitsPerSecond ?? 2_000_000),
        ...options.engine,
      }),
    );
  const proxy = createProxy({
    engines: engines.map(({ address }) => address),
    lingerMs: 0,
    ...options.proxy,
  });
  await proxy.ready;
  const listening = await runtime.listen(proxy.fetch);
  const viewers: Viewer[] = [];
  const { url } = listening;

  function look(content: number, how?: ViewerOptions): Viewer {
    const viewer = watch(`${url}${streamPath(content)}`, how);
    viewers.push(viewer);
    return viewer;
  }
  return {
    engines,
    proxy,
    url,
    watch: look,
    async playing(content, how) {
      const viewer = look(content, how);
      await viewer.got(PLAYS_BYTES);
      return viewer;
    },
    ask: (path, how) => ask(`${url}${path}`, how),
    starts: () => engines.reduce((sum, { counters }) => sum + counters.starts, 0),
    everythingIsFree: () =>
      until("every slot is free, and no engine carries anything", () => {
        const slots = proxy.engines().flatMap((engine) => engine.slots);
        return slots.every(({ state }) => state === "free") && engines.every(({ load }) => load === 0);
      }).then(() => {}),
    async [Symbol.asyncDispose]() {
      await proxy.close();
      await listening[Symbol.asyncDispose]();
      for (const viewer of viewers) viewer.leave();
      for (const engine of engines) await engine.close();
    },
  };
}
