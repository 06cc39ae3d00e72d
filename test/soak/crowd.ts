/** All clients of a soak, in a process of their own; it tells once a second what they have seen. */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { HlsCounts } from "./hls-client.ts";
import { noVisits, type VisitCounts } from "./visitors.ts";

export interface CrowdOptions {
  readonly seed: number;
  readonly port: number;
  /** Players that stay, `frozen` and `slow` ones among them, on so many streams. */
  readonly clients: number;
  readonly streams: number;
  /** Contents that only those ask for who zap. */
  readonly further: number;
  /** The share of clients that leaves and comes each second. */
  readonly churn: number;
  /** Over so long the first ones come. */
  readonly comeMs: number;
  readonly frozen: number;
  readonly slow: number;
  readonly zappers: number;
  readonly hls: number;
  /** Of /api/v1/events; the first one of them reads nothing. */
  readonly listeners: number;
  /** Scans, scripts and nonsense. */
  readonly visitors: boolean;
}

/** Somebody missed packets, or got them twice (negative). */
export interface Gap {
  readonly content: string;
  readonly missing: number;
  /** The proxy said that another source begins there. */
  readonly isSeam: boolean;
  readonly atMs: number;
}

/** From the crowd's process: counts since the beginning, lists since the last word. */
export interface CrowdWord {
  readonly counts: {
    readonly came: number;
    readonly left: number;
    readonly broken: number;
    readonly clean: number;
    readonly packets: number;
    readonly brokenPackets: number;
  };
  readonly refused: readonly (readonly [status: number, count: number])[];
  /** Times to the first byte, ms: of those who joined what played, and of all others. */
  readonly joins: readonly number[];
  readonly colds: readonly number[];
  readonly gaps: readonly Gap[];
  readonly hls: HlsCounts;
  readonly visits: VisitCounts;
  readonly here: number;
  readonly playing: number;
}
export type CrowdOrder = "end";

export interface Crowd {
  readonly pid: number;
  /** The last word. */
  readonly seen: CrowdWord;
  /** All since the beginning. */
  readonly joins: readonly number[];
  readonly colds: readonly number[];
  readonly gaps: readonly Gap[];
  /** Everybody leaves; resolves when their process is gone. */
  end(): Promise<void>;
}

const NOTHING: CrowdWord = {
  counts: { came: 0, left: 0, broken: 0, clean: 0, packets: 0, brokenPackets: 0 },
  ...{ refused: [], joins: [], colds: [], gaps: [], here: 0, playing: 0 },
  hls: { segments: 0, bytes: 0, refused: 0 },
  visits: noVisits(),
};

export function startCrowd(options: CrowdOptions): Crowd {
  const child = fork(join(import.meta.dir, "crowd-main.ts"), [JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const joins: number[] = [];
  const colds: number[] = [];
  const gaps: Gap[] = [];
  let seen = NOTHING;
  child.on("message", (word: CrowdWord) => {
    seen = word;
    joins.push(...word.joins);
    colds.push(...word.colds);
    gaps.push(...word.gaps);
  });
  return {
    pid: child.pid ?? 0,
    get seen() {
      return seen;
    },
    ...{ joins, colds, gaps },
    async end() {
      if (child.connected) child.send("end" satisfies CrowdOrder);
      await gone;
    },
  };
}
