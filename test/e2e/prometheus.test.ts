/**
 * What the real binary tells Prometheus after a busy while: its counters say what its journal says, they add up,
 * promtool accepts them, and rules, board and docs speak of nothing else.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contentId, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { redisServer } from "../contract/redis-server.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { expressionsOf, groupingsOf, readBoard, readRules, selectorsOf } from "../support/board.ts";
import { type Family, readExposition, sampleOf } from "../support/exposition.ts";
import { type JournalLine, readJournal } from "../support/journal.ts";
import { type Player, play } from "../support/player.ts";
import { promtool } from "../support/promtool.ts";
import { atRest, enginesOf, knowsEngines, streamsOf } from "../support/rest.ts";
import { until } from "../support/until.ts";

type Line = JournalLine & { readonly code?: string; readonly outcome?: string };

const PACKET_BYTES = 188;
const CAP = 2;

let proxy: RunningBinary;
let text = "";
let seen: ReadonlyMap<string, Family> = new Map();
let journal: readonly Line[] = [];
const ends = new AsyncDisposableStack();

beforeAll(async () => {
  const folder = ends.use(await scratchFolder());
  const redis = ends.use(await redisServer());
  const world = await startWorld({
    engines: 4,
    startDelayMs: 40,
    unreadSessionMs: 1_000,
    provision: { delayMs: 100, max: 5 },
  });
  ends.defer(() => world.close());
  proxy = ends.use(
    await startBinary([
      ...["--orchestrator", world.url, "--max-streams-per-engine", String(CAP)],
      ...["--journal", join(folder.path, "journal.jsonl"), "--state-dir", "none"],
      // Long enough for a place that somebody left to become free, also without proof.
      ...["--linger", "200ms", "--queue-timeout", "6s", "--release-timeout", "2s"],
      ...["--lease", `redis://127.0.0.1:${redis.port}`, "--lease-ttl", "5s"],
    ]),
  );
  await knowsEngines(proxy, 4);
  await until("it is ready", async () => (await fetch(`${proxy.url}/readyz`)).status === 200);
  await busyWhile(world);
  await atRest(proxy, world);
  // The first scrape is one request more for the second one to tell of.
  await scrape();
  text = await scrape();
  seen = readExposition(text);
  expect(await proxy.end()).toBe(0);
  journal = readJournal(join(folder.path, "journal.jsonl"));
}, 120_000);
afterAll(() => ends.disposeAsync());

/** Some of everything: burst, queue, refusals, faults, a fail-over, a player that zaps, one by HLS, a new engine. */
async function busyWhile(world: SimWorld): Promise<void> {
  const players: Player[] = [];
  const ask = (n: number): Player => {
    const player = play(`${proxy.url}/ace/getstream?id=${contentId(n)}`);
    players.push(player);
    return player;
  };
  const [first, second, third] = world.engines;
  if (!first || !second || !third) throw new Error("engines are missing");
  first.faults.start = { kind: "error", words: "failed to load content", times: 2 };
  second.faults.start = { kind: "status", status: 500, effect: "after", times: 1 };
  third.faults.stop = { kind: "status", status: 500, times: 2 };
  const burst = Array.from({ length: 16 }, (_, n) => ask(n));
  await Promise.all(burst.map((player) => player.answered()));
  expect((await fetch(`${proxy.url}/ace/getstream?id=nonsense`)).status).toBe(400);
  for (const player of burst.slice(0, 12)) player.leave();
  const watched = ask(40);
  await watched.got(20 * PACKET_BYTES);
  const carrying = (await enginesOf(proxy)).find(({ slots }) =>
    slots.some(({ state, content }) => state === "active" && content === `id:${contentId(40)}`),
  );
  const home = world.engines.find(({ address }) => carrying?.address.endsWith(address));
  if (!home) throw new Error(`no engine is at ${carrying?.address}`);
  await home.kill();
  await until("the stream goes on elsewhere", async () => {
    const figure = sampleOf(readExposition(await scrape()), "aceslot_failovers_total");
    return figure !== undefined && figure > 0;
  });
  expect((await fetch(`${proxy.url}/ace/manifest.m3u8?id=${contentId(60)}`)).status).toBe(200);
  expect(sampleOf(readExposition(await scrape()), "aceslot_hls_sessions")).toBe(1);
  const sentAway = ask(41);
  await sentAway.got(PACKET_BYTES);
  const { clients } = await proxy.get<{ clients: { id: number; content: string }[] }>("/api/v1/clients");
  const client = clients.find(({ content }) => content === `id:${contentId(41)}`);
  expect((await fetch(`${proxy.url}/api/v1/clients/${client?.id}`, { method: "DELETE" })).status).toBe(204);
  await until("it is broken off", () => sentAway.over === "broken");
  const byHls = (await streamsOf(proxy)).find(({ contents }) => contents.includes(`id:${contentId(60)}`));
  expect((await fetch(`${proxy.url}/api/v1/streams/${byHls?.id}`, { method: "DELETE" })).status).toBe(204);
  for (const player of players) player.leave();
  await home.revive();
}

