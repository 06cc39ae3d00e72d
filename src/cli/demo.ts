/** `aceslot demo`: the whole system in one process, a short show, and then it stays up to be played with. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SettingSources, Settings } from "../config/settings.ts";
import { createProxyFrom, type RunningProxy } from "../proxy.ts";
import { type SimWorld, startWorld } from "../sim/index.ts";
import { fillSeats } from "./audience.ts";
import { DEMO_CHANNELS, demoPlaylist } from "./demo-channels.ts";
import { startLogging } from "./logging.ts";
import { roomLog } from "./room-log.ts";
import { complain, EXIT, print } from "./run.ts";
import { listen, urlOf } from "./serve.ts";
import { playShow } from "./show.ts";
import { catchEnds } from "./signals.ts";

const ENGINES = 5;
const CAP = 2;
/** The orchestrator's view lags so far behind: what made six requests take one engine. */
const LAG_MS = 500;

const NOT_OF_THE_DEMO = [
  ["engines", "--engine"],
  ["orchestrator", "--orchestrator"],
  ["stateDir", "--state-dir"],
] as const;

export async function demo(settings: Settings, sources: SettingSources): Promise<number> {
  const level = sources.logLevel === "default" ? "error" : settings.logLevel;
  startLogging(level, settings.logFormat, (line) => process.stderr.write(`${line}\n`));
  const ignored = NOT_OF_THE_DEMO.filter(([name]) => sources[name] !== "default").map(([, flag]) => flag);
  if (ignored.length > 0)
    complain(`warning: the demo has its own engines and keeps no state: it ignores ${ignored.join(", ")}`);
  const world = await startWorld({
    engines: ENGINES,
    lagMs: LAG_MS,
    startDelayMs: 400,
    unreadSessionMs: 30_000,
  });
  // Where a playlist comes from is a file or an address, in the demo too.
  const folder = await mkdtemp(join(tmpdir(), "aceslot-demo-"));
  const playlist = join(folder, "channels.m3u");
  await writeFile(playlist, demoPlaylist());
  const proxy = createProxyFrom({
    ...settings,
    playlists: settings.playlists.length > 0 ? settings.playlists : [playlist],
    engines: [],
    orchestrator: world.url,
    orchestratorKey: null,
    maxStreamsPerEngine: sources.maxStreamsPerEngine === "default" ? CAP : settings.maxStreamsPerEngine,
    name: "demo",
    store: null,
    stateTrouble: null,
    leases: null,
    logs: roomLog,
  });
  const server = listen(settings, proxy.fetch);
  if (server === null) {
    await shutDown(proxy, world, folder);
    return EXIT.failed;
  }
  const { first: ended, second: impatient } = catchEnds();
  void impatient.then(() => process.exit(EXIT.failed));
  await proxy.start();
  const url = urlOf(server);
  await print(greeting(url, settings.token));
  const stage = { url, proxy, world, token: settings.token, say: print };
  const isShown = await Promise.race([playShow(stage).then(() => true), ended.then(() => false)]);
  if (isShown) {
    await print(
      "\n  The demo stays up, with an audience: play a channel, watch the dashboard.\n  Ctrl-C ends it.",
    );
    await fillSeats(stage, ended);
  }
  await proxy.drain();
  await server.stop();
  await shutDown(proxy, world, folder);
  return EXIT.done;
}

async function shutDown(proxy: RunningProxy, world: SimWorld, folder: string): Promise<void> {
  await proxy.close();
  await world.close();
  await rm(folder, { recursive: true, force: true });
}

function greeting(url: string, token: string | null): string {
  const query = token === null ? "" : `token=${encodeURIComponent(token)}`;
  return [
    "",
    `  aceslot demo: ${ENGINES} simulated engines; their orchestrator lags by ${LAG_MS} ms`,
    "",
    `  Dashboard   ${url}/${query && `?${query}`}`,
    `  Channels    ${url}/playlist.m3u${query && `?${query}`}`,
    "  Play one (VLC, mpv, ffplay, Kodi…):",
    `  ${url}/ace/getstream?${query && `${query}&`}id=${DEMO_CHANNELS[0]?.content}`,
    "",
    "",
  ].join("\n");
}
