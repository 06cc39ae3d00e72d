/** What a proxy is handed: by servers beside the request, as a pool of one's own, as a folder for its state. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProxy, type ListedEngine, type PoolPort, type ProxyOptions } from "aceslot";
import { contentId, type SimEngine, startSimEngine } from "aceslot/sim";
import type { z } from "zod";
import { openStateFile, type StateStore } from "../../src/broker/index.ts";
import { machineName } from "../../src/broker/state-file.ts";
import { peerOf } from "../../src/embedding/peer.ts";
import { guarded } from "../../src/embedding/pool.ts";
import type { ClientView, EndedView, EngineView, StreamView } from "../../src/embedding/views.ts";
import * as schemas from "../../src/http/api/schemas.ts";
import { createApp } from "../../src/http/app.ts";
import { partsOf } from "../../src/http/who.ts";
import type { Clock } from "../../src/ports.ts";
import { keptLog, serve, serveProxy, watch } from "../support/embedded.ts";
import { appOptions, fakeBroker } from "../support/shared-world.ts";
import { until } from "../support/until.ts";

let engine: SimEngine;
let folder: string;
beforeAll(async () => {
  engine = await startSimEngine({ name: "engine" });
  folder = await mkdtemp(join(tmpdir(), "aceslot-embedding-"));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});
const A = contentId(1);

const fail = (): never => {
  throw new Error("no");
};

describe("who asks", () => {
  const request = new Request("http://proxy/");
  const bun = { requestIP: () => ({ address: "10.0.0.4" }), timeout() {} };
  const CASES: readonly (readonly [string, unknown, string])[] = [
    ["nothing", undefined, ""],
    ["null", null, ""],
    ["a word", "10.0.0.1", ""],
    ["Deno's info", { remoteAddr: { transport: "tcp", hostname: "10.0.0.1", port: 1 } }, "10.0.0.1"],
    ["Deno's info of a Unix socket", { remoteAddr: { transport: "unix", path: "/x" } }, ""],
    ["Bun's server", bun, "10.0.0.4"],
    ["a Hono app's bindings with Bun's server", { server: bun, other: 1 }, "10.0.0.4"],
    ["Bun's server of a Unix socket", { ...bun, requestIP: () => null }, ""],
    ["node-server's bindings", { incoming: { socket: { remoteAddress: "::1" } } }, "::1"],
    ["node-server's bindings after the end", { incoming: { socket: {} } }, ""],
    ["a server of one's own", { address: "10.0.0.9" }, "10.0.0.9"],
    ["Deno's info of a request that is over", Object.defineProperty({}, "remoteAddr", { get: fail }), ""],
    ["Bun's server, which fails", { ...bun, requestIP: fail }, ""],
    ["what only looks like Bun's server", { ...bun, requestIP: () => ({ address: 7 }) }, ""],
  ];
  for (const [name, connection, address] of CASES)
    test(`is told by ${name}`, () => expect(peerOf(request, connection).address).toBe(address));

  test("with something else than a request is told so", async () => {
    await using proxy = createProxy({ engines: [engine.address] });
    for (const given of ["/healthz", undefined, null, new URL("http://proxy/healthz")]) {
      const answer = await proxy.fetch(given as unknown as Request);
      expect(answer.status).toBe(400);
      expect((await answer.json()).error.message).toMatch(
        /^fetch: .+ is not allowed: it must be a Request; try proxy\.fetch\(new Request\(/,
      );
    }
  });

  test("waits as long as the proxy lets it, whatever limit Bun's server has for silence", async () => {
    const asked: number[] = [];
    const silent = { ...bun, timeout: (_: Request, seconds: number) => void asked.push(seconds) };
    await using proxy = createProxy({ engines: [engine.address] });
    await proxy.fetch(new Request("http://proxy/healthz"), silent);
    // And a bound comes back with the answer, or its connection would stay open for ever.
    expect(asked).toEqual([0, 255]);
  });

  test("without an address takes nobody's place, though all the rest is the same", async () => {
    const asked: string[] = [];
    const refusal = {
      kind: "reject",
      code: "no_capacity",
      message: "full",
      retryAfterSeconds: null,
    } as const;
    const request = ({ who }: { readonly who: string }) => ({
      client: asked.push(who),
      admission: Promise.resolve(refusal),
    });
    const app = createApp(appOptions(Object.assign(fakeBroker(), { request })));
    const ask = (address: string): Promise<Response> =>
      app(new Request(`http://proxy/ace/getstream?id=${A}`, { headers: { "User-Agent": "a television" } }), {
        address,
      });
    for (const address of ["10.0.0.1", "10.0.0.1", "", ""]) await ask(address);
    const [first, second, third, fourth] = asked;
    expect([first, second]).toEqual(["10.0.0.1 a television", "10.0.0.1 a television"]);
    expect(new Set([first, third, fourth]).size).toBe(3);
    expect(partsOf(third ?? "")).toEqual({ address: "", agent: "a television" });
  });
});

describe("a pool of one's own", () => {
  const listed = (more: Partial<ListedEngine> = {}): ListedEngine => ({
    ...{ id: "mine", name: "mine", address: { scheme: "http", host: "127.0.0.1", port: engine.port } },
    ...{ health: "healthy", draining: false, forwarded: false, usedAtMs: null },
    ...more,
  });
  const poolOf = (more: Partial<Record<keyof PoolPort, unknown>>): PoolPort =>
    ({
      look: async () => ({ engines: [listed()], streams: [], skipped: [] }),
      ...{ provision: null, fallback: [], describe: () => "mine" },
      ...more,
    }) as PoolPort;

  test("says which engines there are", async () => {
    await using proxy = createProxy({ pool: poolOf({}), lingerMs: 0 });
    await using server = serveProxy(proxy);
    (await watch(server.url, A)).leave();
    expect(proxy.engines()).toMatchObject([{ id: "mine", health: "healthy", listed: true }]);
  });

  test("that answers nonsense costs the records that make none, and no more", async () => {
    const log = keptLog();
    const engines = [
      null,
      { id: "x" },
      { ...listed({ id: "far" }), address: { host: "h", port: 0 } },
      listed(),
    ];
    const streams = [{ engine: "mine", contents: [`id:${A}`] }, 7];
    const pool = poolOf({ look: async () => ({ engines, streams }), describe: () => "mine" });
    await using proxy = createProxy({ pool, log });
    await proxy.ready;
    expect(proxy.engines()).toMatchObject([{ id: "mine", foreign: 1 }]);
    const told = log.lines.find((line) => line.includes("were skipped")) ?? "";
    for (const record of ["engine 1", "engine 2: address", "engine 3: address", "stream 2"])
      expect(told).toContain(record);
    expect((await proxy.fetch(new Request("http://proxy/readyz"))).status).toBe(503);
  });

  test("may be short of what it need not say", async () => {
    const address = { scheme: "http", host: "127.0.0.1", port: engine.port };
    const pool = { look: () => ({ engines: [{ id: "bare", address }] }), describe: () => "bare" };
    await using proxy = createProxy({ pool: pool as unknown as PoolPort });
    await proxy.ready;
    expect(proxy.engines()).toMatchObject([{ id: "bare", name: "bare", health: "unknown" }]);
  });

  test("names hosts as engines are named, and nothing that would be another URL", async () => {
    const at = (host: string) => ({ ...listed({ id: host }), address: { scheme: "http", host, port: 1 } });
    const hosts = ["[::1]", "::2", "Name.lan", "10.0.0.1", "a/b", "u@h", "h?", "h h", "", "::1%eth0"];
    const { engines, skipped } = await guarded(
      poolOf({ look: async () => ({ engines: hosts.map(at) }) }),
    ).look();
    expect(engines.map(({ address }) => address.host)).toEqual(["::1", "::2", "name.lan", "10.0.0.1"]);
    expect(skipped).toHaveLength(6);
    expect(skipped[0]).toBe(
      "engine 5: address.host: it must be a host name or an IP address, without scheme, port or path",
    );
  });

  test("that is down for long, and whose fallback makes no sense, has none", () => {
    expect(guarded(poolOf({ fallback: [listed(), 7] })).fallback).toMatchObject([{ id: "mine" }]);
    const throwing = Object.defineProperty(poolOf({}), "fallback", {
      get() {
        throw new Error("no");
      },
    });
    for (const pool of [poolOf({ fallback: 7 }), poolOf({ fallback: null }), throwing])
      expect(guarded(pool).fallback).toEqual([]);
  });

  test("that does not answer in time has failed, and keeps no process from ending", async () => {
    const silent = poolOf({ look: () => new Promise(() => {}) });
    await expect(guarded(silent, undefined, 1).look()).rejects.toThrow(
      "look() has not answered within 0.001 s",
    );
    const program = `
      import { createProxy } from "aceslot";
      const pool = { look: () => new Promise(() => {}), provision: null, fallback: [], describe: () => "silent" };
      await createProxy({ pool }).close();`;
    const { exited } = Bun.spawn([process.execPath, "-e", program], { cwd: join(import.meta.dir, "../..") });
    expect(await exited).toBe(0);
  });

  test("that throws what has no text has failed as well", async () => {
    const pool = poolOf({ look: () => Promise.reject(Object.create(null)) });
    await using proxy = createProxy({ pool });
    await proxy.ready;
    const ready = await (await proxy.fetch(new Request("http://proxy/readyz"))).json();
    expect(ready.warnings.at(-1)).toStartWith("the pool's source does not answer: something");
    expect(
      await guarded(poolOf({ provision: () => Promise.reject(Object.create(null)) })).provision?.(),
    ).toMatchObject({
      blocked: { code: "provision_failed" },
    });
  });

  test("that fails is asked again, and says so meanwhile", async () => {
    const answers = [() => Promise.reject(new Error("it is down"))];
    const pool = poolOf({ look: () => (answers.shift() ?? (() => poolOf({}).look()))() });
    await using proxy = createProxy({ pool });
    await proxy.ready;
    const ready = await proxy.fetch(new Request("http://proxy/readyz"));
    expect((await ready.json()).warnings).toContain("the pool's source does not answer: it is down");
    await until("it is asked again until it answers", () => proxy.engines().length === 1);
  });

  test("that answers no list, or throws at once, has failed", async () => {
    for (const look of [async () => "nothing", async () => ({ engines: 7 }), () => null])
      await expect(guarded(poolOf({ look })).look()).rejects.toThrow(
        /^look\(\) answered no \{ engines, streams \}/,
      );
    const look = () => {
      throw new Error("at once");
    };
    await expect(guarded(poolOf({ look })).look()).rejects.toThrow("at once");
  });

  test("that starts engines may fail in any way", async () => {
    const blocked = { code: "quota", message: "three is enough", retryAfterSeconds: 60 };
    const CASES = [
      [async () => ({ kind: "provisioned", engine: "new" }), { kind: "provisioned", engine: "new" }],
      [async () => ({ kind: "failed", blocked }), { kind: "failed", blocked }],
      [() => Promise.reject(new Error("no money")), { code: "provision_failed", message: "no money" }],
      [
        () => {
          throw new Error("at once");
        },
        { code: "provision_failed", message: "at once" },
      ],
      [async () => "yes", { code: "provision_failed" }],
    ] as const;
    for (const [provision, expected] of CASES) {
      const outcome = await guarded(poolOf({ provision })).provision?.();
      if ("kind" in expected) expect(outcome).toEqual(expected as never);
      else expect(outcome).toMatchObject({ kind: "failed", blocked: expected });
    }
  });
});

describe("state", () => {
  test("is written nowhere unless a folder is named", async () => {
    await using proxy = createProxy({ engines: [engine.address] });
    const ready = await (await proxy.fetch(new Request("http://proxy/readyz"))).json();
    expect(ready.warnings).toContain("no state folder (stateDir): a crash forgets open sessions");
  });

  test("is kept in the folder, under the proxy's name; requests wait until it is open", async () => {
    const dir = join(folder, "kept");
    const proxy = createProxy({ engines: [engine.address], stateDir: dir, name: "den", lingerMs: 0 });
    expect(proxy.engines()).toEqual([]);
    const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${A}`));
    expect(answer.status).toBe(200);
    // While it is written once more there is a third.
    await until("there are its two files", async () => {
      const names = await readdir(dir);
      return names.toSorted().join() === "sessions-den.json,sessions-den.lock";
    });
    expect(await readFile(join(dir, "sessions-den.json"), "utf8")).toContain(
      engine.address.split(":")[1] ?? "",
    );
    await proxy.close();
    expect(JSON.parse(await readFile(join(dir, "sessions-den.json"), "utf8")).sessions).toEqual([]);
    expect(await readdir(dir)).toEqual(["sessions-den.json"]);
  });

  test("leaves no lock behind, though its proxy is closed while it is being opened", async () => {
    const dir = join(folder, "hasty");
    const proxy = createProxy({ engines: [engine.address], stateDir: dir });
    const closing = proxy.close();
    expect((await proxy.fetch(new Request("http://proxy/healthz"))).status).toBe(503);
    await Promise.all([closing, proxy.ready]);
    expect(proxy.engines()).toEqual([]);
    // What had been begun is not waited for.
    await until("its folder is there", () => existsSync(dir));
    expect(await readdir(dir)).toEqual([]);
  });

  test("begins with the settings that came while it was being opened", async () => {
    await using proxy = createProxy({ engines: [engine.address], stateDir: join(folder, "changed") });
    proxy.configure({ maxStreamsPerEngine: 3 });
    await proxy.ready;
    expect(proxy.engines()).toMatchObject([{ cap: 3 }]);
  });

  test("that another proxy has is waited for no longer than the proxy lives", async () => {
    const log = keptLog();
    const options: ProxyOptions = { engines: [engine.address], stateDir: join(folder, "taken"), log };
    await using first = createProxy(options);
    await first.ready;
    const second = createProxy(options);
    const asked = second.fetch(new Request("http://proxy/healthz"));
    await second.close();
    expect((await asked).status).toBe(503);
    expect(log.lines.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  test("whose lock cannot be removed is closed all the same", async () => {
    const dir = join(folder, "stuck");
    const log = keptLog();
    const proxy = createProxy({ engines: [engine.address], stateDir: dir, log });
    await proxy.ready;
    await rm(join(dir, "sessions-embedded.lock"), { recursive: true });
    await writeFile(join(dir, "sessions-embedded.lock"), "");
    await proxy.close();
    expect(log.lines.at(-1)).toStartWith("warn the state file's lock cannot be removed");
  });

  test("is one proxy's, also in one process; that of a former process with its number is taken over", async () => {
    const dir = join(folder, "shared");
    const log = keptLog();
    // Each pause is long, and over in a moment.
    let nowMs = 0;
    const clock: Clock = {
      now: () => Date.now(),
      monotonicMs: () => nowMs,
      after(delayMs, fire) {
        nowMs += delayMs + 2_000;
        void renewed().then(fire);
        return () => {};
      },
    };
    /** As the holder does it all the time. */
    const renewed = async (): Promise<void> => {
      const lock = join(dir, "sessions-den.lock");
      for (const name of await readdir(lock)) await utimes(join(lock, name), nowMs / 1_000, nowMs / 1_000);
    };
    const open = (since?: number): Promise<StateStore> => {
      const holder = since === undefined ? {} : { holder: { host: machineName(), pid: process.pid, since } };
      return openStateFile({ dir, listen: "den", shared: "the same name (den)", log, clock, ...holder });
    };
    const first = await open();
    const second = open();
    await expect(second).rejects.toThrow(/another proxy with the same name \(den\) uses it/);
    await (await open(1)).close();
    await first.close();
  });

  test("that cannot be kept is told, and the proxy runs", async () => {
    const options: ProxyOptions = { engines: [engine.address], stateDir: "/proc/no/such" };
    await using proxy = createProxy(options);
    const ready = await proxy.fetch(new Request("http://proxy/readyz"));
    expect((await ready.json()).warnings.join()).toContain("Name another folder with stateDir");
    await proxy.ready;
    expect((await proxy.fetch(new Request("http://proxy/healthz"))).status).toBe(200);
  });
});

