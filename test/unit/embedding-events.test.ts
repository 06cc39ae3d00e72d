/** What a proxy tells those who listen, and that two proxies in one process do not know of each other. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { runInNewContext } from "node:vm";
import { type AceslotProxy, createProxy, type ProxyEvents, type ProxyOptions } from "aceslot";
import { contentId, type SimEngine, startSimEngine } from "aceslot/sim";
import { keptLog, serveProxy, watch } from "../support/embedded.ts";
import { until } from "../support/until.ts";

let engines: readonly SimEngine[] = [];
beforeAll(async () => {
  engines = await Promise.all([startSimEngine({ name: "one" }), startSimEngine({ name: "two" })]);
});
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

const at = (index: number): SimEngine => {
  const engine = engines[index];
  if (!engine) throw new Error("no such engine");
  return engine;
};
const proxyAt = (index: number, more: ProxyOptions = {}): AceslotProxy =>
  createProxy({ engines: [at(index).address], lingerMs: 0, ...more });
const A = contentId(1);

const fail = (): never => {
  throw new Error("no");
};

/** Plays and leaves; resolves when the slot is free again. */
async function playOnce(proxy: AceslotProxy, content = A): Promise<void> {
  const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${content}`));
  await answer.body?.cancel();
  await until("the slot is free", () => proxy.engines()[0]?.load === 0 && proxy.streams().length === 0);
}

describe("events", () => {
  test("are the journal's lines by their kind, and the streams that ended", async () => {
    await using proxy = proxyAt(0, { name: "kitchen" });
    const heard: Record<string, unknown[]> = {};
    const names = [
      "configure",
      "engine_seen",
      "snapshot",
      "transition",
      "grant",
      "reject",
      "journal",
      "ended",
    ];
    for (const name of names as (keyof ProxyEvents)[]) {
      heard[name] = [];
      proxy.on(name, (event) => heard[name]?.push(event));
    }
    // Typed by its name: what a transition has and a grant has not.
    const moves: string[] = [];
    proxy.on("transition", ({ from, to, cause }) => moves.push(`${from} → ${to}: ${cause}`));
    proxy.configure({ maxStreamsPerEngine: 2 });
    await playOnce(proxy);
    const { journal = [], ended = [], ...rest } = heard;
    expect(moves).toEqual([
      "free → pending: request",
      "pending → active: started",
      "active → released: nobody watches",
      "released → free: stop confirmed",
    ]);
    const kinds = Object.values(rest).flat() as { readonly seq: number }[];
    expect(kinds.toSorted((a, b) => a.seq - b.seq)).toEqual(journal as never);
    expect(heard.configure).toMatchObject([{ proxy: "kitchen", type: "configure", cap: 2 }]);
    expect(heard.engine_seen).toMatchObject([{ engine: at(0).address }]);
    expect(heard.grant).toMatchObject([{ engine: at(0).address, slot: 0, load: 1 }]);
    expect(ended).toMatchObject([{ reason: "nobody watches", played: true, engineName: at(0).address }]);
    expect(ended).toEqual(proxy.ended() as never);
  });

  test("reach a listener until it is taken off, by its answer or by the signal, and as often as it was put on", async () => {
    await using proxy = proxyAt(0);
    await proxy.ready;
    let heard = 0;
    const listener = (): void => void heard++;
    const signal = new AbortController();
    const off = proxy.on("configure", listener);
    proxy.on("configure", listener, { signal: signal.signal });
    proxy.on("configure", listener, { signal: AbortSignal.abort() });
    const change = (cap: number): number => {
      proxy.configure({ maxStreamsPerEngine: cap });
      return heard;
    };
    expect(change(2)).toBe(2);
    off();
    off();
    expect(change(3)).toBe(3);
    signal.abort();
    expect(change(4)).toBe(3);
  });

  test("reach the others though a listener throws or rejects, and the log hears of it", async () => {
    const log = keptLog();
    await using proxy = proxyAt(0, { log });
    let heard = 0;
    proxy.on("grant", () => {
      throw new Error("no");
    });
    proxy.on("grant", () => Promise.reject(new Error("nor later")));
    proxy.on("grant", () => heard++);
    await playOnce(proxy);
    expect(heard).toBe(1);
    const told = log.lines.filter((line) => line.startsWith("error a listener failed"));
    expect(told.map((line) => /Error: [a-z ]+/.exec(line)?.[0])).toEqual(["Error: no", "Error: nor later"]);
    expect(told[0]).toContain('"event":"grant"');
  });

  test("are told though what a listener throws has no text, and to nobody's harm", async () => {
    const log = keptLog();
    await using proxy = proxyAt(0, { log });
    const textless = [Object.create(null), Object.defineProperty(new Error("x"), "stack", { get: fail })];
    for (const thrown of textless) {
      proxy.on("grant", () => {
        throw thrown;
      });
      proxy.on("grant", () => Promise.reject(thrown));
      // Another realm's promise, which is no instance of ours.
      proxy.on("grant", () => runInNewContext("Promise.reject(thrown)", { thrown }));
    }
    await playOnce(proxy);
    const told = log.lines.filter((line) => line.startsWith("error a listener failed"));
    expect(told.map((line) => /has no text/.test(line))).toEqual(Array(6).fill(true));
  });

  test("leave nothing at a signal that lives longer than the proxy", async () => {
    const { signal } = new AbortController();
    let listening = 0;
    const counted = Object.assign(signal, {
      addEventListener: () => listening++,
      removeEventListener: () => listening--,
    });
    const proxy = proxyAt(0, { signal: counted });
    proxy.on("grant", () => {}, { signal: counted });
    proxy.on("ended", () => {}, { signal: counted })();
    expect(listening).toBe(2);
    await proxy.close();
    expect(listening).toBe(0);
  });

  test("are nobody's to change: what is kept of them stays what it was", async () => {
    await using proxy = proxyAt(0);
    const changes: (() => unknown)[] = [];
    proxy.on("journal", (line) => changes.push(() => Object.assign(line, { seq: -1 })));
    proxy.on("ended", (stream) => {
      changes.push(() => Object.assign(stream, { reason: "" }));
      changes.push(() => Object.assign(stream.contents, { length: 0 }));
      changes.push(() => Object.assign(stream.last ?? {}, { bytesIn: -1 }));
    });
    await playOnce(proxy);
    expect(changes.length).toBeGreaterThan(6);
    for (const change of changes) expect(change).toThrow(TypeError);
  });

  test("may have the proxy act: what they ask for comes after what they were told", async () => {
    await using proxy = proxyAt(0);
    proxy.on("grant", ({ stream }) => proxy.endStream(stream, "not today"));
    const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${A}`));
    expect([answer.status, (await answer.json()).error]).toEqual([
      410,
      { code: "ended", message: "not today" },
    ]);
  });

  test("that there are not, and listeners that are none, are refused", async () => {
    await using proxy = proxyAt(0);
    const on = proxy.on.bind(proxy) as unknown as (...given: unknown[]) => void;
    expect(() => on("grants", () => {})).toThrow('on: "grants" is no event; did you mean grant?');
    expect(() => on(7, () => {})).toThrow("on: 7 is no event; there are transition, grant, reject");
    expect(() => on(Object.create(null), () => {})).toThrow("on: an object is no event");
    expect(() => on("grant", () => {}, { signal: 7 })).toThrow(
      "signal: 7 is not allowed: it must be an AbortSignal",
    );
    expect(() => on("grant", undefined)).toThrow("on: undefined is not allowed: it must be a function");
  });

  test("come no more after the end", async () => {
    const proxy = proxyAt(0);
    await playOnce(proxy);
    await proxy.close();
    let heard = 0;
    proxy.on("journal", () => heard++);
    proxy.configure({ maxStreamsPerEngine: 2 });
    expect([heard, proxy.endStream(1)]).toEqual([0, false]);
  });
});

