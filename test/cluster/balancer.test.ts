/** The configurations in deploy/cluster/ are what the docs say, and send players where they should. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findServer, makeProxy, type ProxyProcess, startStore } from "../../deploy/cluster/processes.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { UNREADY_CODES } from "../../src/http/api/schemas.ts";
import { contentId, infohashOf, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { BINARY, scratchFolder } from "../support/binary.ts";
import { type Player, play } from "../support/player.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const FOLDER = join(import.meta.dir, "../../deploy/cluster");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

interface Service {
  readonly hostname?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { subnet: string }[] } };
  };
}

const PROXIES = ["proxy-1", "proxy-2", "proxy-3"];

describe("the compose file", () => {
  const { services, networks } = Bun.YAML.parse(read("compose.yaml")) as Compose;
  const environments = PROXIES.map((name) => services[name]?.environment ?? {});

  test("sets options that there are, the same ones for every proxy, each with a host name of its own", () => {
    const known = ALL_OPTIONS.map(({ name }) => `ACESLOT_${name.toUpperCase().replaceAll("-", "_")}`);
    for (const environment of environments) {
      expect(environment).toEqual(environments[0] ?? {});
      for (const name of Object.keys(environment)) expect(known).toContain(name);
    }
    expect(PROXIES.map((name) => services[name]?.hostname)).toEqual(PROXIES);
  });

  test("has values that the binary takes", () => {
    for (const environment of environments) {
      const env = {
        ...environment,
        PATH: process.env.PATH ?? "",
        HOME: "/nonexistent",
        ACESLOT_STATE_DIR: "none",
      };
      for (const [name, value] of Object.entries(env))
        env[name as keyof typeof env] = value.replace(/\$\{\w+:-(.*)\}/, "$1");
      const { status, stderr } = spawnSync(BINARY, ["config", "--check"], { env, encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    }
  });

  test("believes the balancer's word for who asks, and gives each proxy a state folder", () => {
    expect(environments[0]?.ACESLOT_TRUSTED_PROXY).toBe(networks.default.ipam.config[0]?.subnet ?? "");
    const folders = PROXIES.map((name) => services[name]?.volumes?.find((each) => each.endsWith(":/state")));
    expect(new Set(folders).size).toBe(PROXIES.length);
  });

  test("names files that are there, and the balancers name its proxies", () => {
    for (const { volumes = [] } of Object.values(services))
      for (const volume of volumes)
        if (volume.startsWith("./")) expect(() => read(volume.split(":")[0] ?? "")).not.toThrow();
    for (const file of ["haproxy.cfg", "nginx.conf"]) {
      const named = [...read(file).matchAll(/(?:server proxy-\d |server )(proxy-\d):6879/g)].map(
        ([, name]) => name,
      );
      expect([...new Set(named)]).toEqual(PROXIES);
    }
  });
});

test("the codes by which HAProxy leaves a proxy out are those that /readyz gives, and nothing else is taken for them", () => {
  const [, pattern = ""] = /expect ! rstring '([^']+)'/.exec(read("haproxy.cfg")) ?? [];
  const isLeftOut = (answer: object): boolean => new RegExp(pattern).test(JSON.stringify(answer));
  const leaving = new Set<string>(["draining", "no_grants", "no_descriptors"]);
  for (const code of UNREADY_CODES) {
    expect([code, isLeftOut({ ready: false, codes: [code], reasons: [] })]).toEqual([
      code,
      leaving.has(code),
    ]);
    expect(isLeftOut({ ready: false, codes: ["full", code], reasons: [] })).toBe(leaving.has(code));
  }
  expect(isLeftOut({ ready: true, codes: [], reasons: [], warnings: ["draining", '"draining"'] })).toBe(
    false,
  );
});

/** Where the proxies really are, and another port for players. */
interface Balanced {
  readonly port: number;
  readonly proxies: readonly string[];
  readonly folder: string;
}

