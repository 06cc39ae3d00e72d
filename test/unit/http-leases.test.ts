/** What the routes tell of a store that several proxies share. */
import { describe, expect, test } from "bun:test";
import {
  type FakeBroker,
  fakeBroker,
  leaseOf,
  listed,
  lonelyStore,
  memberOf,
  routesOf,
  snapshotOf,
  stateAfter,
} from "../support/shared-world.ts";

const json = async (broker: FakeBroker, path: string) => (await routesOf(broker)(path)).json();

interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
  readonly lease: Readonly<Record<string, unknown>> | null;
}

async function readiness(broker: FakeBroker): Promise<Readiness & { readonly status: number }> {
  const answer = await routesOf(broker)("/readyz");
  return { status: answer.status, ...((await answer.json()) as Readiness) };
}

const TWO = [memberOf("a/1", "alpha@:6879"), memberOf("b/1", "beta@:6879")];

describe("/readyz", () => {
  test("says nothing of leases where no store is shared", async () => {
    expect(await readiness(fakeBroker())).toMatchObject({ status: 200, warnings: [], lease: null });
  });

  test("tells how the store is", async () => {
    const leases = lonelyStore({ members: TWO });
    expect(await readiness(fakeBroker({ leases }))).toMatchObject({
      status: 200,
      warnings: [],
      lease: {
        store: "redis://store:6379/0",
        member: "a/1",
        grants: "shared",
        trouble: null,
        valid_ms: 7500,
        round_trip_ms: 0.5,
        members: 2,
        drift: 0,
      },
    });
  });

  test("is not ready while the store grants nothing, and says for how long as the store says it", async () => {
    const state = stateAfter(2, [
      snapshotOf(listed("e1")),
      { type: "leasing", trouble: "slots are granted again in 9 s" },
    ]);
    const told = await readiness(
      fakeBroker({ state, leases: lonelyStore({ trouble: "slots are granted again in 4 s" }) }),
    );
    expect(told).toMatchObject({
      status: 503,
      reasons: ["no slot is granted: slots are granted again in 4 s"],
      lease: { grants: "nothing", trouble: "slots are granted again in 4 s" },
    });
  });

  test("stays unready until the selector knows that the store grants again", async () => {
    const state = stateAfter(2, [snapshotOf(listed("e1")), { type: "leasing", trouble: "it is away" }]);
    expect(await readiness(fakeBroker({ state, leases: lonelyStore() }))).toMatchObject({
      status: 503,
      reasons: ["no slot is granted: it is away"],
    });
  });

  test("warns when only the slots of before are used", async () => {
    const told = await readiness(fakeBroker({ leases: lonelyStore({ validMs: 0 }) }));
    expect(told).toMatchObject({ status: 200, lease: { grants: "local" } });
    expect(told.warnings).toEqual([expect.stringContaining("--lease-when-down local")]);
  });

  test("warns of proxies that mean another cap or another term", async () => {
    const members = [...TWO, memberOf("c/1", "gamma@:6879", { cap: 3, ttlMs: 5000 })];
    expect((await readiness(fakeBroker({ leases: lonelyStore({ members }) }))).warnings).toEqual([
      "the proxies that share the store have different caps: alpha@:6879 has 2, beta@:6879 has 2, gamma@:6879 has 3; give all the same --max-streams-per-engine",
      "the proxies that share the store have different terms: alpha@:6879 has 10000 ms, beta@:6879 has 10000 ms, gamma@:6879 has 5000 ms; give all the same --lease-ttl",
    ]);
  });

  test("warns of drift, in few words", async () => {
    const drift = ["one", "two", "three", "four", "five"];
    const told = await readiness(fakeBroker({ leases: lonelyStore({ drift }) }));
    expect(told.warnings).toEqual(["this proxy and the lease store differ: one; two; three; 2 more"]);
    expect(told.lease).toMatchObject({ drift: 5 });
  });

  test("warns of engines on loopback addresses if the proxies are on several hosts", async () => {
    const engines = [listed("here", "127.0.0.1"), listed("there", "10.0.0.2")];
    const state = stateAfter(2, [snapshotOf(...engines)]);
    const warningsWith = async (members: typeof TWO) =>
      (await readiness(fakeBroker({ state, leases: lonelyStore({ members }) }))).warnings;
    expect(await warningsWith(TWO)).toEqual([expect.stringContaining("here (127.0.0.1:6878);")]);
    const sameHost = [memberOf("a/1", "alpha@:6879"), memberOf("b/1", "alpha@[::1]:6880")];
    expect(await warningsWith(sameHost)).toEqual([]);
  });
});

describe("/api/v1/leases", () => {
  test("has nothing to tell where no store is shared", async () => {
    const view = await json(fakeBroker(), "/api/v1/leases");
    expect(view).toEqual({
      ...{ store: null, member: null, grants: "alone", trouble: null, validMs: null },
      ...{ roundTripMs: null, fence: null, members: [], leases: [], queue: [], drift: [] },
    });
  });

  test("tells who holds what, and where", async () => {
    const leases = lonelyStore({
      members: [memberOf("a/1", "alpha@:6879", { url: "http://alpha:6879" }), memberOf("b/1", "beta@:6879")],
      leases: [leaseOf("b/1/4", "b/1", "10.0.0.1:6878"), leaseOf("b/1/5", "b/1", "10.9.9.9:1")],
      queue: ["b/1"],
    });
    expect(await json(fakeBroker({ leases }), "/api/v1/leases")).toMatchObject({
      grants: "shared",
      members: [
        { member: "a/1", name: "alpha@:6879", url: "http://alpha:6879", cap: 2, ttlMs: 10_000, leases: 0 },
        { member: "b/1", name: "beta@:6879", url: null, leases: 2 },
      ],
      leases: [
        { lease: "b/1/4", owner: "b/1", place: "10.0.0.1:6878", engine: "e1" },
        { lease: "b/1/5", owner: "b/1", place: "10.9.9.9:1", engine: null },
      ],
      queue: ["b/1"],
    });
  });

  for (const info of [
    "",
    "no JSON",
    "null",
    "[1]",
    '{"name":7,"cap":"2","ttlMs":null,"url":"javascript:x()"}',
  ])
    test(`believes nothing of a member that says ${JSON.stringify(info)} of itself`, async () => {
      const leases = lonelyStore({ members: [{ member: "odd/1", info }] });
      expect(await json(fakeBroker({ leases }), "/api/v1/leases")).toMatchObject({
        members: [{ member: "odd/1", name: "odd", url: null, cap: null, ttlMs: null }],
      });
    });
});

test("/api/v1/engines names what other proxies claim", async () => {
  const claims = [{ lease: "b/1/4", contents: ["id:x"] }];
  const state = stateAfter(2, [
    snapshotOf(listed("e1")),
    { type: "claims", whole: true, places: [{ place: "10.0.0.1:6878", claims, blocked: false }] },
  ]);
  expect(await json(fakeBroker({ state, leases: lonelyStore() }), "/api/v1/engines")).toMatchObject({
    engines: [{ name: "e1", load: 1, cap: 2, claims }],
  });
});
