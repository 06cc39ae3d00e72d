/** Every option that a reload can change: the file is changed, SIGHUP sent, and the effect seen from outside. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { bareMedia, contentId, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { readJournal } from "../support/journal.ts";
import { listen } from "../support/listener.ts";
import { type Player, play } from "../support/player.ts";
import { type Reloading, startReloading } from "../support/reloading.ts";
import { enginesOf, knowsEngines, streamsOf, waitingIn } from "../support/rest.ts";
import { until } from "../support/until.ts";

interface Scene {
  readonly proxy: Reloading;
  readonly world: SimWorld;
  /** Plays a content as a television of its own. */
  tv(n: number): Player;
  /** Status of a GET. */
  status(path: string): Promise<number>;
  text(path: string, headers?: Record<string, string>): Promise<string>;
}

interface Trial {
  /** Engines come from an orchestrator; default: the first one is listed in the file. */
  readonly orchestrated?: true;
  readonly before?: string;
  readonly run: (scene: Scene) => Promise<void>;
}

const ENGINES = 2;
const KEY = "the-key";
const CHANNELS = `#EXTM3U\n#EXTINF:-1,First\nacestream://${contentId(1)}\n`;
const GUIDE = '<?xml version="1.0"?><tv><channel id="one"><display-name>First</display-name></channel></tv>';