const BALANCERS = {
  haproxy: {
    file: "haproxy.cfg",
    config: ({ port }: Balanced, text: string) => text.replace("bind :6879", `bind 127.0.0.1:${port}`),
    check: (path: string) => ["-c", "-f", path],
    run: (path: string) => ["-db", "-f", path],
  },
  nginx: {
    file: "nginx.conf",
    config: ({ port, folder }: Balanced, text: string) =>
      text
        .replace("listen 6879", `listen 127.0.0.1:${port}`)
        .replaceAll(/\/tmp\/nginx/g, join(folder, "nginx"))
        .replace("worker_processes auto", "worker_processes 1"),
    check: (path: string) => ["-t", "-c", path],
    run: (path: string) => ["-c", path, "-g", "daemon off;"],
  },
} as const;

async function configFor(name: keyof typeof BALANCERS, balanced: Balanced): Promise<string> {
  const { file, config } = BALANCERS[name];
  const text = config(balanced, read(file)).replaceAll(
    /\bproxy-(\d):6879/g,
    (_, number: string) => balanced.proxies[Number(number) - 1] ?? "",
  );
  const path = join(balanced.folder, file);
  await writeFile(path, text);
  return path;
}

const TTL_MS = 4_000;
const ENGINES = 12;
const programs = findServer();

