/** Load patterns that overload engines, played against any proxy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contentId, type SimWorld } from "../../src/sim/index.ts";
import { type Player, play } from "./player.ts";
import { stopwatch } from "./stopwatch.ts";
import { until } from "./until.ts";

export interface Outcome {
  readonly played: number;
  readonly refused: number;
  readonly retryAfter: number;
  /** The most streams that any engine ever carried, as the engines themselves counted. */
  readonly highestRealLoad: number;
}

interface Replayed extends Outcome {
  /** Of those that were served, as far as this process was awake. */
  readonly longestWaitMs: number;
}

const highest = (world: SimWorld): number => Math.max(...world.peakLoads().values());

/** Asks for so many different contents in one moment, and waits until each has a picture or a refusal. */
export async function askAtOnce(url: string, world: SimWorld, contents: number): Promise<Outcome> {
  const players = Array.from({ length: contents }, (_, n) => play(`${url}/ace/getstream?id=${contentId(n)}`));
  try {
    const statuses = await Promise.all(players.map((player) => player.answered(60_000)));
    const playing = players.filter((_, n) => statuses[n] === 200);
    await Promise.all(playing.map((player) => player.got(188)));
    const refused = players.filter((_, n) => statuses[n] === 503);
    return {
      played: playing.length,
      refused: refused.length,
      retryAfter: refused.filter(({ headers }) => Number(headers["retry-after"]) > 0).length,
      highestRealLoad: highest(world),
    };
  } finally {
    for (const player of players) player.leave();
  }
}

/** Plays a recorded incident, so many times faster than it was: each start is a request, each stop a leaving. */
export async function replayIncident(url: string, world: SimWorld, timesFaster: number): Promise<Replayed> {
  const players: { readonly content: string; readonly player: Player }[] = [];
  const answers: Promise<{ readonly status: number; readonly waitedMs: number }>[] = [];
  const events = recordedEvents();
  const began = performance.now();
  const first = events[0]?.ms ?? 0;
  try {
    for (const { ms, event, content } of events) {
      const due = began + (ms - first) / timesFaster;
      await until("the next event is due", () => performance.now() >= due);
      if (event === "start") {
        const tookMs = stopwatch();
        const player = play(`${url}/ace/getstream?id=${content}`);
        players.push({ content, player });
        answers.push(player.answered(60_000).then((status) => ({ status, waitedMs: tookMs() })));
      } else players.find((one) => one.content === content && one.player.over === null)?.player.leave();
    }
    const all = await Promise.all(answers);
    const served = all.filter(({ status }) => status === 200);
    return {
      played: served.length,
      refused: all.filter(({ status }) => status === 503).length,
      retryAfter: 0,
      highestRealLoad: highest(world),
      longestWaitMs: Math.max(...served.map(({ waitedMs }) => waitedMs)),
    };
  } finally {
    for (const { player } of players) player.leave();
  }
}

/** Starts at the moment of their selection (a selection names no content: it pairs with the next start), and ends. */
function recordedEvents(): { ms: number; event: "start" | "leave"; content: string }[] {
  const text = readFileSync(join(import.meta.dir, "../../model/incidents/2025-10-12.csv"), "utf8");
  const selections: number[] = [];
  const events: { ms: number; event: "start" | "leave"; content: string }[] = [];
  for (const line of text.trim().split("\n").slice(1)) {
    const [ms = "", event = "", , , content = ""] = line.split(",");
    const full = content.padEnd(40, "0");
    if (event === "select") selections.push(Number(ms));
    else if (event === "start")
      events.push({ ms: selections.shift() ?? Number(ms), event: "start", content: full });
    else if (event === "client_stopped") events.push({ ms: Number(ms), event: "leave", content: full });
  }
  return events.sort((a, b) => a.ms - b.ms);
}
