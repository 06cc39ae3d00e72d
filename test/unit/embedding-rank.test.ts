/** A ranking of one's own: it decides, it may leave it to ours, and it can do no harm. The same one in a check. */
import { describe, expect, test } from "bun:test";
import { type Comparator, createProxy, type ProxyOptions } from "aceslot";
import { checkSelector, createStep, PARTS, size } from "aceslot/check";
import { contentId, startSimEngine } from "aceslot/sim";
import { safely } from "../../src/embedding/rank.ts";
import { keptLog } from "../support/embedded.ts";

/** Starts as many streams as there are engines, one after the other, and answers on which engines they are. */
async function granted(options: ProxyOptions & { readonly streams?: number }): Promise<number[]> {
  const { streams = 2, ...more } = options;
  const started = await Promise.all([1, 2, 3].map((n) => startSimEngine({ name: `engine-${n}` })));
  const addresses = started.map(({ address }) => address);
  const proxy = createProxy({ engines: addresses, maxStreamsPerEngine: 2, ...more });
  const places: number[] = [];
  proxy.on("grant", ({ engine }) => places.push(addresses.indexOf(engine)));
  for (let n = 0; n < streams; n++) {
    const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(n + 1)}`));
    expect(answer.status).toBe(200);
    await answer.body?.getReader().read();
  }
  await proxy.close();
  await Promise.all(started.map((engine) => engine.close()));
  return places;
}

const fullestFirst: Comparator = (a, b) => b.own - a.own;

describe("a ranking of one's own", () => {
  test("decides which engine comes first", async () => {
    expect(new Set(await granted({ rank: fullestFirst })).size).toBe(1);
    expect(new Set(await granted({})).size).toBe(2);
  });

  test("that fails leaves it to ours, and is told once", async () => {
    const log = keptLog();
    const rank = (): number => {
      throw new Error("oops");
    };
    expect(new Set(await granted({ rank, log, streams: 3 })).size).toBe(3);
    const told = log.lines.filter((line) => line.includes("rank"));
    expect(told).toHaveLength(1);
    expect(told[0]).toStartWith(
      'error the ranking (rank) fails; ours decides {"room":"broker","error":"Error: oops\\n',
    );
  });

  test("is held by the same check, as the same function", () => {
    const log = keptLog();
    const rank = safely(fullestFirst, { monotonicMs: () => 0 }, log);
    const result = checkSelector({
      name: "fullest first",
      step: createStep({ ...PARTS, rank }),
      worlds: [size(2, 1, 2)],
    });
    expect([result.verdict, log.lines]).toEqual(["holds", []]);
  }, 60_000);
});

describe("a ranking made safe", () => {
  const engine = (id: string, own = 0) => ({ ...BARE, id, own });
  const BARE = {
    ...{ fallback: false, health: "unknown", forwarded: false, foreign: [], claims: [] },
    ...{ turn: 0, usedAtMs: null, own: 0 },
  } as const;
  const order = (rank: unknown, a: object, b: object, nowMs = 0) => {
    const log = keptLog();
    const compare = safely(rank as Comparator, { monotonicMs: () => nowMs }, log);
    return [Math.sign(compare(a as never, b as never)), log.lines.length];
  };

  test("has its ties, and all that is no number, decided by ours", () => {
    const [a, b] = [engine("a"), engine("b", 1)];
    expect(order(() => 0, a, b)).toEqual([-1, 0]);
    expect(order(() => -0, b, a)).toEqual([1, 0]);
    expect(order(() => 3, a, b)).toEqual([1, 0]);
    expect(order(() => Number.NEGATIVE_INFINITY, b, a)).toEqual([-1, 0]);
    for (const nothing of [undefined, null, Number.NaN, "1", Promise.resolve(1), true])
      expect(order(() => nothing, a, b)).toEqual([-1, 1]);
  });

  test("may throw what has no text, and answer promises that reject", async () => {
    const thrown = (): never => {
      throw Object.create(null);
    };
    // Bun's runner fails a test in which a rejection is nobody's.
    for (const rank of [thrown, () => Promise.reject(new Error("later"))])
      expect(order(rank, engine("a"), engine("b", 1))).toEqual([-1, 1]);
    await new Promise<void>((resolve) => setImmediate(resolve));
  });

  test("is told of at most once a minute", () => {
    const log = keptLog();
    let nowMs = 0;
    const compare = safely((() => "x") as never, { monotonicMs: () => nowMs }, log);
    const told = (atMs: number): number => {
      nowMs = atMs;
      compare(engine("a") as never, engine("b") as never);
      return log.lines.length;
    };
    expect([told(0), told(59_999), told(60_000), told(60_001)]).toEqual([1, 1, 2, 2]);
  });
});
