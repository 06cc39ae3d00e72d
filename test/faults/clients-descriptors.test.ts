/** P7 and C6: few descriptors, and very many who want one. Those who play keep theirs, and the proxy what it needs. */
import { expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { closing } from "../support/closing.ts";
import { carrierOf, type EngineWorld, LONG, PATIENCE_MS } from "../support/faults.ts";
import { descriptorsOf } from "../support/resident.ts";
import { until } from "../support/until.ts";
import type { Viewer } from "../support/viewer.ts";
import { viewing } from "../support/viewing.ts";

const LIMIT_MS = 180_000;
const THIN = { bitsPerSecond: 20_000, engines: 2, args: LONG } as const;

/** Little, since nearly a thousand get it. */
const GO_ON_BYTES = 188 * 5;

const within = (descriptors: number): readonly string[] => [
  "prlimit",
  `--nofile=${descriptors}:${descriptors}`,
];

const metric = async ({ proxy }: EngineWorld, name: string): Promise<number> => {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
};

/** Everybody gets more from here on. */
async function expectAllGoOn(viewers: readonly Viewer[]): Promise<void> {
  const before = viewers.map(({ bytes }) => bytes);
  await until(
    "everybody gets more",
    () => viewers.every(({ bytes, over }, n) => over !== null || bytes >= (before[n] ?? 0) + GO_ON_BYTES),
    PATIENCE_MS,
  );
  expect(viewers.filter(({ over }) => over !== null)).toEqual([]);
}

test(
  "P7 with 1,024 descriptors new clients get 503 before those run out, and nobody who plays is lost, not even when the engine dies",
  async () => {
    await using place = await viewing({ ...THIN, through: within(1_024) });
    const { world } = place;
    const { proxy, engines } = world;
    const before = await descriptorsOf(proxy.pid);
    const served: Viewer[] = [];
    let refused: Viewer[] = [];
    while (refused.length === 0) {
      const batch = Array.from({ length: 60 }, () => place.watch());
      await Promise.all(batch.map((viewer) => viewer.answered(PATIENCE_MS)));
      served.push(...batch.filter(({ status }) => status === 200));
      refused = batch.filter(({ status }) => status !== 200);
    }
    expect(served.length).toBeGreaterThan(700);
    expect(served.length).toBeLessThan(1_024 - 64);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    const { head } = refused[0] ?? { head: "" };
    expect(head).toMatch(/^retry-after: [1-9]\d*$/im);
    expect(head).toMatch(/^connection: close$/im);
    // Those who were refused have made room again for a few: everything is looked at in a moment in which nobody is taken.
    await until("nobody more is taken, and the proxy says why", async () => {
      const late = place.watch();
      if ((await late.answered(PATIENCE_MS)) === 200) {
        served.push(late);
        return false;
      }
      const ready = await proxy.get<{ ready: boolean; codes: string[] }>("/readyz");
      const isCrowded = (await metric(world, "aceslot_crowded")) === 1;
      return isCrowded && !ready.ready && ready.codes.includes("no_descriptors");
    });
    expect(await metric(world, "aceslot_crowded_refusals_total")).toBeGreaterThan(refused.length);
    expect(await descriptorsOf(proxy.pid)).toBeLessThan(1_024);

    await carrierOf(engines).kill();
    await expectAllGoOn(served);
    await Promise.all(engines.filter(({ load }) => load === 0).map((engine) => engine.revive()));

    for (const viewer of served.slice(0, 100)) viewer.leave();
    await until("there is room again", async () => (await metric(world, "aceslot_crowded")) === 0);
    const told = () =>
      proxy.log.flatMap(({ message }) => (/^new clients are/.test(message) ? [message] : []));
    await until("it says so", () => told().at(-1) === "new clients are let in again");
    expect(told()[0]).toContain("are refused: nearly all descriptors are in use");
    const next = place.watch();
    expect(await next.answered()).toBe(200);
    await next.got(GO_ON_BYTES, PATIENCE_MS);
    await expectAllGoOn(served.slice(100));
    await place.nothingIsLeft();
    await closing({ ...{ proxy, engines, cap: 1, descriptors: before } });
  },
  LIMIT_MS,
);

/** Ends it, and everything that it holds open. */
async function end(child: ChildProcess): Promise<void> {
  const over = once(child, "exit");
  child.kill("SIGKILL");
  await over;
}

test(
  "C6 10,000 connections that ask nothing, with 256 descriptors, cost no client its stream and the proxy no fail-over; afterwards all is as before",
  async () => {
    await using place = await viewing({ ...THIN, through: within(256) });
    const { world } = place;
    const { proxy, engines } = world;
    const before = await descriptorsOf(proxy.pid);
    const viewers = Array.from({ length: 20 }, () => place.watch());
    await Promise.all(viewers.map((viewer) => viewer.got(GO_ON_BYTES, PATIENCE_MS)));

    const port = new URL(proxy.url).port;
    const flood = spawn(
      process.execPath,
      [join(import.meta.dir, "../support/flood-main.ts"), port, "10000", "GET /ace/getstream?id="],
      { stdio: "ignore" },
    );
    try {
      // It says so instead of trying again and again to accept what it has no descriptor for.
      const isShut = () => proxy.log.some(({ message }) => message.startsWith("no connections are accepted"));
      await until("the proxy accepts no more", isShut, PATIENCE_MS);
      await expectAllGoOn(viewers);
      await carrierOf(engines).kill();
      await expectAllGoOn(viewers);
      await Promise.all(engines.filter(({ load }) => load === 0).map((engine) => engine.revive()));
      // Those that hold what they got, and say nothing, are ended by the bound on silence: nobody has to go first.
      const isOpen = () =>
        fetch(`${proxy.url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await until("connections are accepted again", isOpen, PATIENCE_MS);
    } finally {
      await end(flood);
    }
    await until(
      "there is room again",
      async () => (await metric(world, "aceslot_crowded")) === 0,
      PATIENCE_MS,
    );
    expect(await metric(world, "aceslot_crowded_closings_total")).toBeGreaterThan(0);
    const next = place.watch();
    expect(await next.answered()).toBe(200);
    await next.got(GO_ON_BYTES, PATIENCE_MS);
    await expectAllGoOn(viewers);
    await place.nothingIsLeft();
    await closing({ ...{ proxy, engines, cap: 1, descriptors: before } });
  },
  LIMIT_MS,
);
