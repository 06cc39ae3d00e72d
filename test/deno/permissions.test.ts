/**
 * A proxy on Deno asks for the network alone, for files where it is told to write some, and for nothing else. Deno
 * writes down whatever is asked for; with `--no-prompt` what was not allowed throws.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { redisServer } from "../contract/redis-server.ts";
import { scratchFolder } from "../support/binary.ts";
import { until } from "../support/until.ts";
import { askedIn, deno, OFFLINE, PROGRAMS, startProgram } from "./deno.ts";
import { statuses, watch } from "./playing.ts";

const LISTEN = "127.0.0.1:0";
const serve = (options: object): string[] => [join(PROGRAMS, "serve.ts"), JSON.stringify(options)];
const net = (...engines: readonly SimEngine[]): string =>
  `--allow-net=${[LISTEN, ...engines.map(({ address }) => address)].join(",")}`;
const asked = (...engines: readonly SimEngine[]): string[] =>
  [LISTEN, ...engines.map(({ address }) => address)].map((address) => `net ${address}`).sort();

/** A web server that goes by a name; `texts`: by path, given that name and its port. */
function servedAt(
  texts: (address: string) => Readonly<Record<string, string>>,
): { readonly address: string } & AsyncDisposable {
  const server: Bun.Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => new Response(texts(address)[new URL(request.url).pathname] ?? ""),
  });
  const address: string = `localhost:${server.port}`;
  return { address, [Symbol.asyncDispose]: () => server.stop(true) };
}

test("importing asks for nothing", async () => {
  await using folder = await scratchFolder();
  const audit = join(folder.path, "audit.jsonl");
  const { code, out } = await deno(
    ["run", "--no-prompt", "--no-lock", "--no-check", OFFLINE, join(PROGRAMS, "imports.ts")],
    { env: { DENO_AUDIT_PERMISSIONS: audit } },
  );
  expect({ code, out, asked: askedIn(audit) }).toEqual({ code: 0, out: "5 entries\n", asked: [] });
});

test("two engines are played with their addresses and the one to listen at, and nothing else is asked for", async () => {
  await using one = await startSimEngine();
  await using two = await startSimEngine();
  await using program = await startProgram([net(one, two)], serve({ engines: [one.address, two.address] }));

  const paths = [
    "/",
    "/assets/look.css",
    "/assets/vendor/hls.js",
    "/assets/fonts/geist-latin.woff2",
    "/metrics",
  ];
  const api = ["engines", "streams", "clients", "queue", "journal"].map((name) => `/api/v1/${name}`);
  expect(
    await statuses(program.url, [...paths, ...api, "/openapi.json", "/healthz", "/readyz", "/playlist.m3u"]),
  ).toEqual({
    ...Object.fromEntries(
      [...paths, ...api, "/openapi.json", "/healthz", "/readyz"].map((path) => [path, 200]),
    ),
    // There is no playlist.
    "/playlist.m3u": 404,
  });
  const [first, second] = await Promise.all([watch(program.url, 1), watch(program.url, 2)]);
  for (const { status, packets, broken } of [first, second]) {
    expect([status, broken]).toEqual([200, 0]);
    expect(packets).toBeGreaterThan(2_000);
  }
  expect([one.peakLoad, two.peakLoad]).toEqual([1, 1]);

  expect(await program.end()).toBe(0);
  expect(program.printed()).toEndWith("closed\n");
  expect([one.load, two.load]).toEqual([0, 0]);
  expect(program.asked()).toEqual(asked(one, two));
});

test("an engine that goes by a name is allowed by it", async () => {
  await using engine = await startSimEngine();
  const address = `localhost:${engine.port}`;
  await using program = await startProgram(
    [`--allow-net=${LISTEN},${address}`],
    serve({ engines: [address] }),
  );
  expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
  expect(program.asked()).toEqual([`net ${LISTEN}`, `net ${address}`]);
});

