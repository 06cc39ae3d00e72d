/** `aceslot serve`: the proxy, until a signal ends it. */
import { hostname } from "node:os";
import {
  instanceName,
  noStateFile,
  openStateFile,
  StateFileError,
  type StateStore,
  systemClock,
} from "../broker/index.ts";
import type { Loaded } from "../config/load.ts";
import type { Settings, ShownSetting } from "../config/settings.ts";
import { Crowd } from "../http/crowd.ts";
import { mostDescriptors } from "../http/descriptors.ts";
import { type Server, serveBun } from "../http/serve-bun.ts";
import { createProxyFrom, type RunningProxy } from "../proxy.ts";
import { sharedLeases } from "../shared-leases.ts";
import { VERSION } from "../version.ts";
import { lookAtEngines } from "./first-look.ts";
import { startLogging } from "./logging.ts";
import { catchHangUps, reloader, whenStill } from "./reload.ts";
import { roomLog } from "./room-log.ts";
import { complain, EXIT, outliveReader } from "./run.ts";
import { serviceOutput } from "./service-output.ts";
import { catchEnds } from "./signals.ts";
import { welcome } from "./welcome.ts";

/** `read` reads the settings anew, for SIGHUP. */
export async function serve(loaded: Loaded, read: () => Loaded): Promise<number> {
  // First of all: as the first process of a container, one that does not listen for signals never hears them.
  const ends = catchEnds();
  const hangUps = catchHangUps();
  outliveReader();
  const { settings } = loaded;
  logAs(settings);
  const log = roomLog("aceslot");
  process.on("uncaughtException", (error) =>
    log.error("unexpected failure; the service goes on", { error: String(error) }),
  );
  process.on("unhandledRejection", (error) =>
    log.error("unexpected failure; the service goes on", { error: String(error) }),
  );

  // The address first: if it is taken, nothing else matters. Requests that come at once wait for the proxy.
  let open = (_: RunningProxy): void => {};
  const ready = new Promise<RunningProxy>((resolve) => {
    open = resolve;
  });
  const crowd = new Crowd(mostDescriptors());
  const server = listen(settings, async (request, peer) => (await ready).fetch(request, peer), crowd);
  if (server === null) return EXIT.failed;
  const { store, trouble } = await openStore(settings, ends.asked);
  const proxy = createProxyFrom({
    ...settings,
    orchestrator: settings.orchestrator,
    crowd,
    name: settings.label ?? `${hostname()}@${settings.listen.text}`,
    store,
    stateTrouble: trouble,
    leases: await sharedLeases(settings, roomLog("leases")),
    logs: roomLog,
  });
  void proxy.start();
  open(proxy);
  if (settings.logFormat === "text") OUTPUT.write(welcomeTo(server, loaded));
  log.info("listening", {
    version: VERSION,
    url: urlOf(server),
    pool: settings.orchestrator ?? `${settings.engines.length} listed`,
    cap: settings.maxStreamsPerEngine,
  });
  if (trouble !== null) log.warn(trouble);
  if (settings.orchestrator === null) void lookAtEngines(settings.engines, log);
  const signal = await new Promise<string>((resolve) => {
    void ends.first.then(resolve);
    const apply = (next: Loaded): void => {
      logAs(next.settings);
      proxy.configure(next.settings);
    };
    const end = (): void => {
      // A line to a terminal that is gone would end the process at once.
      startLogging("error", "text", () => {});
      resolve("SIGHUP");
    };
    const file = configFileOf(loaded.shown);
    hangUps.listen(whenStill(file, reloader({ loaded, read, apply, log })), end);
  });
  log.info("shutting down", { signal });
  // Hung up by a terminal, it has heard no signal to end yet.
  void (signal === "SIGHUP" ? ends.first : ends.second).then(() => process.exit(EXIT.failed));
  await proxy.drain();
  await server.stop();
  await proxy.close();
  log.info("done");
  return EXIT.done;
}

const OUTPUT = serviceOutput(process.stdout, (lines) =>
  roomLog("aceslot").warn("log lines were lost: standard output did not take them", { lines }),
);

const logAs = ({ logLevel, logFormat }: Settings): void => startLogging(logLevel, logFormat, OUTPUT.write);

function configFileOf(shown: readonly ShownSetting[]): string | null {
  const value = shown.find(({ name }) => name === "config")?.value ?? null;
  return typeof value === "string" ? value : null;
}

const welcomeTo = (server: Server, { settings, shown }: Loaded): string =>
  welcome({
    url: urlOf(server),
    everywhere: isEverywhere(server),
    publicUrl: settings.publicUrl,
    configFile: configFileOf(shown),
    hasToken: settings.token !== null,
    hasPlaylist: settings.playlists.length > 0,
  });

/** Listens, or says in one line why not and what to do. */
export function listen(settings: Settings, fetch: RunningProxy["fetch"], crowd?: Crowd): Server | null {
  const log = roomLog("http");
  try {
    return serveBun(settings.listen, fetch, {
      ...(crowd === undefined ? {} : { crowd }),
      log,
      failed: (failure, asked) =>
        log.error("a request could not be answered", {
          ...asked,
          error: failure instanceof Error ? (failure.stack ?? String(failure)) : String(failure),
        }),
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === "EADDRINUSE"
        ? "another program listens there; stop it, or choose another port with --listen :6880"
        : code === "EACCES"
          ? "this user may not listen there; choose a port above 1023 with --listen :6879"
          : message;
    complain(`--listen: "${settings.listen.text}" cannot be used: ${why}`);
    return null;
  }
}

const isEverywhere = ({ host }: Server): boolean => host === "::" || host === "0.0.0.0";

/** A URL that opens on this machine. */
export function urlOf(server: Server): string {
  const host = isEverywhere(server) ? "127.0.0.1" : server.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
}

/** `signal`: the end is asked for, and another one's lock is waited for no longer. */
async function openStore(
  settings: Settings,
  signal: AbortSignal,
): Promise<{ store: StateStore; trouble: string | null }> {
  const { stateDir: dir, listen } = settings;
  if (dir === null)
    return {
      store: noStateFile(instanceName(hostname(), listen.text)),
      trouble: "no state folder (--state-dir none): a crash forgets open sessions",
    };
  try {
    const store = await openStateFile({
      dir,
      listen: listen.text,
      log: roomLog("state"),
      clock: systemClock,
      signal,
    });
    return { store, trouble: store.trouble };
  } catch (error) {
    if (!(error instanceof StateFileError)) throw error;
    return {
      store: noStateFile(instanceName(hostname(), listen.text, error.isInUse || listen.port === 0)),
      trouble: `${error.message}; a crash would forget open sessions. Name another folder with --state-dir`,
    };
  }
}
