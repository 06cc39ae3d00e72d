/** `/metrics`: each value is what the broker knows at that moment, in a form that Prometheus reads. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createApp } from "../../src/http/app.ts";
import { measureChannels } from "../../src/http/channel-metrics.ts";
import { LoopDelay } from "../../src/http/loop-delay.ts";
import { Meter } from "../../src/http/meter.ts";
import { NO_SUMS, StreamTotals } from "../../src/http/stream-totals.ts";
import { type Family, readExposition, sampleOf } from "../support/exposition.ts";
import {
  appOptions,
  type FakeBroker,
  fakeBroker,
  leaseOf,
  listed,
  lonelyStore,
  memberOf,
  request,
  routesOf,
  snapshotOf,
  stateAfter,
} from "../support/shared-world.ts";
import { until } from "../support/until.ts";

const CONTENT = `id:${"1".repeat(40)}`;

async function scrape(ask: (path: string) => Promise<Response>): Promise<ReadonlyMap<string, Family>> {
  const answer = await ask("/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return readExposition(await answer.text());
}

const scrapeOf = (broker: FakeBroker) => scrape(routesOf(broker));

describe("/metrics", () => {
  test("keeps to the naming rules", async () => {
    for (const [name, { type, help }] of await scrapeOf(fakeBroker({ leases: lonelyStore() }))) {
      expect(name).toMatch(/^(aceslot|process)_[a-z_]+$/);
      expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mib|minutes)(_|$)/);
      expect(help.length).toBeGreaterThan(10);
    }
  });

  test("is described in docs/metrics.md, each metric with its type", async () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/metrics.md"), "utf8");
    const claims = { granted: 0, refused: 0, lost: 0, adopted: 0 };
    const counters = { ...fakeBroker().counters, claims };
    const ask = routesOf(fakeBroker({ leases: lonelyStore(), counters }));
    await ask("/healthz");
    const seen = await scrape(ask);
    const rows = new Map(
      [...page.matchAll(/^\| `([a-z_]+)(?:\{([a-z,]+)\})?` \| (\w+) \|/gm)].map(
        ([, name = "", labels = "", type = ""]) => [name, { labels: labels.split(",").sort(), type }],
      ),
    );
    const optional = ["aceslot_memory_limit_bytes", "process_open_fds", "process_max_fds"];
    expect([...rows.keys()].sort()).toEqual([...seen.keys()].sort());
    for (const [name, { type, samples }] of seen) {
      const row = rows.get(name);
      expect([name, row?.type]).toEqual([name, type]);
      if (!optional.includes(name)) expect([name, samples.length > 0]).toEqual([name, true]);
      for (const { labels } of samples) {
        const { le, ...others } = labels;
        expect([name, row?.labels]).toEqual([
          name,
          Object.keys(others).length > 0 ? Object.keys(others).sort() : [""],
        ]);
      }
    }
  });

  test("counts slots by state and loads by engine", async () => {
    const claims = [{ lease: "b/1/4", contents: ["id:x"] }];
    const state = stateAfter(3, [
      snapshotOf(listed("e1"), listed("e2", "10.0.0.2")),
      { type: "claims", whole: true, places: [{ place: "10.0.0.1:6878", claims, blocked: false }] },
      request(1, CONTENT),
    ]);
    const [own] = [...state.places.values()];
    const seen = await scrapeOf(fakeBroker({ state }));
    const slots = (engine: string, of: string) => sampleOf(seen, "aceslot_slots", { engine, state: of });
    expect(own?.engine).toBe("e2");
    expect([slots("e2", "pending"), slots("e2", "free"), slots("e1", "free")]).toEqual([1, 2, 3]);
    expect(sampleOf(seen, "aceslot_engine_load", { engine: "e1" })).toBe(1);
    expect(sampleOf(seen, "aceslot_engine_claims", { engine: "e1" })).toBe(1);
    expect(sampleOf(seen, "aceslot_engine_load", { engine: "e2" })).toBe(1);
    expect(sampleOf(seen, "aceslot_engine_usable", { engine: "e2" })).toBe(1);
    expect(sampleOf(seen, "aceslot_cap")).toBe(3);
    expect(sampleOf(seen, "aceslot_clients")).toBe(1);
    expect(sampleOf(seen, "aceslot_queue_length")).toBe(0);
    expect(sampleOf(seen, "aceslot_streams", { phase: "starting" })).toBe(1);
    expect(sampleOf(seen, "aceslot_streams", { phase: "waiting" })).toBe(0);
    expect(sampleOf(seen, "aceslot_illegal_moves_total")).toBe(0);
  });

  test("tells the values of the moment, not of the scrape before", async () => {
    const broker = fakeBroker();
    const ask = routesOf(broker);
    await scrape(ask);
    broker.state = stateAfter(1, [snapshotOf(listed("e2"))]);
    broker.counters = { ...broker.counters, illegalMoves: 2, decisions: 9 };
    const seen = await scrape(ask);
    expect(sampleOf(seen, "aceslot_slots", { engine: "e1", state: "free" })).toBeUndefined();
    expect(sampleOf(seen, "aceslot_slots", { engine: "e2", state: "free" })).toBe(1);
    expect(sampleOf(seen, "aceslot_illegal_moves_total")).toBe(2);
    expect(sampleOf(seen, "aceslot_decisions_total")).toBe(9);
  });

  test("survives names that mean something in the format, and sums up engines of one name", async () => {
    const name = 'a"b\\c{e="f"} 1';
    const state = stateAfter(2, [
      snapshotOf({ ...listed(name), id: "x" }, { ...listed(name, "10.0.0.2"), id: "y" }),
    ]);
    const seen = await scrapeOf(fakeBroker({ state }));
    expect(sampleOf(seen, "aceslot_slots", { engine: name, state: "free" })).toBe(4);
  });

  test("shows nothing of an engine's name that a terminal would obey", async () => {
    const state = stateAfter(2, [snapshotOf(listed("\u001b[31mred\u001b[0m"))]);
    const seen = await scrapeOf(fakeBroker({ state }));
    expect(sampleOf(seen, "aceslot_engine_load", { engine: "\ufffd[31mred\ufffd[0m" })).toBe(0);
  });

  test("of one proxy know nothing of another one in the process", async () => {
    const [one, other] = await Promise.all([
      scrapeOf(fakeBroker({ state: stateAfter(1, []) })),
      scrapeOf(fakeBroker({ state: stateAfter(5, []) })),
    ]);
    expect([sampleOf(one, "aceslot_cap"), sampleOf(other, "aceslot_cap")]).toEqual([1, 5]);
  });

  test("tells of the process what is true", async () => {
    const seen = await scrapeOf(fakeBroker());
    const now = Date.now() / 1000;
    expect(sampleOf(seen, "process_cpu_seconds_total")).toBeGreaterThan(0);
    expect(sampleOf(seen, "process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect(
      Math.abs((sampleOf(seen, "process_start_time_seconds") ?? 0) + process.uptime() - now),
    ).toBeLessThan(5);
    if (process.platform !== "linux") return;
    const open = sampleOf(seen, "process_open_fds") ?? 0;
    expect(open).toBeGreaterThan(2);
    expect(sampleOf(seen, "process_max_fds")).toBeGreaterThan(open);
  });
});

describe("what routes answer", () => {
  test("is counted by the route's pattern and the status, whatever the path holds", async () => {
    const ask = routesOf(fakeBroker());
    for (const path of [
      "/healthz",
      "/healthz",
      `/ace/getstream/${"z".repeat(40)}.ts`,
      "/ace/getstream?id=1",
      "/ace/hls/nobody/7.ts",
      "/nothing/here",
      "/another/thing",
    ])
      await ask(path);
    const counted = (await scrape(ask)).get("aceslot_http_requests_total")?.samples ?? [];
    const lines = counted.map(({ labels, value }) => `${labels.route} ${labels.code}: ${value}`);
    expect(lines.sort()).toEqual([
      "/ace/getstream 400: 1",
      "/ace/getstream/:id 400: 1",
      "/ace/hls/:session/:segment 404: 1",
      "/healthz 200: 2",
      "none 404: 2",
    ]);
  });
});

test("an answer to nobody, who left while it waited, is counted as no refusal", async () => {
  const left: number[] = [];
  const patient = {
    request: () => ({ client: 4, admission: new Promise(() => {}) }),
    leave: (client: number) => void left.push(client),
  };
  const app = createApp(appOptions(Object.assign(fakeBroker(), patient)));
  const ask = (path: string, init: RequestInit = {}) =>
    app(new Request(`http://x${path}`, init), { address: "127.0.0.1" });
  const leaving = new AbortController();
  const answer = ask(`/ace/getstream?id=${"1".repeat(40)}`, { signal: leaving.signal });
  leaving.abort();
  await answer;
  expect(left).toEqual([4]);
  const counted = (await scrape(ask)).get("aceslot_http_requests_total")?.samples ?? [];
  expect(counted.map(({ labels }) => labels)).toEqual([{ route: "/ace/getstream", code: "499" }]);
});

describe("the event loop's delay", () => {
  test("is as long as whoever holds the loop up", async () => {
    const loop = new LoopDelay();
    loop.watch();
    const end = performance.now() + 400;
    while (performance.now() < end);
    await until("the late beat is counted", () => loop.seen.count > 0);
    expect(loop.seen.sum).toBeGreaterThanOrEqual(0.29);
    loop.close();
  });

  test("is measured only while somebody looks, and again when somebody does", async () => {
    const loop = new LoopDelay(10);
    expect(loop.isBeating).toBe(false);
    loop.watch();
    expect(loop.isBeating).toBe(true);
    await until("nobody has looked for too long", () => !loop.isBeating);
    const { count } = loop.seen;
    loop.watch();
    await until("it beats again", () => loop.seen.count > count);
    loop.close();
    expect(loop.isBeating).toBe(false);
  });
});

describe("a histogram", () => {
  test("is told in buckets that add up, each series whole", async () => {
    const meter = new Meter();
    const buckets = { bounds: [0.5, 2], counts: [3, 1, 2], sum: 40.25 };
    const none = { bounds: [0.5, 2], counts: [0, 0, 0], sum: 0 };
    meter.histogram(
      "waits_seconds",
      "How long.",
      () => [
        [{ of: "a" }, buckets],
        [{ of: "b" }, none],
      ],
      "of",
    );
    expect((await meter.scrape()).split("\n")).toEqual([
      "# HELP waits_seconds How long.",
      "# TYPE waits_seconds histogram",
      'waits_seconds_bucket{of="a",le="0.5"} 3',
      'waits_seconds_bucket{of="a",le="2"} 4',
      'waits_seconds_bucket{of="a",le="+Inf"} 6',
      'waits_seconds_sum{of="a"} 40.25',
      'waits_seconds_count{of="a"} 6',
      'waits_seconds_bucket{of="b",le="0.5"} 0',
      'waits_seconds_bucket{of="b",le="2"} 0',
      'waits_seconds_bucket{of="b",le="+Inf"} 0',
      'waits_seconds_sum{of="b"} 0',
      'waits_seconds_count{of="b"} 0',
      "",
    ]);
  });
});

describe("channels and pictures", () => {
  test("are counted by kind and state, and their sources are not named", async () => {
    const told = new Meter();
    const view = (kind: string, ok: boolean | null) => ({
      kind,
      ok,
      source: "http://user:secret@tv/list.m3u",
    });
    measureChannels(told, {
      channels: {
        lineup: { channels: [1, 2, 3] },
        views: () => [view("playlist", true), view("playlist", false), view("guide", null)],
      },
      slates: { figures: { viewers: 2, shown: 7 } },
    });
    const text = await told.scrape();
    const seen = readExposition(text);
    const sources = (kind: string, state: string) =>
      sampleOf(seen, "aceslot_channel_sources", { kind, state });
    const states = ["ok", "failed", "untried"];
    expect(states.map((state) => sources("playlist", state))).toEqual([1, 1, 0]);
    expect(states.map((state) => sources("guide", state))).toEqual([0, 0, 1]);
    expect(sampleOf(seen, "aceslot_channels")).toBe(3);
    expect(sampleOf(seen, "aceslot_slate_viewers")).toBe(2);
    expect(sampleOf(seen, "aceslot_slates_total")).toBe(7);
    expect(text).not.toContain("secret");
  });
});

describe("the leases' metrics", () => {
  test("are missing where no store is shared", async () => {
    expect([...(await scrapeOf(fakeBroker())).keys()].filter((name) => name.includes("lease"))).toEqual([]);
  });

  test("tell the store's state and who holds what, by names that outlive a restart", async () => {
    const leases = lonelyStore({
      members: [memberOf("a/1", "alpha"), memberOf("b/2", "beta")],
      leases: [
        leaseOf("b/2/1", "b/2", "10.0.0.1:1"),
        leaseOf("b/1/7", "b/2", "10.0.0.2:1"),
        leaseOf("c/1/1", "c/1", "10.0.0.3:1"),
      ],
      queue: ["b/2"],
      drift: ["something"],
    });
    const claims = { granted: 4, refused: 3, lost: 2, adopted: 1 };
    const seen = await scrapeOf(fakeBroker({ leases, counters: { ...fakeBroker().counters, claims } }));
    const owned = (owner: string) => sampleOf(seen, "aceslot_leases", { owner });
    expect([owned("alpha"), owned("beta"), owned("c")]).toEqual([0, 2, 1]);
    for (const [name, value] of Object.entries({ up: 1, valid_seconds: 7.5, round_trip_seconds: 0.0005 }))
      expect([name, sampleOf(seen, `aceslot_lease_${name}`)]).toEqual([name, value]);
    for (const [name, value] of Object.entries({
      members: 2,
      queue_length: 1,
      fence: 7,
      drift: 1,
      orphans: 1,
    }))
      expect([name, sampleOf(seen, `aceslot_lease_${name}`)]).toEqual([name, value]);
    for (const [outcome, value] of Object.entries(claims))
      expect([outcome, sampleOf(seen, "aceslot_lease_claims_total", { outcome })]).toEqual([outcome, value]);
  });

  test("say when nothing is claimed in the store, and nothing of a round trip that never was", async () => {
    const leases = lonelyStore({ trouble: "it is away", validMs: 0, roundTripMs: null });
    const seen = await scrapeOf(fakeBroker({ leases }));
    expect(sampleOf(seen, "aceslot_lease_up")).toBe(0);
    expect(seen.get("aceslot_lease_round_trip_seconds")?.samples).toEqual([]);
  });
});

describe("the bytes of all streams", () => {
  const of = (bytesIn: number) => ({ ...NO_SUMS, bytesIn, bytesOut: 2 * bytesIn });

  test("go on when a stream ends, and count it once", () => {
    const totals = new StreamTotals();
    expect(totals.look([[1, of(10)]], [])).toEqual(of(10));
    expect(totals.look([[2, of(5)]], [[1, of(12)]])).toEqual(of(17));
    expect(totals.look([[2, of(6)]], [[1, of(12)]])).toEqual(of(18));
    // The list of ended streams forgets its oldest.
    expect(totals.look([[2, of(6)]], [])).toEqual(of(18));
  });

  test("never fall, even for a stream whose end nobody saw", () => {
    const totals = new StreamTotals();
    totals.look([[1, of(10)]], []);
    expect(totals.look([], [])).toEqual(of(10));
  });

  test("are what the streams' own figures say", async () => {
    const state = stateAfter(2, [snapshotOf(listed("e1")), request(1, CONTENT)]);
    const [stream = 0] = state.streams.keys();
    const bytes = new Map([[stream, of(100)]]);
    const broker = fakeBroker({ state });
    const ask = routesOf(broker, bytes);
    expect(sampleOf(await scrape(ask), "aceslot_sent_bytes_total")).toBe(200);
    bytes.clear();
    broker.state = stateAfter(2, []);
    const last = {
      ...of(150),
      peers: null,
      status: null,
      downloadedBytes: null,
      speedDownKBps: null,
      speedUpKBps: null,
    };
    broker.ended.all.push({ stream, last });
    const seen = await scrape(ask);
    expect(sampleOf(seen, "aceslot_received_bytes_total")).toBe(150);
    expect(sampleOf(seen, "aceslot_sent_bytes_total")).toBe(300);
  });
});
