/** Nobody gets the proxy to ask anybody but those whom its operator has named, or whom their lists name. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { bareMedia, contentId, startSimEngine } from "../../../src/sim/index.ts";
import { BINARY, scratchFolder, startBinary } from "../../support/binary.ts";
import { PATIENCE_MS, PLAYS_BYTES, SHORT_UNHURRIED, trap } from "../../support/faults.ts";
import { play } from "../../support/player.ts";
import { run } from "../../support/run.ts";
import { until } from "../../support/until.ts";
import { startWebSource } from "../../support/web-source.ts";
import { tap, wire } from "../../support/wire.ts";

const LIMIT_MS = 90_000;
const ID = contentId(1);
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** All that an engine is ever asked, each with the whole of its head. */
const ENGINE_HEADS = [
  new RegExp(`^GET /ace/getstream\\?id=${ID}(?:&_idx=3)?&format=json&pid=${UUID} `),
  /^GET \/webui\/api\/service\?method=get_version /,
  /^GET \/ace\/(?:cmd|stat|r|m)\/[\w/-]+(?:\?method=stop)? /,
];
const ENGINE_HEADERS = new Set(["host", "accept", "connection", "user-agent"]);

test.concurrent(
  "no word of a client becomes a host, a path or a header of what an engine is asked",
  async () => {
    await using nowhere = await trap();
    await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 3_000 });
    await using between = await tap(engine.address);
    await using proxy = await startBinary(["--engine", between.address, ...SHORT_UNHURRIED]);
    const evil = `http://${nowhere.address}/`;
    const query = [
      ...[`id=${ID}`, `host=${nowhere.address}`, `url=${evil}`, `magnet=${evil}`, "pid=1", "sid=2"],
      ...["format=xml", "method=stop", `playback_url=${evil}`, `engine=${nowhere.address}`, "_idx=3"],
      ...["x=%0d%0aX-Evil:%201", "path=..%2f..%2fwebui", `redirect=${evil}`, "use_api_events=1"],
    ].join("&");
    const headers = [
      `Host: ${nowhere.address}`,
      ...["X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL"].map((name) => `${name}: ${evil}`),
      `Forwarded: host="${nowhere.address}";proto=http`,
      ...[
        "Cookie: evil=1",
        "Authorization: Bearer evil",
        "X-Evil: 1",
        "User-Agent: evil/1",
        `Referer: ${evil}`,
      ],
      ...[
        "Accept: evil/evil",
        "Accept-Language: evil",
        "Range: bytes=0-",
        `Origin: http://${nowhere.address}`,
      ],
      ...["Connection: keep-alive, X-Evil", "X-Aceslot-Engine: evil", "Via: evil"],
    ];
    const player = wire(proxy.url, [`GET /ace/getstream?${query} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
    expect(await player.answered(PATIENCE_MS)).toBe(200);
    await until("it plays", () => player.bytes > PLAYS_BYTES, PATIENCE_MS);
    player.leave();
    await until("it is stopped", () => between.targets.some((target) => target.includes("method=stop")));
    expect(between.heads.length).toBeGreaterThan(2);
    for (const head of between.heads) {
      expect(ENGINE_HEADS.some((known) => known.test(head)) ? "" : head).toBe("");
      const [, ...lines] = head.trimEnd().split("\r\n");
      for (const line of lines) {
        const [name = "", value = ""] = line.toLowerCase().split(": ");
        expect(ENGINE_HEADERS).toContain(name);
        if (name === "host") expect(value).toBe(between.address);
        expect(value).not.toContain("evil");
      }
    }
    expect(nowhere.visits).toBe(0);
  },
  LIMIT_MS,
);

test.concurrent(
  "an orchestrator that sends the proxy on to somewhere else is not followed, and gets no key sent there",
  async () => {
    await using nowhere = await trap();
    const sentOn = async (status: number): Promise<void> => {
      await using orchestrator = await startWebSource((_, response) =>
        response.writeHead(status, { Location: `http://${nowhere.address}/engines` }).end(),
      );
      await using proxy = await startBinary([
        ...["--orchestrator", orchestrator.url, "--orchestrator-key", "a-key"],
        ...SHORT_UNHURRIED,
      ]);
      const answer = await fetch(`${proxy.url}/ace/getstream?id=${ID}`);
      expect(answer.status).toBe(503);
      await until("it was asked", () => orchestrator.asked.length > 1);
    };
    await Promise.all([301, 302, 307, 308].map(sentOn));
    expect(nowhere.visits).toBe(0);
  },
  LIMIT_MS,
);