const TRIALS: Readonly<Record<string, Trial>> = {
  token: {
    async run({ proxy, status, tv }) {
      expect(await status("/api/v1/queue")).toBe(200);
      const watching = tv(1);
      expect(await watching.answered()).toBe(200);
      using told = await listen(proxy.url);
      await proxy.reload('token = "t1"');
      expect([await status("/api/v1/queue"), await status("/t/t1/api/v1/queue")]).toEqual([401, 200]);
      await until("who listens with no token is told nothing more", () => told.over === "whole");
      const { bytes } = watching;
      await watching.got(bytes + 188);
    },
  },
  "token-file": {
    async run({ proxy, status }) {
      const path = join(proxy.folder, "secret");
      await writeFile(path, "t2", { mode: 0o600 });
      await proxy.reload(`token-file = "${path}"`);
      expect([await status("/api/v1/queue"), await status("/t/t2/api/v1/queue")]).toEqual([401, 200]);
    },
  },
  "trusted-proxy": {
    async run({ proxy }) {
      const end = async (): Promise<number> => {
        const headers = { Origin: "https://tv.example.org", "X-Forwarded-Host": "tv.example.org" };
        return (await fetch(`${proxy.url}/api/v1/streams/1`, { method: "DELETE", headers })).status;
      };
      expect(await end()).toBe(403);
      await proxy.reload('trusted-proxy = "127.0.0.0/8"');
      expect(await end()).toBe(404);
    },
  },
  engine: {
    async run({ proxy, world, tv }) {
      const [one = "", two = ""] = world.engines.map(({ address }) => address);
      const use = (engine = ""): Promise<unknown> => proxy.reload(`engine = "${engine}"\nlinger = "0s"`);
      await use(one);
      const first = tv(1);
      expect(await first.answered()).toBe(200);
      await use(two);
      expect(await tv(2).answered()).toBe(200);
      // The one that was taken away keeps what it has, and goes with it.
      expect((await enginesOf(proxy)).map(({ address }) => address).sort()).toEqual([one, two].sort());
      first.leave();
      await until("it is gone", async () => (await enginesOf(proxy)).length === 1);
    },
  },
  "orchestrator-key": {
    orchestrated: true,
    before: 'orchestrator = "URL"\norchestrator-key = "wrong"',
    async run({ proxy, world, tv }) {
      expect(await enginesOf(proxy)).toEqual([]);
      await proxy.reload(`orchestrator = "${world.url}"\norchestrator-key = "${KEY}"`);
      await knowsEngines(proxy, ENGINES);
      expect(await tv(1).answered()).toBe(200);
    },
  },
  "orchestrator-key-file": {
    orchestrated: true,
    before: 'orchestrator = "URL"\norchestrator-key = "wrong"',
    async run({ proxy, world }) {
      const path = join(proxy.folder, "key");
      await writeFile(path, KEY, { mode: 0o600 });
      await proxy.reload(`orchestrator = "${world.url}"\norchestrator-key-file = "${path}"`);
      await knowsEngines(proxy, ENGINES);
    },
  },
  "max-streams-per-engine": {
    async run({ proxy, tv }) {
      expect(await tv(1).answered()).toBe(200);
      const second = tv(2);
      await until("it waits", async () => (await waitingIn(proxy)) === 1);
      await proxy.reload("max-streams-per-engine = 2");
      expect(await second.answered()).toBe(200);
    },
  },
  playlist: {
    async run({ proxy, text }) {
      const path = join(proxy.folder, "my channels.m3u");
      await writeFile(path, CHANNELS);
      await proxy.reload(`playlist = "${path}"`);
      await until("the channel is there", async () => (await text("/playlist.m3u")).includes(contentId(1)));
    },
  },
  epg: {
    async run({ proxy, text }) {
      const [list, guide] = ["a.m3u", "guide.xml"].map((name) => join(proxy.folder, name));
      await writeFile(list ?? "", CHANNELS);
      await writeFile(guide ?? "", GUIDE);
      await proxy.reload(`playlist = "${list}"\nepg = "${guide}"`);
      await until("the guide is there", async () => (await text("/epg.xml")).includes("display-name"));
    },
  },
  "playlist-refresh": {
    async run({ proxy, text }) {
      const path = join(proxy.folder, "a.m3u");
      await writeFile(path, CHANNELS);
      await proxy.reload(`playlist = "${path}"`);
      await until("one is there", async () => (await text("/playlist.m3u")).includes(contentId(1)));
      await writeFile(path, CHANNELS.replaceAll(contentId(1), contentId(2)));
      await proxy.reload(`playlist = "${path}"\nplaylist-refresh = "10s"`);
      await until("the other is there", async () => (await text("/playlist.m3u")).includes(contentId(2)));
    },
  },
  "public-url": {
    async run({ proxy, text }) {
      const path = join(proxy.folder, "a.m3u");
      await writeFile(path, CHANNELS);
      await proxy.reload(`playlist = "${path}"`);
      await until("it is there", async () => (await text("/playlist.m3u")).includes(`${proxy.url}/ace/`));
      await proxy.reload(`playlist = "${path}"\npublic-url = "https://tv.example.org/x"`);
      expect(await text("/playlist.m3u")).toContain("https://tv.example.org/x/ace/");
    },
  },
  slate: {
    before: 'queue-timeout = "0s"',
    async run({ proxy, tv }) {
      await tv(1).got(188);
      expect(await tv(2).answered()).toBe(503);
      await proxy.reload('queue-timeout = "0s"\nslate = "on"');
      const shown = tv(3);
      expect(await shown.answered()).toBe(200);
      await shown.got(188);
      expect(await streamsOf(proxy)).toHaveLength(1);
    },
  },
  debug: {
    async run({ proxy }) {
      const asked = async () => (await fetch(`${proxy.url}/api/v1/debug`)).status;
      expect(await asked()).toBe(404);
      await proxy.reload('debug = "on"');
      expect(await asked()).toBe(200);
    },
  },
  "queue-timeout": {
    async run({ proxy, tv }) {
      await tv(1).got(188);
      await proxy.reload('queue-timeout = "100ms"');
      expect(await tv(2).answered()).toBe(503);
    },
  },
  "start-timeout": {
    async run({ proxy, world, tv }) {
      for (const { faults } of world.engines) {
        faults.playback = { kind: "hang" };
        faults.stat = { kind: "no_progress" };
      }
      await proxy.reload('start-timeout = "200ms"');
      expect(await tv(1).answered()).toBe(504);
    },
  },
  "stall-timeout": {
    async run({ proxy, world, tv }) {
      for (const { faults } of world.engines) {
        faults.playback = { kind: "silent", afterMs: 300 };
        faults.stat = { kind: "no_progress" };
      }
      const player = tv(1);
      await player.got(188);
      await proxy.reload('stall-timeout = "500ms"');
      await until("the silent engine is given up", () => player.over !== null);
    },
  },
  "client-timeout": {
    async run({ proxy, world, tv }) {
      // More than the system's buffers hold.
      for (const { faults } of world.engines) faults.playback = { kind: "burst", bytes: 60_000_000 };
      const player = tv(1);
      await player.got(188);
      player.freeze();
      await proxy.reload('client-timeout = "1s"');
      await until("the frozen client is gone", async () => {
        const { clients } = await proxy.get<{ clients: unknown[] }>("/api/v1/clients");
        return clients.length === 0;
      });
    },
  },
  linger: {
    before: 'linger = "1h"',
    async run({ proxy, tv }) {
      await proxy.reload('linger = "0s"');
      const player = tv(1);
      await player.got(188);
      player.leave();
      await until("the stream is over", async () => (await streamsOf(proxy)).length === 0);
    },
  },
  "release-timeout": {
    before: 'linger = "0s"',
    async run({ proxy, world, tv }) {
      for (const { faults } of world.engines) {
        faults.stop = { kind: "hang" };
        faults.stat = { kind: "hang" };
      }
      await proxy.reload('linger = "0s"\nrelease-timeout = "1s"');
      const player = tv(1);
      await player.got(188);
      player.leave();
      await until("the slot is free without proof", async () =>
        (await proxy.get<{ lines: { cause?: string }[] }>("/api/v1/journal")).lines.some(
          ({ cause }) => cause === "release deadline",
        ),
      );
    },
  },
  journal: {
    async run({ proxy, tv }) {
      const path = join(proxy.folder, "journal.jsonl");
      await proxy.reload(`journal = "${path}"`);
      expect(await tv(1).answered()).toBe(200);
      // Looked at while it is being written, it may be empty or end within a line.
      const isWritten = () => existsSync(path) && readFileSync(path, "utf8").split("\n").length > 3;
      await until("it is written", isWritten);
      await proxy.end();
      expect(readJournal(path)[0]).toMatchObject({ type: "configure", cap: 1 });
    },
  },
  "log-level": {
    async run({ proxy, tv }) {
      const debug = (): boolean => proxy.log.some(({ level }) => level === "debug");
      expect(debug()).toBe(false);
      await proxy.reload('log-level = "debug"');
      expect(await tv(1).answered()).toBe(200);
      await until("there is more to read", debug);
    },
  },
  "log-format": {
    before: 'log-format = "json"',
    async run({ proxy, status }) {
      // Lines of text are none for the reader of this log; the token tells that they have begun.
      await proxy.write('log-format = "text"\ntoken = "t"');
      process.kill(proxy.pid, "SIGHUP");
      await until("it is reloaded", async () => (await status("/api/v1/queue")) === 401);
      await proxy.reload('log-format = "json"');
      const told = proxy.log
        .map(({ message }) => message)
        .filter((message) => message.includes("log-format"));
      expect(told).toEqual(["settings reloaded: token: *** → nothing; log-format: text → json"]);
    },
  },
};

