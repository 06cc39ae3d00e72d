/** `aceslot doctor` where engines, orchestrators, playlists, limits and clocks are not as they should be. */
import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { contentId, startSimOrchestrator } from "../../src/sim/index.ts";
import { BINARY, startBinary } from "../support/binary.ts";
import { bad, doctor, healthy, verdicts } from "../support/doctor.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";

/** One after another: what a doctor asks must answer within 3 s, which many of them at once keep from being so. */
const LIMIT_MS = 120_000;

async function serving(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

describe("of engines and orchestrators, aceslot doctor", () => {
  test(
    "knows an engine that is cut off from the internet",
    async () => {
      await using place = await healthy();
      place.engine.faults.connected = false;
      const examined = await doctor(place.args);
      expect(examined.of(`engine ${place.engine.address}`)).toMatchObject([
        {
          verdict: "warn",
          found: "it says that it has no connection to the internet",
          fix: expect.stringContaining('network_mode: "service:gluetun"'),
        },
      ]);
      expect(examined.code).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "tells a clock that is wrong",
    async () => {
      await using place = await healthy();
      expect((await doctor(place.args)).of("clock")).toMatchObject([
        { verdict: "ok", found: `as engine ${place.engine.address}` },
      ]);
      await using late = await serving((_, answer) => {
        answer.setHeader("Date", new Date(Date.now() - 3_600_000).toUTCString());
        answer.end('{"result":{"version":"3.2.11"},"error":null}');
      });
      const beganMs = performance.now();
      const examined = await doctor(["--engine", late.address, ...place.args.slice(2)]);
      const tookSeconds = (performance.now() - beganMs) / 1_000;
      const [told] = examined.of("clock");
      const [, behind] = /^that of engine .+ is (\d+) s behind ours$/.exec(told?.found ?? "") ?? [];
      expect(told?.verdict).toBe("warn");
      // It is told in whole seconds, and its answer may have been on its way for as long as all of it took.
      expect(Number(behind)).toBeGreaterThanOrEqual(3_599);
      expect(Number(behind)).toBeLessThanOrEqual(3_601 + tookSeconds);
    },
    LIMIT_MS,
  );

  test(
    "knows whether a key may write, and writes nothing to find out",
    async () => {
      await using place = await healthy();
      const orchestrator = await startSimOrchestrator({
        engines: [place.engine],
        generation: 1,
        key: "s3cret",
      });
      try {
        const look = (env: Record<string, string>) =>
          doctor(["--orchestrator", orchestrator.url, ...place.args.slice(2)], env);
        expect((await look({})).of("orchestrator key")).toMatchObject([
          { verdict: "fail", found: "none is given, and writing needs one" },
        ]);
        const wrong = await look({ ACESLOT_ORCHESTRATOR_KEY: "wr0ng" });
        expect(wrong.of("orchestrator key")).toMatchObject([
          { verdict: "fail", found: "it is refused when something is to be written" },
        ]);
        expect(JSON.stringify(wrong)).not.toContain("wr0ng");
        const right = await look({ ACESLOT_ORCHESTRATOR_KEY: "s3cret" });
        expect(right.of("orchestrator key")).toMatchObject([{ verdict: "ok", found: "it may write" }]);
        expect(bad(right)).toEqual([]);
        const lists = await Promise.all(
          ["engines", "streams"].map(async (name) => (await fetch(`${orchestrator.url}/${name}`)).json()),
        );
        expect(lists.map((list) => (list as unknown[]).length)).toEqual([1, 0]);
      } finally {
        await orchestrator.close();
      }
    },
    LIMIT_MS,
  );

  test(
    "hangs nowhere, though everything that it asks does",
    async () => {
      await using place = await healthy();
      const silent = createSocketServer(() => {});
      await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
      const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
      try {
        const examined = await doctor([
          ...[
            "--engine",
            address,
            "--orchestrator",
            `http://${address}`,
            "--playlist",
            `http://${address}/x.m3u`,
          ],
          ...["--lease", `redis://${address}`, ...place.args.slice(2)],
        ]);
        for (const what of [`engine ${address}`, "orchestrator", "playlist", "lease store"])
          expect([what, examined.of(what).length > 0]).toEqual([what, true]);
        expect(examined.findings.filter(({ found }) => found.includes("could not be looked at"))).toEqual([]);
      } finally {
        silent.close();
      }
    },
    LIMIT_MS,
  );
});

describe("of the machine, aceslot doctor", () => {
  test(
    "tells a limit of open files that is low",
    async () => {
      await using place = await healthy();
      expect((await doctor(place.args)).of("open files")).toMatchObject([{ verdict: "ok" }]);
      const examined = await doctor(place.args, {}, ["sh", "-c", 'ulimit -n 200; exec "$0" "$@"']);
      expect(examined.of("open files")).toMatchObject([{ verdict: "warn", found: "no more than 200" }]);
    },
    LIMIT_MS,
  );

  test(
    "tells a state folder that is in memory",
    async () => {
      await using place = await healthy();
      const examined = await doctor([
        ...place.args.slice(0, 2),
        "--state-dir",
        `/dev/shm/aceslot-${process.pid}`,
      ]);
      expect(examined.of("state folder").map(({ found }) => found)).toContain(
        `/dev/shm/aceslot-${process.pid} is in memory`,
      );
    },
    LIMIT_MS,
  );

  test(
    "tells variables with quotes in them",
    async () => {
      await using place = await healthy();
      const examined = await doctor(place.args, { ACESLOT_TOKEN: '"s3cret-Word"' });
      // It is no token any more, and neither are other settings: why is told beside that.
      expect(examined.of("configuration")).toMatchObject([{ verdict: "fail" }]);
      expect(examined.of("ACESLOT_TOKEN")).toMatchObject([{ verdict: "warn" }]);
      const named = await doctor(place.args, { ACESLOT_ENGINE: "'127.0.0.1:6878'" });
      expect(named.of("ACESLOT_ENGINE")).toMatchObject([{ verdict: "warn" }]);
      expect(JSON.stringify(examined)).not.toContain("s3cret");
    },
    LIMIT_MS,
  );
});

test(
  "aceslot doctor reads playlists and guides as far as to know them",
  async () => {
    await using place = await healthy();
    await using web = await serving((request, answer) => {
      const path = request.url ?? "";
      if (path.startsWith("/guide"))
        answer.end(gzipSync(`<?xml version="1.0"?><tv>${"<x/>".repeat(1e5)}</tv>`));
      else if (path.startsWith("/page")) answer.end("<!DOCTYPE html><html></html>");
      else answer.writeHead(404).end();
    });
    const file = join(place.folder, "list.m3u");
    await writeFile(file, `\uFEFF#EXTM3U\n#EXTINF:-1,One\nacestream://${contentId(0)}\n`);
    await mkdir(join(place.folder, "folder"));
    const look = async (...args: string[]) => {
      const { findings } = await doctor([...place.args, ...args]);
      return findings
        .filter(({ what }) => what === "playlist" || what === "guide")
        .map(({ what, verdict, found }) => `${what} ${verdict} ${found}`);
    };
    const at = `http://${web.address}`;
    expect(await look("--playlist", file, "--epg", `${at}/guide.xml.gz`)).toEqual([
      `playlist ok ${file} can be read`,
      `guide ok ${at}/guide.xml.gz can be read`,
    ]);
    expect(await look("--playlist", `${file}8`, "--playlist", join(place.folder, "folder"))).toEqual([
      `playlist fail ${file}8: there is no such file`,
      `playlist fail ${join(place.folder, "folder")}: it is a folder`,
    ]);
    const secret = `http://me:s3cret@${web.address}/page?key=s3cret`;
    expect(await look("--playlist", secret, "--playlist", `${at}/gone`, "--epg", file)).toEqual([
      `playlist fail http://***@${web.address}/page?*** is there, and is no playlist`,
      `playlist fail ${at}/gone: it answers with status 404`,
      `guide fail ${file} is there, and is no guide`,
    ]);
    expect(await look("--playlist", "http://me:s3cret@127.0.0.1:1/x")).toEqual([
      "playlist fail http://***@127.0.0.1:1/x: connection refused",
    ]);
  },
  LIMIT_MS,
);

describe("U4 is the channel alive before I press it: a content that is tried", () => {
  const id = contentId(3);

  test(
    "plays on a free engine, and is stopped again",
    async () => {
      await using place = await healthy();
      const examined = await doctor([...place.args, "--test-id", id]);
      expect(examined.of("test content")).toMatchObject([
        {
          verdict: "ok",
          found: expect.stringMatching(
            /^it plays from engine .+: first byte after [\d.]+ s, then \d{3,} kbit\/s; status dl, \d+ peers/,
          ),
        },
      ]);
      expect([place.engine.counters.starts, place.engine.load]).toEqual([1, 0]);
      expect((await doctor(place.args)).of("test content")).toEqual([]);
      expect(place.engine.counters.starts).toBe(1);
    },
    LIMIT_MS,
  );

  test(
    "that an engine does not find is a finding, with the engine's words",
    async () => {
      await using place = await healthy();
      place.engine.faults.start = { kind: "error", words: "failed to load content" };
      const examined = await doctor([...place.args, "--test-id", id]);
      expect(examined.of("test content")).toMatchObject([
        { verdict: "fail", found: expect.stringContaining("failed to load content") },
      ]);
      expect(place.engine.load).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "goes to no engine that carries something",
    async () => {
      await using place = await healthy();
      const orchestrator = await startSimOrchestrator({ engines: [place.engine], generation: 1 });
      try {
        orchestrator.addForeignStream(place.engine, contentId(9));
        await until("it is listed", async () => {
          const list = (await (
            await fetch(`${orchestrator.url}/streams?status=started`)
          ).json()) as unknown[];
          return list.length === 1;
        });
        const starts = place.engine.counters.starts;
        const args = ["--orchestrator", orchestrator.url, ...place.args.slice(2), "--test-id", id];
        const examined = await doctor(args);
        expect(examined.of("test content")).toMatchObject([
          { verdict: "warn", found: expect.stringContaining("no engine without a stream") },
        ]);
        expect([place.engine.counters.starts, place.engine.load]).toEqual([starts, 1]);
      } finally {
        await orchestrator.close();
      }
    },
    LIMIT_MS,
  );

  test(
    "plays through a proxy that runs, within its cap, and a slate is no picture of it",
    async () => {
      await using place = await healthy();
      const token = "s3cret-Word";
      await using proxy = await startBinary([
        ...place.args,
        ...["--token", token, "--slate", "on", "--queue-timeout", "300ms", "--linger", "0s"],
      ]);
      const look = async () => {
        const { host } = new URL(proxy.url);
        const args = ["--listen", host, ...place.args, "--test-id", id];
        const examined = await doctor(args, { ACESLOT_TOKEN: token });
        expect(JSON.stringify(examined)).not.toContain(token);
        return examined.of("test content");
      };
      expect(await look()).toMatchObject([
        {
          verdict: "ok",
          found: expect.stringContaining("it plays through the running proxy: first byte after"),
        },
      ]);
      // The queue is short: what the doctor watched must be over first.
      const bearer = { headers: { Authorization: `Bearer ${token}` } };
      await until("the place is free again", async () => {
        const told = (await (await fetch(`${proxy.url}/api/v1/engines`, bearer)).json()) as {
          engines: { slots: { state: string }[] }[];
        };
        return told.engines.every(({ slots }) => slots.every(({ state }) => state === "free"));
      });
      const watching = await fetch(`${proxy.url}/ace/getstream?id=${contentId(1)}&token=${token}`);
      expect(watching.headers.get("x-aceslot-slate")).toBeNull();
      expect(await look()).toMatchObject([
        { verdict: "fail", found: "the running proxy does not play it: no_capacity" },
      ]);
      expect(place.engine.peakLoad).toBe(1);
      await watching.body?.cancel();
    },
    LIMIT_MS,
  );

  test(
    "must be an id",
    async () => {
      const { code, err } = await run([BINARY, "doctor", "--test-id", "abc"], { cwd: "/" });
      expect(code).toBe(4);
      expect(err).toContain('--test-id: "abc" is not allowed: it must be a content id of 40 hex digits');
      expect(verdicts([])).toEqual([]);
    },
    LIMIT_MS,
  );
});