for (const name of ["haproxy", "nginx"] as const) {
  const program = Bun.which(name) ?? Bun.which(name, { PATH: "/usr/sbin:/usr/local/sbin" });
  const missing = program === null ? name : programs === null ? "redis-server" : null;

  describe(missing === null ? name : `${name} (skipped: ${missing} is not installed)`, () => {
    test.skipIf(program === null)("takes its configuration", async () => {
      await using folder = await scratchFolder();
      const balanced = { port: 6879, proxies: PROXIES.map(() => "127.0.0.1:1"), folder: folder.path };
      const path = await configFor(name, balanced);
      const { status, stderr } = spawnSync(program ?? "", BALANCERS[name].check(path), { encoding: "utf8" });
      expect(stderr).not.toMatch(/warning|alert|emerg/i);
      expect(status).toBe(0);
    });

    describe.skipIf(missing !== null)("in front of three proxies", () => {
      const stack = new AsyncDisposableStack();
      const engines: SimEngine[] = [];
      const proxies: ProxyProcess[] = [];
      let url = "";
      let balancer: Running | null = null;
      /** Where the balancer looks for itself: what it has found of all proxies. */
      const found = async (what: "UP" | "DOWN", ...backends: readonly string[]): Promise<void> => {
        if (name !== "haproxy") return;
        const all = backends.flatMap((backend) => PROXIES.map((proxy) => `${backend}/${proxy}`));
        await until(`it finds ${backends} ${what}`, () =>
          all.every((server) =>
            balancer?.told.findLast((line) => line.includes(server))?.includes(`is ${what}`),
          ),
        );
      };

      beforeAll(async () => {
        if (programs === null || program === null) return;
        const folder = stack.use(await scratchFolder());
        for (let n = 0; n < ENGINES; n++) engines.push(stack.use(await startSimEngine({ burstMs: 6_000 })));
        const store = await startStore(folder.path, programs);
        stack.defer(() => store.end());
        const shared = [
          ...engines.flatMap(({ address }) => ["--engine", address]),
          ...["--max-streams-per-engine", "2", "--linger", "0s", "--trusted-proxy", "127.0.0.1"],
          ...["--lease", store.url, "--lease-ttl", `${TTL_MS}ms`],
        ];
        for (let n = 1; n <= 3; n++) {
          const proxy = await makeProxy(n, folder.path, BINARY, shared);
          stack.defer(() => proxy.kill());
          proxies.push(proxy);
        }
        const port = await freePort();
        const balanced = {
          port,
          proxies: proxies.map((proxy) => new URL(proxy.url).host),
          folder: folder.path,
        };
        balancer = stack.use(running(program, BALANCERS[name].run(await configFor(name, balanced))));
        url = `http://127.0.0.1:${port}`;
        await until(
          "the balancer is there",
          async () => (await fetch(`${url}/healthz`).catch(() => null))?.ok,
        );
        // It takes everybody for ready at first.
        await found("DOWN", "alive", "ready");
        await Promise.all(proxies.map((proxy) => proxy.start()));
        await found("UP", "alive");
      }, 90_000);
      afterAll(() => stack.disposeAsync());

      const streamsOf = async (proxy: ProxyProcess): Promise<readonly string[]> => {
        const answer = await fetch(`${proxy.url}/api/v1/streams`);
        const { streams } = (await answer.json()) as { streams: readonly { contents: readonly string[] }[] };
        return streams.flatMap(({ contents }) => contents);
      };
      const homesOf = async (content: string): Promise<readonly ProxyProcess[]> => {
        const homes: ProxyProcess[] = [];
        for (const proxy of proxies)
          if (proxy.program !== null && (await streamsOf(proxy)).includes(`id:${content}`)) homes.push(proxy);
        return homes;
      };
      const carried = (content: string): number =>
        engines
          .flatMap(({ sessions }) => [...sessions.values()])
          .filter(({ infohash }) => infohash === infohashOf(content)).length;
      const watch = async (path: string, deadlineMs = 20_000): Promise<Player> => {
        const player = play(`${url}${path}`);
        expect(await player.answered(deadlineMs)).toBe(200);
        await player.got(188 * 20);
        return player;
      };

      test("ten who ask for one content, in whatever way, share one proxy and one slot", async () => {
        // The store is new: who comes at once waits for a slot, also where no proxy is ready.
        (await watch(`/ace/getstream?id=${contentId(0)}`)).leave();
        // As long as the balancer finds one proxy after the other ready, contents move.
        await found("UP", "ready");
        const id = contentId(1);
        const ways = [`?id=${id}`, `?id=${id}&pid=1`, `/${id}.ts`, `/?id=${id}`];
        const players = await Promise.all(
          Array.from({ length: 10 }, (_, n) => watch(`/ace/getstream${ways[n % ways.length]}`)),
        );
        expect(await homesOf(id)).toHaveLength(1);
        expect(carried(id)).toBe(1);
        for (const player of players) player.leave();
      }, 90_000);

      test("other contents are at other proxies", async () => {
        const ids = Array.from({ length: 12 }, (_, n) => contentId(100 + n));
        const players = await Promise.all(ids.map((id) => watch(`/ace/getstream?id=${id}`)));
        const homes = await Promise.all(ids.map((id) => homesOf(id)));
        expect(new Set(homes.flat().map((proxy) => proxy.name)).size).toBeGreaterThan(1);
        for (const player of players) player.leave();
      }, 90_000);

      test("an HLS session's playlists and segments come from the proxy that has it", async () => {
        const first = async (n: number): Promise<Response> => {
          const at = `${url}/ace/manifest.m3u8?id=${contentId(n)}`;
          // A connection each, as players that do not keep them.
          const answer = await fetch(at, { headers: { connection: "close" } });
          expect(answer.status).toBe(200);
          const lines = (await answer.text())
            .split("\n")
            .filter((line) => line !== "" && !line.startsWith("#"));
          return fetch(new URL(lines.at(-1) ?? "", at), { headers: { connection: "close" } });
        };
        const all = [200, 201, 202, 203].flatMap((n) => [n, n]);
        // One that was slow to answer is left out for a while, and its contents move.
        await until("no segment goes astray", async () => {
          for (const n of all) if ((await first(n)).status === 404) return false;
          return true;
        });
        for (const n of all) {
          const segment = await first(n);
          expect([segment.status, segment.headers.get("content-type")]).toEqual([200, "video/mp2t"]);
          expect((await segment.arrayBuffer()).byteLength).toBeGreaterThan(0);
        }
      }, 60_000);

      test("pages and figures of single proxies are not there", async () => {
        for (const path of ["/", "/metrics", "/api/v1/streams", "/readyz"])
          expect((await fetch(`${url}${path}`)).status).toBe(404);
      });

      test("a killed proxy's contents play at another one", async () => {
        const id = contentId(300);
        const player = await watch(`/ace/getstream?id=${id}`);
        const [home] = await homesOf(id);
        await home?.kill();
        await until("the client is told", () => player.over !== null);
        const again = await watch(`/ace/getstream?id=${id}`);
        expect((await homesOf(id)).map((proxy) => proxy.name)).not.toContain(home?.name ?? "");
        again.leave();
      }, 90_000);
    });
  });
}

interface Running extends AsyncDisposable {
  /** Lines of its output. */
  readonly told: readonly string[];
}

function running(program: string, args: readonly string[]): Running {
  const child: ChildProcess = spawn(program, [...args], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const told: string[] = [];
  let rest = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    told.push(...lines);
  });
  return {
    told,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 2_000).unref();
      await exited;
    },
  };
}
