/** People who come, zap, watch for some seconds and go, for as long as the demo runs. */
import { createHash } from "node:crypto";
import { type ClientRequest, get } from "node:http";
import { contentId } from "../../src/sim/index.ts";
import { zipf } from "./zipf.ts";

export interface Players {
  readonly playing: number;
  readonly asking: number;
  /** Streams that began to play, since the beginning. */
  readonly played: number;
  /** By what the proxy said, such as `503 no_capacity`; `broken`: the connection ended. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Everybody leaves, and nobody comes any more. */
  end(): void;
}

const WATCHED_MS = { min: 3_000, max: 20_000 };
/** Somebody who only looks in. */
const ZAPPED_MS = { min: 300, max: 1_500 };
const ZAPS = 0.4;
/** Between two channels, and after a refusal. */
const PAUSE_MS = { min: 50, max: 1_500 };

const between = ({ min, max }: { min: number; max: number }): number => min + Math.random() * (max - min);

/** `proxies`: addresses; each content goes to the one that its hash names, as a balancer would send it. */
export function keepPlaying(options: {
  readonly players: number;
  readonly contents: number;
  readonly proxies: () => readonly string[];
}): Players {
  const chosen = zipf(options.contents);
  const refusals = new Map<string, number>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const open = new Set<ClientRequest>();
  let [asking, playing, played] = [0, 0, 0];
  let isOver = false;

  const after = (ms: number, then: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!isOver) then();
    }, ms);
    timers.add(timer);
  };

  const watch = (): void => {
    const content = contentId(chosen(Math.random()));
    const url = homeOf(content, options.proxies());
    if (url === null) return after(between(PAUSE_MS), watch);
    asking++;
    let state: "asking" | "playing" | "over" = "asking";
    const turn = (next: "playing" | "over", why?: string): void => {
      if (state === "over") return;
      if (state === "asking") asking--;
      if (state === "playing") playing--;
      if (next === "playing") {
        playing++;
        played++;
      }
      if (why !== undefined && !isOver) refusals.set(why, (refusals.get(why) ?? 0) + 1);
      state = next;
      if (next === "over") after(between(PAUSE_MS), watch);
    };
    const request = get(`${url}/ace/getstream?id=${content}`, { agent: false }, (answer) => {
      let text = "";
      if (answer.statusCode === 200) turn("playing");
      answer.on("data", (chunk: Buffer) => {
        if (state === "asking") text += chunk.toString("latin1");
      });
      answer.on("end", () =>
        turn("over", `${answer.statusCode} ${/"code":\s*"(\w+)"/.exec(text)?.[1] ?? ""}`),
      );
      answer.on("error", () => turn("over", "broken"));
      if (state === "playing")
        after(between(Math.random() < ZAPS ? ZAPPED_MS : WATCHED_MS), () => {
          turn("over");
          request.destroy();
        });
    });
    open.add(request);
    request.on("error", () => turn("over", "broken"));
    request.on("close", () => {
      open.delete(request);
      turn("over", "broken");
    });
  };
  for (let n = 0; n < options.players; n++) after(n * 30, watch);
  return {
    get playing() {
      return playing;
    },
    get asking() {
      return asking;
    },
    get played() {
      return played;
    },
    refusals,
    end() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      for (const request of open) request.destroy();
    },
  };
}

/** Of all that are there the one with the highest hash: when one goes, only its own contents find another home. */
function homeOf(content: string, proxies: readonly string[]): string | null {
  const hash = (url: string): string => createHash("sha1").update(`${url} ${content}`).digest("hex");
  return proxies.reduce<string | null>(
    (best, url) => (best === null || hash(url) > hash(best) ? url : best),
    null,
  );
}