describe("two proxies in one process", () => {
  test("share nothing: engines, streams, events, logs, figures, settings, ends", async () => {
    const logs = [keptLog(), keptLog()] as const;
    const pair = [proxyAt(0, { log: logs[0] }), proxyAt(1, { log: logs[1], token: "t0ken" })] as const;
    const [one, two] = pair;
    await using _one = one;
    await using _two = two;
    const lines: [string[], string[]] = [[], []];
    for (const [index, proxy] of pair.entries())
      proxy.on("journal", (line) => lines[index]?.push(`${line.seq} ${line.proxy}`));
    await Promise.all(pair.map(({ ready }) => ready));
    await using server = serveProxy(one);
    const viewer = await watch(server.url, A);
    expect([one.streams().length, two.streams().length]).toEqual([1, 0]);
    expect([one.engines().length, two.engines()[0]?.id]).toEqual([1, at(1).address]);
    const names = lines.map((each) => new Set(each.map((line) => line.split(" ")[1])));
    expect(names.map(({ size }) => size)).toEqual([1, 1]);
    expect(names[0]).not.toEqual(names[1]);
    expect(logs[1].lines.filter((line) => line.includes("stream starts"))).toEqual([]);

    const figure = async (proxy: AceslotProxy, name: string): Promise<string | undefined> => {
      const text = await (await proxy.fetch(new Request("http://proxy/metrics?token=t0ken"))).text();
      return text.split("\n").find((line) => line.startsWith(name));
    };
    expect(await figure(one, 'aceslot_streams{phase="playing"}')).toBe('aceslot_streams{phase="playing"} 1');
    expect(await figure(two, 'aceslot_streams{phase="playing"}')).toBe('aceslot_streams{phase="playing"} 0');

    two.configure({ maxStreamsPerEngine: 4 });
    expect([one.engines()[0]?.cap, two.engines()[0]?.cap]).toEqual([1, 4]);
    await two.close();
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(one.streams()).toMatchObject([{ phase: "playing" }]);
    viewer.leave();
  });
});