test("there is a trial for every option that a reload changes at once", () => {
  const live = ALL_OPTIONS.filter(({ reload }) => reload === "live").map(({ name }) => name);
  expect(Object.keys(TRIALS).sort()).toEqual([...live].sort());
});

describe("SIGHUP changes", () => {
  for (const [name, { orchestrated, before = "", run }] of Object.entries(TRIALS))
    test(`--${name}`, async () => {
      await using world = await startWorld({ engines: ENGINES, media: bareMedia, key: KEY });
      // The option itself stands in the part that changes.
      const isFixed = !orchestrated && name !== "engine";
      const fixed = isFixed ? `engine = "${world.engines[0]?.address}"` : "";
      await using proxy = await startReloading(fixed, before.replace("URL", world.url), {
        ACESLOT_LOG_FORMAT: name === "log-format" ? "" : "json",
      });
      const players: Player[] = [];
      await run({
        proxy,
        world,
        tv(n) {
          const headers = { "User-Agent": `tv ${n}` };
          const player = play(`${proxy.url}/ace/getstream?id=${contentId(n)}`, { headers });
          players.push(player);
          return player;
        },
        status: async (path) => {
          const stop = new AbortController();
          const { status } = await fetch(`${proxy.url}${path}`, { signal: stop.signal });
          stop.abort();
          return status;
        },
        text: async (path) => (await fetch(`${proxy.url}${path}`)).text(),
      });
      for (const player of players) player.leave();
    }, 90_000);
});
