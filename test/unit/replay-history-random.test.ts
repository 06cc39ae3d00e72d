/** Histories of proxies that keep the protocol are never accused; one grant too many is always found. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ClusterPlan, type Generated, generateCluster } from "../../model/replay/generate-cluster.ts";
import { historyOf } from "../../model/replay/history.ts";
import { Leases } from "../../model/replay/leases.ts";
import type { Session } from "../../model/replay/session.ts";
import type { Told } from "../../model/replay/told.ts";

type Shape = Omit<ClusterPlan, "chance" | "cap">;

/** Choices that fast-check may shorten; after the last one everybody does the first thing there is. */
const chances = fc.array(fc.nat(1 << 20), { minLength: 3_000, maxLength: 6_000 });

function generate(numbers: readonly number[], shape: Shape): Generated {
  let next = 0;
  return generateCluster({ cap: 2, ...shape, chance: (below) => (numbers[next++] ?? 0) % below });
}

const replayed = ({ journals, monitor }: Generated, withStore: boolean): Promise<Told> =>
  historyOf(withStore ? [...journals, { name: "monitor", text: monitor }] : journals);

const runs = { numRuns: 60, seed: 20260801 };

test("proxies of one host that keep the protocol are never accused, whoever dies or falls silent", async () => {
  let [adopted, granted] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      chances,
      fc.integer({ min: 2, max: 4 }),
      fc.boolean(),
      async (numbers, proxies, store) => {
        const cluster = generate(numbers, { proxies, engines: 2, steps: 500 });
        const told = await replayed(cluster, store);
        expect(told).toMatchObject({ verdict: "fine", illegal: null, doubts: [] });
        for (const proxy of told.history?.proxies ?? []) {
          adopted += proxy.adopted;
          granted += proxy.granted;
        }
      },
    ),
    runs,
  );
  // Else nothing was put to the test.
  expect(adopted).toBeGreaterThan(20);
  expect(granted).toBeGreaterThan(200);
});

test("nor are those whose clocks differ: without the store's order, some things cannot be told", async () => {
  await fc.assert(
    fc.asyncProperty(chances, fc.boolean(), async (numbers, store) => {
      const cluster = generate(numbers, { proxies: 3, engines: 2, steps: 500, skewMs: 60 });
      const { verdict, illegal, above } = await replayed(cluster, store);
      expect([illegal, above.certainly]).toEqual([null, null]);
      if (store) expect(verdict).toBe("fine");
    }),
    runs,
  );
});

test("a grant too many is always found, with the lines that say so", async () => {
  let planted = 0;
  await fc.assert(
    fc.asyncProperty(chances, fc.boolean(), fc.boolean(), async (numbers, calm, store) => {
      const cluster = generate(numbers, { proxies: 3, engines: 1, steps: 500, plantAt: 60, calm });
      if (!cluster.planted) return;
      planted++;
      const { verdict, history, files } = await replayed(cluster, store);
      expect(verdict).toBe("broken");
      const excess = history?.exceeded.certainly;
      const at = (where?: { file: number; line: number }) => where && `${files[where.file]}:${where.line}`;
      const lines = [cluster.planted.line, ...cluster.planted.others].map(
        ({ name, line }) => `${name}:${line}`,
      );
      expect(
        excess?.sessions
          .filter(({ certain }) => certain)
          .map(({ began }) => at(began) ?? "")
          .sort(),
      ).toEqual(lines.sort());
      // In one millisecond each of two lines may be the first.
      expect(lines).toContain(at(excess?.where) ?? "");
      expect(excess?.load).toBe(3);
    }),
    runs,
  );
  expect(planted).toBeGreaterThan(30);
});

test("names of leases that are over are forgotten some time; those that are open never", () => {
  const leases = new Leases(10);
  const place = {
    name: "p",
    engine: "p",
    open: new Set<Session>(),
    certain: null,
    possible: null,
    moments: [],
  };
  const now = { where: { file: 0, line: 1, at: "" } };
  const open = leases.add("open", place, now, { holder: null, isOpen: true });
  leases.over(open);
  for (let n = 0; n < 1_000; n++) leases.over(leases.add(`lease-${n}`, place, now, { holder: null }));
  expect(leases.size).toBe(11);
  expect(leases.get("open")).toBe(open);
  expect(leases.get("lease-999")?.lease).toBe("lease-999");
});