test.concurrent(
  "an engine that sends the proxy on to somewhere else is not followed at the start",
  async () => {
    await using nowhere = await trap();
    for (const status of [301, 302, 307]) {
      await using engine = await startWebSource((_, response) =>
        response.writeHead(status, { Location: `http://${nowhere.address}/ace/getstream` }).end(),
      );
      await using proxy = await startBinary(["--engine", new URL(engine.url).host, ...SHORT_UNHURRIED]);
      const answer = await fetch(`${proxy.url}/ace/getstream?id=${ID}`);
      expect(answer.status).toBe(502);
    }
    expect(nowhere.visits).toBe(0);
  },
  LIMIT_MS,
);

test.concurrent(
  "links and logos of a playlist are handed out, and never asked for",
  async () => {
    await using nowhere = await trap();
    await using folder = await scratchFolder();
    const evil = `http://${nowhere.address}`;
    const playlist = join(folder.path, "channels.m3u");
    await Bun.write(
      playlist,
      [
        "#EXTM3U",
        `#EXTINF:-1 tvg-logo="${evil}/logo.png",A link`,
        `${evil}/stream.ts`,
        `#EXTINF:-1 tvg-logo="${evil}/logo.png",An engine's link`,
        `${evil}/ace/getstream?id=${ID}`,
        "",
      ].join("\n"),
    );
    await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 3_000 });
    await using proxy = await startBinary([
      "--engine",
      engine.address,
      "--playlist",
      playlist,
      ...SHORT_UNHURRIED,
    ]);
    const list = await (await fetch(`${proxy.url}/playlist.m3u`)).text();
    expect(list).toContain(`${proxy.url}/ace/getstream/${ID}.ts`);
    const player = play(`${proxy.url}/ace/getstream/${ID}.ts`);
    await player.got(PLAYS_BYTES, PATIENCE_MS);
    player.leave();
    await proxy.get("/api/v1/channels");
    expect(nowhere.visits).toBe(0);
  },
  LIMIT_MS,
);

/** Names as a hostile DNS has them, and the address that clouds answer at. */
const HOSTS = "127.0.0.1 localhost\n169.254.169.254 only-metadata both\n127.0.0.1 both\n";

test.concurrent(
  "a name in an orchestrator's list that leads to 169.254.169.254 is not dialled there",
  async () => {
    await using folder = await scratchFolder();
    const hosts = join(folder.path, "hosts");
    await Bun.write(hosts, HOSTS);
    const network = [
      `mount --bind ${hosts} /etc/hosts`,
      "ip link set lo up && ip addr add 169.254.169.254/32 dev lo",
      'exec "$@"',
    ].join(" && ");
    const asked = async (name: string): Promise<unknown> => {
      const script = join(import.meta.dir, "inside-net.ts");
      const command = [
        ...["unshare", "--mount", "--net", "sh", "-c", network, "sh"],
        process.execPath,
        script,
      ];
      const { code, out, err } = await run([...command, BINARY, name], { cwd: folder.path });
      if (code !== 0) throw new Error(`it needs unshare and ip, and the right to use them: ${err}`);
      return JSON.parse(out);
    };
    const [only, both, listed] = await Promise.all([
      asked("only-metadata"),
      asked("both"),
      asked("169.254.169.254,0xa9fea9fe,::ffff:a9fe:a9fe,metadata"),
    ]);
    expect(only).toMatchObject({
      ...{ visits: 0, elsewhere: 0, engines: ["only-metadata"] },
      error: { message: "only-metadata:80: only-metadata is a name of a link-local or metadata address" },
    });
    // It is asked at its other address.
    expect(both).toMatchObject({ visits: 0, error: { message: "failed to load content" } });
    expect(listed).toMatchObject({ visits: 0, engines: [] });
  },
  LIMIT_MS,
);
