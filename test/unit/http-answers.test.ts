/** What the routes answer when something behind them is wrong. */
import { afterEach, describe, expect, test } from "bun:test";
import { reset } from "@logtape/logtape";
import type { Broker } from "../../src/broker/index.ts";
import { startLogging } from "../../src/cli/logging.ts";
import { roomLog } from "../../src/cli/room-log.ts";
import { createApp } from "../../src/http/app.ts";
import { serveBun } from "../../src/http/serve-bun.ts";
import { APP_SETTINGS } from "../support/app-settings.ts";
import { NOTHING_HELD } from "../support/shared-world.ts";

afterEach(() => reset());

/** Named as in the log. */
const FAILED = /^the proxy failed to answer this request; its log tells more where it says [0-9a-f]{8}$/;

const PEER = { address: "127.0.0.1" };
const SOUND = {
  state: {
    engines: new Map(),
    streams: new Map(),
    queue: [],
    draining: false,
    provisioning: { phase: "idle" },
  },
  looking: { health: { up: true, ageMs: 0, error: null } },
  counters: { illegalMoves: 0, decisions: 0, looks: 1 },
  trouble: null,
  saveTrouble: null,
  leases: null,
};

const appOf = (broker: object, token: string | null = null) =>
  createApp({
    broker: broker as Broker,
    log: roomLog("http"),
    bodies: {
      body: () => "",
      figures: () => null,
      watching: () => null,
      openHls: () => ({ code: "engine_error", message: "none" }),
      hls: () => null,
      hlsSessions: 0,
      held: NOTHING_HELD,
      hlsOf: () => null,
    },
    current: () => ({ ...APP_SETTINGS, token }),
    stateTrouble: null,
  });

const engine = (name: string, faults: number) =>
  [name, { name, faults, resting: true, listed: true, draining: false }] as const;

describe("a failure of the proxy itself", () => {
  const INTERNAL = {
    error: { code: "internal_error", message: expect.stringMatching(FAILED) },
  };

  test("is answered with 500 and logged with method and path, without the token", async () => {
    const lines: string[] = [];
    startLogging("info", "json", (line) => lines.push(line));
    const answer = await appOf({}, "s3cret")(
      new Request("http://x/t/s3cret/api/v1/engines?token=s3cret"),
      PEER,
    );
    expect([answer.status, await answer.json()]).toEqual([500, INTERNAL]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      room: "http",
      method: "GET",
      path: "/api/v1/engines",
    });
    expect(lines[0]).toContain("TypeError");
    expect(lines[0]).not.toContain("s3cret");
  });

  test("outside the routes is told and answered in the same form", async () => {
    const told: unknown[] = [];
    const broken = new Error("broken");
    const server = serveBun({ host: "127.0.0.1", port: 0 }, () => Promise.reject(broken), {
      failed: (error, asked) => void told.push([error, asked]),
    });
    try {
      const answer = await fetch(`http://127.0.0.1:${server.port}/t/s3cret/x?token=s3cret`);
      expect([answer.status, await answer.json()]).toEqual([500, INTERNAL]);
      expect(told).toEqual([[broken, { id: expect.any(String), method: "GET", path: "/x" }]]);
    } finally {
      await server.stop();
    }
  });
});

describe("/readyz", () => {
  const ask = async (broker: object) => {
    const answer = await appOf(broker)(new Request("http://x/readyz"), PEER);
    return { status: answer.status, ...((await answer.json()) as { reasons: string[]; warnings: string[] }) };
  };

  test("is not ready when the books contradict themselves", async () => {
    const { status, reasons } = await ask({ ...SOUND, trouble: "the books contradict themselves" });
    expect(status).toBe(503);
    expect(reasons).toContain("the books contradict themselves");
  });

  test("only warns of a state file that cannot be written", async () => {
    const { reasons, warnings } = await ask({ ...SOUND, saveTrouble: "cannot be written" });
    expect(reasons).not.toContain("cannot be written");
    expect(warnings).toEqual(["cannot be written"]);
  });

  test("tells engines with faults from those that are new, and counts illegal moves", async () => {
    const engines = new Map([engine("old", 2), engine("new", 0)]);
    const broker = {
      ...SOUND,
      state: { ...SOUND.state, engines },
      counters: { ...SOUND.counters, illegalMoves: 3 },
    };
    expect(await ask(broker)).toMatchObject({
      warnings: ["set aside after faults: old", "new, and has not answered yet: new"],
      illegal_moves: 3,
    });
  });
});
