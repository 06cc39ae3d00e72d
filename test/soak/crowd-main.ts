/** The process behind `startCrowd`: all clients, so that what they need is not counted as the proxy's. */
import { contentId } from "../../src/sim/index.ts";
import { below, type Random, randomFrom } from "../cluster/random.ts";
import type { CrowdOptions, CrowdOrder, CrowdWord, Gap } from "./crowd.ts";
import { type HlsCounts, pause, watchHls } from "./hls-client.ts";
import { listens, noVisits, type Place, reads, scans, talksNonsense } from "./visitors.ts";
import { type Ending, WireClient } from "./wire-client.ts";

type Manner = "normal" | "frozen" | "slow" | "zapping";

const options = JSON.parse(process.argv[2] ?? "{}") as CrowdOptions;
const random: Random = randomFrom(options.seed);
const contents = Array.from({ length: options.streams + options.further }, (_, at) => contentId(at));
const place: Place = { base: `http://127.0.0.1:${options.port}`, port: options.port, contents };
const ending = new AbortController();
const { signal } = ending;

/** Slow ones read for one part of the time, and pause for the other. */
const SLOW_READS_MS = 300;
const SLOW_PAUSES_MS = 700;
const COMES_AGAIN_MS = 500;
const ZAP_MS = { min: 200, max: 2_500 };

const here = new Set<WireClient>();
/** Those that play, by content: whoever joins one of these waits for no engine. */
const playing = new Map<string, number>();
const counts = { came: 0, left: 0, broken: 0, clean: 0, brokenPackets: 0, packets: 0 };
const refused = new Map<number, number>();
let joins: number[] = [];
let colds: number[] = [];
let gaps: Gap[] = [];
const hls: HlsCounts = { segments: 0, bytes: 0, refused: 0 };
const visits = noVisits();
let numbered = 0;

function come(manner: Manner, content = contents[below(random, options.streams)] ?? ""): WireClient {
  const isJoin = (playing.get(content) ?? 0) > 0;
  const agent = manner === "zapping" ? "zapper" : `player-${numbered++}`;
  counts.came += 1;
  const forget = (): void => {
    here.delete(client);
    normal.delete(client);
    if (hasPlayed) playing.set(content, (playing.get(content) ?? 1) - 1);
    counts.packets += client.packets;
    counts.brokenPackets += client.broken;
  };
  let hasPlayed = false;
  const client: WireClient = new WireClient({ port: options.port, agent }, content, {
    first(ms) {
      hasPlayed = true;
      playing.set(content, (playing.get(content) ?? 0) + 1);
      (isJoin ? joins : colds).push(ms);
      if (manner === "frozen") client.pause();
      if (manner === "slow") void readSlowly(client);
    },
    gap(missing, isSeam) {
      if (manner === "normal") gaps.push({ content, missing, isSeam, atMs: Date.now() });
    },
    over(how) {
      forget();
      note(how);
      if (how !== "left" && manner !== "zapping") comeAgain(manner);
    },
  });
  here.add(client);
  if (manner === "normal") normal.add(client);
  return client;
}

const normal = new Set<WireClient>();

function note(how: Ending): void {
  if (typeof how === "object") refused.set(how.refused, (refused.get(how.refused) ?? 0) + 1);
  else counts[how] += 1;
}

function comeAgain(manner: Manner): void {
  void pause(COMES_AGAIN_MS, signal).then(() => {
    if (!signal.aborted) come(manner);
  });
}

async function readSlowly(client: WireClient): Promise<void> {
  while (here.has(client) && !signal.aborted) {
    client.pause();
    await pause(SLOW_PAUSES_MS, signal);
    client.resume();
    await pause(SLOW_READS_MS, signal);
  }
}

/** Every second so many leave, and as many come. */
async function churn(): Promise<void> {
  let owed = 0;
  while (!signal.aborted) {
    await pause(1_000, signal);
    if (signal.aborted) return;
    owed += options.clients * options.churn;
    const leaving = [...normal];
    for (; owed >= 1; owed--) {
      const [client] = leaving.splice(below(random, leaving.length), 1);
      client?.leave(below(random, 2) === 0);
      come("normal");
    }
  }
}

/** One remote control: each channel for a moment, whatever comes of it. */
async function zap(): Promise<void> {
  while (!signal.aborted) {
    const client = come("zapping", contents[below(random, contents.length)]);
    await pause(ZAP_MS.min + random() * (ZAP_MS.max - ZAP_MS.min), signal);
    client.leave(below(random, 2) === 0);
  }
}

async function watchesHls(number: number): Promise<void> {
  while (!signal.aborted) {
    const seen = new AbortController();
    const away = pause(HLS_WATCHED_MS * (0.5 + random()), signal).then(() => seen.abort());
    const content = contents[below(random, options.streams)] ?? "";
    await watchHls(place.base, content, `hls-${number}-${numbered++}`, hls, seen.signal);
    await away;
  }
}
const HLS_WATCHED_MS = 15_000;

function tell(): void {
  const word: CrowdWord = {
    ...{ counts: { ...counts }, refused: [...refused], joins, colds, gaps, hls: { ...hls } },
    ...{
      visits: { ...visits },
      here: here.size,
      playing: [...here].filter(({ isPlaying }) => isPlaying).length,
    },
  };
  process.send?.(word);
  joins = [];
  colds = [];
  gaps = [];
}

function end(): void {
  ending.abort();
  for (const client of [...here]) client.leave(below(random, 2) === 0);
  // What was just told to leave has its last words in the next turn.
  setTimeout(() => {
    tell();
    process.disconnect?.();
    process.exit();
  }, 500);
}

process.on("message", (order: CrowdOrder) => {
  if (order === "end") end();
});
process.on("disconnect", () => process.exit());
setInterval(tell, 1_000);

for (let at = 0; at < options.clients; at++) {
  const manner = at < options.frozen ? "frozen" : at < options.frozen + options.slow ? "slow" : "normal";
  // They come over some seconds, all streams from the beginning on.
  void pause((at / options.clients) * options.comeMs, signal).then(() => {
    if (!signal.aborted) come(manner, contents[at % options.streams]);
  });
}
void churn();
for (let at = 0; at < options.zappers; at++) void zap();
for (let at = 0; at < options.hls; at++) void watchesHls(at);
for (let at = 0; at < options.listeners; at++) void listens(place, visits, at === 0, signal);
if (options.visitors) {
  void scans(place, visits, signal);
  void reads(place, visits, signal);
  void talksNonsense(place, visits, signal);
}
