/** The engines of the examples' tests, and what their viewers ask for. */
import { bareMedia, contentId, type OpenMedia, type SimEngine, startSimEngine } from "../../src/sim/index.ts";

export interface Engines extends AsyncDisposable {
  readonly all: readonly SimEngine[];
  /** `host:port` each. */
  readonly addresses: readonly string[];
  /** What each carries now, by its own count. */
  readonly loads: readonly number[];
}

export async function startEngines(count: number, media: OpenMedia = bareMedia): Promise<Engines> {
  const all = await Promise.all(Array.from({ length: count }, () => startSimEngine({ media })));
  return {
    all,
    addresses: all.map(({ address }) => address),
    get loads() {
      return all.map(({ load }) => load);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((engine) => engine.close()));
    },
  };
}

export const streamOf = (url: string, content: number): string =>
  `${url}/ace/getstream?id=${contentId(content)}`;