describe("a shared store of leases", () => {
  test("that cannot be reached grants nothing, and keeps nobody from closing", async () => {
    const options: ProxyOptions = { engines: [engine.address], queueTimeoutMs: 200 };
    await using proxy = createProxy({ ...options, lease: "redis://127.0.0.1:1" });
    await proxy.ready;
    const ready = await (await proxy.fetch(new Request("http://proxy/readyz"))).json();
    expect(ready).toMatchObject({ codes: ["no_grants"], lease: { store: "redis://127.0.0.1:1/0" } });
    const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${A}`));
    expect([answer.status, (await answer.json()).error.code]).toEqual([503, "no_capacity"]);
    expect(engine.load).toBe(0);
  });
});

describe("what is shown", () => {
  test("is what the API describes, field by field", async () => {
    // Either way round, or it does not compile.
    const same = <T>(_: (view: T) => T): void => {};
    same<z.infer<typeof schemas.EngineView>>((view): EngineView => view);
    same<EngineView>((view): z.infer<typeof schemas.EngineView> => view);
    same<z.infer<typeof schemas.StreamView>>((view): StreamView => view);
    same<StreamView>((view): z.infer<typeof schemas.StreamView> => view);
    same<z.infer<typeof schemas.ClientView>>((view): ClientView => view);
    same<ClientView>((view): z.infer<typeof schemas.ClientView> => view);
    same<z.infer<typeof schemas.EndedView>>((view): EndedView => view);
    same<EndedView>((view): z.infer<typeof schemas.EndedView> => view);

    await using proxy = createProxy({ engines: [engine.address], lingerMs: 0 });
    await using server = serve(proxy.fetch);
    const viewer = await watch(server.url, A);
    for (const view of proxy.engines()) schemas.EngineView.strict().parse(view);
    for (const view of proxy.streams()) schemas.StreamView.strict().parse(view);
    for (const view of proxy.clients()) schemas.ClientView.strict().parse(view);
    viewer.leave();
    await until("it is over", () => proxy.ended().length === 1);
    for (const view of proxy.ended()) schemas.EndedView.strict().parse(view);
  });
});
