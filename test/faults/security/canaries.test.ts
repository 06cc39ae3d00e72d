/** Secrets that cannot be mistaken for anything else, a whole life in which all goes wrong, and no byte of them anywhere. */
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { bareMedia, contentId, startSimEngine } from "../../../src/sim/index.ts";
import { BINARY, bareEnvironment, scratchFolder } from "../../support/binary.ts";
import { deadlinesBeside, PATIENCE_MS, PLAYS_BYTES, UNHURRIED } from "../../support/faults.ts";
import { play } from "../../support/player.ts";
import { run } from "../../support/run.ts";
import { startTold } from "../../support/told-binary.ts";
import { until } from "../../support/until.ts";
import { startWebSource } from "../../support/web-source.ts";
import { tap } from "../../support/wire.ts";

const LIMIT_MS = 180_000;
const ID = contentId(1);

/** One for each secret that there is; what may be escaped in a URL has what must be. */
const CANARIES = {
  token: "Canary-7q9Zk-token",
  key: "Canary-7q9Zk/key+=",
  lease: "Canary-7q9Zk lease&%",
  playlistUser: "Canary-7q9Zk-user",
  playlist: "Canary-7q9Zk:playlist@",
  query: "Canary-7q9Zk-query",
  proxied: "Canary-7q9Zk-proxied",
  guide: "Canary-7q9Zk guide",
  /** Never in force: the values of a reload that is refused, and of command lines with mistakes. */
  broken: "Canary-7q9Zk-broken",
} as const;
const esc = encodeURIComponent;

/** Each in all the forms in which it travels. */
const FORMS = Object.values(CANARIES).flatMap((canary) => [
  ...[
    canary,
    esc(canary),
    esc(canary).replaceAll("%20", "+"),
    new URLSearchParams({ a: canary }).toString().slice(2),
  ],
  ...[
    JSON.stringify(canary).slice(1, -1),
    Buffer.from(canary).toString("base64"),
    Buffer.from(canary).toString("hex"),
  ],
  Buffer.from(`${CANARIES.playlistUser}:${canary}`).toString("base64"),
]);

/** Where any of them stands, with what is around it. */
function found(text: string, but: readonly string[] = []): string[] {
  const forms = new Set(FORMS.filter((form) => !but.some((each) => form.includes(each))));
  return [...forms].flatMap((form) => {
    const at = text.indexOf(form);
    return at === -1 ? [] : [text.slice(Math.max(0, at - 120), at + form.length + 40)];
  });
}