test("an engine that is not allowed is told, and the others play", async () => {
  await using one = await startSimEngine();
  await using two = await startSimEngine();
  // Of two that were never used the one comes first whose address does.
  const [barred, allowed] = one.address < two.address ? [one, two] : [two, one];
  await using program = await startProgram([net(allowed)], serve({ engines: [one.address, two.address] }));
  expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
  expect([barred.peakLoad, allowed.peakLoad]).toEqual([0, 1]);
  expect(program.printed()).toContain(`Requires net access to "${barred.address}"`);
});

test("a state folder and a journal want to be read and written, and nothing above them", async () => {
  await using folder = await scratchFolder();
  await using engine = await startSimEngine();
  const stateDir = join(folder.path, "state");
  const journal = join(folder.path, "journal.jsonl");
  await using program = await startProgram(
    [net(engine), `--allow-read=${stateDir}`, `--allow-write=${stateDir},${journal}`],
    serve({ engines: [engine.address], stateDir, journal }),
  );
  expect(await watch(program.url)).toMatchObject({ status: 200 });
  expect(readFileSync(join(stateDir, "sessions-embedded.json"), "utf8")).toContain(engine.address);
  expect(await program.end()).toBe(0);
  expect(readFileSync(journal, "utf8")).toContain('"to":"active"');
  const files = program.asked().filter((each) => !each.startsWith("net "));
  expect(files.filter((each) => !each.includes(` ${stateDir}`) && each !== `write ${journal}`)).toEqual([]);
  expect(program.asked().filter((each) => each.startsWith("net "))).toEqual(asked(engine));
});

test("a state folder and a journal that are not allowed are told, with the flags, and it plays without", async () => {
  await using folder = await scratchFolder();
  await using engine = await startSimEngine();
  const stateDir = join(folder.path, "state");
  const journal = join(folder.path, "journal.jsonl");
  await using program = await startProgram(
    [net(engine)],
    serve({ engines: [engine.address], stateDir, journal }),
  );
  expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
  await until("it has told", () => program.printed().includes("the journal cannot be written"));
  expect(program.printed()).toContain(
    `${stateDir} cannot be used: Deno does not allow it; run with --allow-read=${stateDir} --allow-write=${stateDir}`,
  );
  expect(program.printed()).toContain(`Requires write access to "${journal}"`);
  expect(await program.end()).toBe(0);
  // No question about the folders above, nor about the machine's name.
  expect(program.asked()).toEqual([...asked(engine), `write ${journal}`].sort());
});

test("a playlist and its guide that go by a name are allowed by it", async () => {
  await using engine = await startSimEngine();
  await using site = servedAt((own) => ({
    "/list.m3u": `#EXTM3U url-tvg="http://${own}/guide.xml"\n#EXTINF:-1 tvg-id="one",One\nacestream://${contentId(0)}\n`,
    "/guide.xml": '<tv><channel id="one"><display-name>One</display-name></channel></tv>',
  }));
  await using program = await startProgram(
    [`${net(engine)},${site.address}`],
    serve({ engines: [engine.address], playlists: [`http://${site.address}/list.m3u`] }),
  );
  const text = async (path: string): Promise<string> => (await fetch(`${program.url}${path}`)).text();
  await until("its channels are there", async () => (await text("/playlist.m3u")).includes("One"));
  await until("its guide is there", async () => (await text("/epg.xml")).includes("<channel"));
  expect(program.asked()).toContain(`net ${site.address}`);
});

test("a store of leases wants its address, and nothing else", async () => {
  await using store = await redisServer();
  await using engine = await startSimEngine();
  const address = `127.0.0.1:${store.port}`;
  await using program = await startProgram(
    [`${net(engine)},${address}`],
    serve({ engines: [engine.address], lease: `redis://${address}`, leaseTtlMs: 4_000 }),
  );
  await until("slots are granted", () => program.printed().includes("slots are granted {"));
  expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
  expect(program.asked()).toEqual([...asked(engine), `net ${address}`].sort());
});
