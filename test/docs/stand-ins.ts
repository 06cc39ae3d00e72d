/**
 * What the pages' commands talk to: simulated engines and their orchestrator, a real redis-server, and proxies of the
 * compiled binary in front of them, one of which asks for a token. And the words that the pages have for them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentId, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { type RedisServer, redisServer } from "../contract/redis-server.ts";
import { BINARY, type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { run } from "../support/run.ts";

/** The token of the pages. */
export const TOKEN = "SECRET";

export interface StandIns extends AsyncDisposable {
  /** Plays to everybody, and has a playlist. */
  readonly proxy: RunningBinary;
  /** The proxy's own folder: `channels.m3u`, `journal.jsonl`. */
  readonly folder: string;
  /** The command with every address, placeholder and system folder of the page replaced. */
  translate(text: string, sandbox: string): string;
}

export async function startStandIns(): Promise<StandIns> {
  const world = await startWorld({ engines: 3, startDelayMs: 50, unreadSessionMs: 5_000 });
  const redis = await redisServer();
  const folder = await scratchFolder();
  const channels = join(folder.path, "channels.m3u");
  writeFileSync(channels, PLAYLIST);
  const common = ["--orchestrator", world.url, "--max-streams-per-engine", "4", "--playlist", channels];
  const journal = join(folder.path, "journal.jsonl");
  const proxy = await startBinary([...common, "--journal", journal]);
  const guarded = await startBinary([...common, "--token", TOKEN]);
  // The trace of a violation, as `aceslot check` leaves it.
  await run([BINARY, "check", "--mutant", "orig-race", "--time", "2s"], { cwd: folder.path });
  const redisPorts = { plain: redis.port };
  return {
    proxy,
    folder: folder.path,
    translate: (text, sandbox) => translated(text, sandbox, { world, redisPorts, proxy, guarded }),
    async [Symbol.asyncDispose]() {
      await Promise.all([proxy.end("SIGKILL"), guarded.end("SIGKILL")]);
      await redis[Symbol.asyncDispose]();
      await world.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export const PLAYLIST = `#EXTM3U
#EXTINF:-1 tvg-id="one" group-title="News",Channel One
acestream://${contentId(1)}
#EXTINF:-1 tvg-id="two" group-title="Films",Channel Two
${contentId(2)}
`;

interface Places {
  readonly world: SimWorld;
  readonly redisPorts: { readonly plain: RedisServer["port"] };
  readonly proxy: RunningBinary;
  readonly guarded: RunningBinary;
}

/** Folders of the system: the page's commands may write there, so they get their own. */
const SYSTEM_FOLDERS =
  /(?<=[\s=":>(']|^)\/(?=(?:etc|var|opt|srv|usr\/local|run|mnt|volume1|share)(?:\/|\b))/gm;

function translated(text: string, sandbox: string, { world, redisPorts, proxy, guarded }: Places): string {
  const authority = ({ url }: RunningBinary): string => new URL(url).host;
  const engines = world.engines.map(({ host, port }) => `${host}:${port}`);
  const engine = (number: string | undefined): string =>
    engines[(Number(number ?? 1) - 1) % engines.length] ?? "";
  // The command that a page shows for starting a proxy names no token's proxy; only those that ask it do.
  const asked = text.includes(TOKEN) ? guarded : proxy;
  return text
    .replace(/\b(?:HOST|localhost|127\.0\.0\.1|192\.168\.1\.10|nas|proxy):6879\b/g, authority(asked))
    .replace(
      /\b(?:127\.0\.0\.1|192\.168\.1\.(\d)\d?|10\.0\.0\.(\d)|engine(?:-(\d))?):6878\b/g,
      (_, a, b, c) => engine(a ?? b ?? c),
    )
    .replace(/http:\/\/orchestrator:8000\b/g, world.url)
    .replace(/\bstore:6379\b/g, `127.0.0.1:${redisPorts.plain}`)
    .replace(/redis-cli -h store\b/g, `redis-cli -p ${redisPorts.plain}`)
    .replace(/<content id>|CONTENT_ID/g, contentId(1))
    .replace(SYSTEM_FOLDERS, `${sandbox}/root/`);
}