/** A store that repeats all that it is told, in its own words. */
async function parrotStore(): Promise<{ readonly port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (said) => {
      const words = said.toString().replaceAll(/\r\n(?:[*$]\d+\r\n)*/g, " ");
      socket.write(`-ERR unknown command, with words ${words}\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

test(
  "no secret stands in any output, whatever fails and whoever repeats it",
  async () => {
    await using folder = await scratchFolder();
    const at = (name: string): string => join(folder.path, name);
    await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 3_000 });
    await using between = await tap(engine.address);
    const { hostname: host, port } = new URL(`http://${between.address}`);
    await using store = await parrotStore();
    let refuses = false;
    await using orchestrator = await startWebSource((request, response) => {
      const said = `${request.url} ${JSON.stringify(request.headers)}`;
      const path = new URL(request.url ?? "", "http://x").pathname;
      const record = { container_id: "c1", container_name: said.slice(0, 150), port: Number(port) };
      const key = String(request.headers["x-api-key"]);
      if (refuses) response.writeHead(401, key).end(JSON.stringify({ detail: said }));
      else if (path.endsWith("/engines"))
        response.end(
          JSON.stringify([
            { ...record, host, health_status: "healthy", container_name: `named after ${key}` },
            { ...record, container_id: `x ${key}`, host: key },
            { container_id: key, host: 7, port: key },
          ]),
        );
      else if (path.endsWith("/streams"))
        response.end(
          JSON.stringify([
            { id: key, status: key },
            { id: key, status: "started", container_id: key },
          ]),
        );
      else response.writeHead(503).end(JSON.stringify({ detail: { code: key, message: said, error: said } }));
    });
    await using web = await startWebSource((request, response) => {
      const said = `${request.url} ${request.headers.authorization}`;
      const clear = Buffer.from(request.headers.authorization?.slice("Basic ".length) ?? "", "base64");
      response.writeHead(403, `no ${decodeURIComponent(request.url ?? "")} ${clear} ${said}`).end(said);
    });
    const withLogin = (user: string, password: string, path: string): string =>
      web.url.replace("//", `//${esc(user)}:${esc(password)}@`) + path;
    const playlists = [
      withLogin(CANARIES.playlistUser, CANARIES.playlist, `/list.m3u?key=${CANARIES.query}`),
      `${web.url}/t/${CANARIES.proxied}/playlist.m3u`,
      at("channels.m3u"),
    ];
    await writeFile(at("channels.m3u"), `#EXTM3U\n#EXTINF:-1,One\nacestream://${ID}\n`);
    await writeFile(at("key"), CANARIES.key, { mode: 0o600 });
    await writeFile(at("password"), CANARIES.lease, { mode: 0o600 });
    const text = (value: unknown): string => JSON.stringify(value);
    const config = [
      `playlist = ${text(playlists)}`,
      `epg = ${text([withLogin(CANARIES.playlistUser, CANARIES.guide, "/guide.xml")])}`,
      `orchestrator = ${text(orchestrator.url)}`,
      `orchestrator-key-file = ${text(at("key"))}`,
      `playlist-refresh = "1m"`,
    ].join("\n");
    await writeFile(at("aceslot.toml"), config, { mode: 0o600 });
    const env = { ACESLOT_TOKEN: CANARIES.token, ACESLOT_CONFIG: at("aceslot.toml") };
    const leaseEnv = {
      ACESLOT_LEASE: `redis://user:${esc(CANARIES.lease)}@127.0.0.1:${store.port}`,
      ACESLOT_LEASE_WHEN_DOWN: "local",
    };
    const outputs = new Map<string, string>();

    for (const format of ["text", "json"]) {
      await using proxy = await startTold(
        [
          ...["--log-level", "debug", "--log-format", format, "--journal", at(`${format}.jsonl`)],
          ...[...UNHURRIED, "--state-dir", at(format)],
          ...deadlinesBeside([...UNHURRIED, "--state-dir"]),
        ],
        { ...env, ...(format === "json" ? leaseEnv : {}) },
      );
      const asks = async (name: string, path: string, how: RequestInit = {}): Promise<string> => {
        const answer = await fetch(`${proxy.url}${path}`, {
          ...how,
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const told = `${answer.status} ${text([...answer.headers])} ${await answer.text()}`;
        outputs.set(`${format} ${name}`, told);
        return told;
      };
      const token = { headers: { Authorization: `Bearer ${CANARIES.token}` } };
      if (format === "text") {
        const player = play(
          `${proxy.url}/t/${CANARIES.token}/ace/getstream?id=${ID}&token=${CANARIES.token}`,
        );
        await player.got(PLAYS_BYTES, PATIENCE_MS);
        player.leave();
        await until("it is stopped", () => between.targets.some((target) => target.includes("method=stop")));
        engine.faults.start = { kind: "error", words: "out of order" };
      }
      await asks("refused stream", `/ace/getstream?id=${contentId(2)}&token=${CANARIES.token}`);
      for (const path of [
        ...["/", "/readyz", "/metrics", "/openapi.json", "/healthz", "/epg.xml", "/nothing", "/ace/status"],
        ...["/api/v1/engines", "/api/v1/streams", "/api/v1/clients", "/api/v1/queue", "/api/v1/channels"],
        ...["/api/v1/leases", "/api/v1/journal", "/api/v1/recent", "/assets/main.js"],
      ])
        await asks(path, path, token);
      for (const path of ["/", `/t/${CANARIES.broken}/`, `/api/v1/engines?token=${CANARIES.broken}`])
        await asks(`shut ${path}`, path, { headers: { Accept: "text/html", "X-API-Key": CANARIES.token } });
      // A reload that is refused, in every way; then one that is not, with a key that is refused.
      for (const wrong of [
        `token = "${CANARIES.broken} "`,
        `token = ["${CANARIES.broken}"]`,
        `orchestrator = "http://user:${CANARIES.broken}@host/"`,
        `orchestrator = "http://host:${CANARIES.broken}"`,
        `lease = "redis://user:${CANARIES.broken}"`,
        `lease = "redis://:${CANARIES.broken}@host:99999"`,
        `playlist = ["ftp://user:${CANARIES.broken}@host/list"]`,
        `playlist = ["http://user:${CANARIES.broken}/list"]`,
        `public-url = "http://host/t/${CANARIES.broken}/?a"`,
        `token = "${CANARIES.broken}`,
        `token "${CANARIES.broken}"`,
        `[token]\n${CANARIES.broken}-key = "x"\nvalue = "${CANARIES.broken}"`,
      ]) {
        await writeFile(at("aceslot.toml"), `${wrong}\n`);
        const before = proxy.told.length;
        proxy.signal("SIGHUP");
        await until(`it is told of ${wrong}`, () => proxy.told.slice(before).includes("not reloaded"));
        for (const flags of format === "text" ? [["--check"]] : [["--check", "--format", "json"]]) {
          const checked = await run([BINARY, "config", ...flags], {
            cwd: folder.path,
            env: bareEnvironment({ ...env }),
          });
          outputs.set(`config ${wrong} ${flags}`, checked.out + checked.err);
        }
      }
      refuses = true;
      await writeFile(at("aceslot.toml"), config);
      proxy.signal("SIGHUP");
      await until("the key is refused", () => proxy.told.includes("(401)"), PATIENCE_MS);
      refuses = false;
      for (const command of [
        ...[["config"], ["config", "--format", "json"], ["config", "--check"], ["doctor"]],
        ...[["doctor", "--format", "json"], ["healthcheck"], ["completion", "bash"], ["man"], ["--help"]],
        ...[
          ["replay", at(`${format}.jsonl`)],
          ["config", "--example"],
          ["--listen", ":7000", "--tokn=Canary"],
        ],
      ]) {
        // What does not look at the settings is the same in both lives.
        if (format === "json" && /completion|man|help|example/.test(command.join())) continue;
        const ran = await run([BINARY, ...command], {
          cwd: folder.path,
          env: bareEnvironment({ ...env, ...(format === "json" ? leaseEnv : {}) }),
        });
        outputs.set(`${format} ${command.join(" ")}`, ran.out + ran.err);
      }
      outputs.set(`${format} process list`, await readFile(`/proc/${proxy.pid}/cmdline`, "latin1"));
      outputs.set(`${format} thread names`, await readFile(`/proc/${proxy.pid}/comm`, "latin1"));
      // One ends as it should, and one crashes.
      await proxy.end(format === "text" ? "SIGTERM" : "SIGSEGV");
      outputs.set(`${format} log`, proxy.told);
      for (const file of await readdir(at(format), { withFileTypes: true, recursive: true }))
        if (file.isFile()) {
          const path = join(file.parentPath, file.name);
          expect([file.name, statSync(path).mode & 0o777]).toEqual([file.name, 0o600]);
          outputs.set(`${format} state ${file.name}`, await readFile(path, "latin1"));
        }
      outputs.set(`${format} journal`, await readFile(at(`${format}.jsonl`), "latin1"));
    }
    outputs.set("what engines were told", between.heads.join("\n"));
    // They did come where they belong: else nothing was tried.
    expect(web.asked.some(({ authorization }) => authorization !== null)).toBe(true);
    for (const output of [
      "text log",
      "json log",
      "text config",
      "text doctor",
      "text journal",
      "text /metrics",
    ])
      expect([output, outputs.get(output) ?? ""]).not.toEqual([output, ""]);
    // Links are for whoever has shown the token already.
    const holdsLinks = (name: string): boolean => name.endsWith("/api/v1/channels");
    const leaks = [...outputs].flatMap(([name, output]) =>
      found(output, holdsLinks(name) ? [CANARIES.token] : []).map((where) => `${name}: ${where}`),
    );
    expect(leaks).toEqual([]);
  },
  LIMIT_MS,
);