async function scrape(): Promise<string> {
  return (await fetch(`${proxy.url}/metrics`)).text();
}

/** The sum of all series of a metric that have these labels. */
function sumOf(name: string, labels: Readonly<Record<string, string>> = {}): number {
  const samples = seen.get(name)?.samples;
  if (!samples) throw new Error(`there is no metric ${name}`);
  return samples
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

const countOf = (name: string): number => sampleOf(seen, name, {}, `${name}_count`) ?? Number.NaN;
const linesWhere = (holds: (line: Line) => boolean): number => journal.filter(holds).length;

describe("the counters", () => {
  test("say what the journal says", () => {
    expect(sumOf("aceslot_starts_total")).toBe(linesWhere(({ type }) => type === "grant"));
    for (const [proof, cause] of [
      ["stop_confirmed", "stop confirmed"],
      ["unknown_session", "unknown session"],
      ["deadline", "release deadline"],
      ["never_opened", "never opened"],
    ] as const)
      expect([proof, sumOf("aceslot_slots_freed_total", { proof })]).toEqual([
        proof,
        linesWhere((line) => line.to === "free" && line.cause === cause),
      ]);
    for (const outcome of [
      "no_capacity",
      "provisioning_blocked",
      "draining",
      "engine_error",
      "engine_timeout",
      "ended",
    ])
      expect([outcome, sumOf("aceslot_requests_total", { outcome })]).toEqual([
        outcome,
        linesWhere((line) => line.type === "reject" && line.code === outcome),
      ]);
    for (const outcome of ["asked", "provisioned", "failed"])
      expect([outcome, sumOf("aceslot_provisions_total", { outcome })]).toEqual([
        outcome,
        linesWhere((line) => line.type === "provision" && line.outcome === outcome),
      ]);
    expect(sumOf("aceslot_start_outcomes_total", { outcome: "played" })).toBeLessThanOrEqual(
      linesWhere(({ from, to }) => from === "pending" && to === "active"),
    );
    expect(sumOf("aceslot_illegal_moves_total")).toBe(0);
    expect(sumOf("aceslot_journal_lines_lost_total")).toBe(0);
  });

  test("saw something of everything that happened", () => {
    for (const [name, labels] of [
      ["aceslot_requests_total", { outcome: "served" }],
      ["aceslot_start_outcomes_total", { outcome: "played" }],
      ["aceslot_start_outcomes_total", { outcome: "failed" }],
      ["aceslot_failures_total", { stage: "start", fault: "content" }],
      ["aceslot_failures_total", { stage: "start", fault: "engine" }],
      ["aceslot_failures_total", { stage: "play", fault: "engine" }],
      ["aceslot_failovers_total", {}],
      ["aceslot_engine_set_asides_total", {}],
      ["aceslot_provisions_total", { outcome: "provisioned" }],
      ["aceslot_clients_ended_total", { reason: "left" }],
      ["aceslot_streams_ended_total", { reason: "unwatched" }],
      ["aceslot_streams_ended_total", { reason: "by_hand" }],
      ["aceslot_slots_freed_total", { proof: "stop_confirmed" }],
      ["aceslot_lease_claims_total", { outcome: "granted" }],
      ["aceslot_http_requests_total", { route: "/ace/getstream", code: "400" }],
      ["aceslot_http_requests_total", { route: "/ace/getstream", code: "200" }],
      ["aceslot_http_requests_total", { route: "/metrics", code: "200" }],
    ] as const)
      expect([name, labels, sumOf(name, labels) > 0]).toEqual([name, labels, true]);
  });

  test("add up: nothing begins that does not end, once", () => {
    expect(sumOf("aceslot_starts_total")).toBe(sumOf("aceslot_start_outcomes_total"));
    expect(sumOf("aceslot_starts_total") + sumOf("aceslot_recovered_sessions_total")).toBe(
      sumOf("aceslot_slots_freed_total"),
    );
    // Refused starts are the store's doing, and so are counted there as well.
    expect(sumOf("aceslot_start_outcomes_total", { outcome: "refused" })).toBeLessThanOrEqual(
      sumOf("aceslot_lease_claims_total", { outcome: "refused" }),
    );
    // One client by itself, and one with its stream.
    expect(sumOf("aceslot_clients_ended_total", { reason: "by_hand" })).toBe(2);
    expect(sumOf("aceslot_clients_ended_total")).toBe(sumOf("aceslot_requests_total", { outcome: "served" }));
    expect(countOf("aceslot_start_seconds")).toBe(
      sumOf("aceslot_start_outcomes_total", { outcome: "played" }),
    );
    const served = sumOf("aceslot_requests_total", { outcome: "served" });
    expect(countOf("aceslot_first_byte_seconds")).toBeLessThan(served);
    expect(countOf("aceslot_first_byte_seconds")).toBeGreaterThan(0);
    expect(countOf("aceslot_event_loop_delay_seconds")).toBeGreaterThan(0);
  });
});

describe("what is told", () => {
  test("passes promtool's check without a remark", () => {
    expect(promtool(["check", "metrics"], { input: text })).toEqual({ code: 0, said: "" });
  });

  test("is described in docs/metrics.md, all of it, and nothing else is", () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/metrics.md"), "utf8");
    const named = [...page.matchAll(/^\| `((?:aceslot|process)_\w+)/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...seen.keys()].sort());
  });

  test("is all that rules and board ask for, labels and their values included", () => {
    const board = expressionsOf(readBoard());
    expect(board.length).toBeGreaterThan(50);
    for (const expr of [...readRules().map((rule) => rule.expr), ...board]) {
      const known = new Set(["instance", "job", "le"]);
      for (const { metric, labels } of selectorsOf(expr)) {
        if (metric === "up") continue;
        const family =
          seen.get(metric) ?? seen.get(metric.replace(/_(bucket|sum|count)$/, "")) ?? missing(metric, expr);
        const isPart = !seen.has(metric);
        expect([metric, family.type === "histogram"]).toEqual([metric, isPart]);
        for (const sample of family.samples) for (const label of Object.keys(sample.labels)) known.add(label);
        for (const [label, wanted] of Object.entries(labels)) {
          if (label === "instance" || label === "job") continue;
          const values = family.samples.map((sample) => sample.labels[label]);
          for (const value of wanted.split("|")) expect(values, `${label} in ${expr}`).toContain(value);
        }
      }
      for (const label of groupingsOf(expr)) expect([...known], expr).toContain(label);
    }
  });

  test("grows with engines, and with nothing that users do", () => {
    for (const name of ["id:", "infohash:", contentId(1), "127.0.0.1:5"])
      expect(text.includes(name), name).toBe(false);
  });
});

function missing(metric: string, expr: string): never {
  throw new Error(`no metric is named ${metric}, in: ${expr}`);
}
