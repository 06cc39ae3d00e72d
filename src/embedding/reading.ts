/** Makes the settings of a proxy out of what `createProxy` is told. All faults are found, and thrown as one. */
import { engineUrl } from "../config/addresses.ts";
import { OPTIONS } from "../config/options.ts";
import type { EngineAddress } from "../config/settings.ts";
import type { Log } from "../log.ts";
import type { PoolPort } from "../ports.ts";
import type { ProxySettings } from "../proxy.ts";
import type { LeaseSettings } from "../shared-leases.ts";
import type { Comparator } from "../slots/index.ts";
import type { ProxyOptions } from "./options.ts";
import { Reader } from "./reader.ts";

/** Everything is decided; nothing is opened yet. */
export interface ReadOptions {
  /** What was given, for changes to be laid over it. */
  readonly given: ProxyOptions;
  readonly settings: ProxySettings;
  readonly leases: LeaseSettings;
  readonly orchestrator: string | null;
  readonly pool: PoolPort | null;
  readonly rank: Comparator | null;
  readonly log: Log | null;
  readonly signal: AbortSignal | null;
  readonly stateDir: string | null;
  /** Null: one of a kind. */
  readonly name: string | null;
  readonly basePath: string;
  /** One line each; the proxy runs all the same. */
  readonly warnings: readonly string[];
}

/** Throws a `ConfigError` that tells everything that is unknown or not allowed. */
export function readOptions(options: ProxyOptions): ReadOptions {
  const reader = new Reader(options);
  const pool = reader.part("pool");
  const orchestrator = reader.one("orchestrator");
  const read: ReadOptions = {
    given: reader.given,
    settings: {
      engines: readEngines(reader, orchestrator === null && pool === null),
      orchestratorKey: reader.one("orchestratorKey"),
      maxStreamsPerEngine: reader.sure("maxStreamsPerEngine"),
      queueTimeoutMs: reader.sure("queueTimeoutMs"),
      startTimeoutMs: reader.sure("startTimeoutMs"),
      stallTimeoutMs: reader.sure("stallTimeoutMs"),
      clientTimeoutMs: reader.sure("clientTimeoutMs"),
      hlsTimeoutMs: reader.one("hlsTimeoutMs"),
      lingerMs: reader.sure("lingerMs"),
      releaseTimeoutMs: reader.sure("releaseTimeoutMs"),
      bufferBytes: reader.sure("bufferBytes"),
      playlists: [...new Set(reader.list("playlists"))],
      guides: [...new Set(reader.list("guides"))],
      playlistRefreshMs: reader.sure("playlistRefreshMs"),
      publicUrl: reader.one("publicUrl"),
      slate: reader.sure("slate"),
      debug: reader.sure("debug"),
      m3u8: reader.one("m3u8") ?? false,
      token: reader.one("token"),
      trustedProxies: [...new Set(reader.list("trustedProxies"))],
      journal: reader.one("journal"),
    },
    leases: readLeases(reader),
    orchestrator,
    pool,
    rank: reader.part("rank"),
    log: reader.part("log"),
    signal: reader.part("signal"),
    stateDir: readStateDir(reader),
    name: reader.one("name"),
    basePath: reader.one("basePath") ?? "",
    warnings: [],
  };
  refuseTwoPools(reader);
  reader.finish();
  return { ...read, warnings: whatCannotWork(reader, read) };
}

/** `mustBe`: nothing else says which engines there are. */
function readEngines(reader: Reader, mustBe: boolean): readonly EngineAddress[] {
  const given = reader.list("engines");
  if (!reader.has("engines")) return mustBe ? [usualEngine()] : [];
  if (mustBe && reader.isEmpty("engines"))
    reader.fault(
      "bad_value",
      'engines: the list is empty, and no orchestrator says which there are; try engines: ["127.0.0.1:6878"]',
    );
  return [...new Map(given.map((engine) => [engineUrl(engine), engine])).values()];
}

function usualEngine(): EngineAddress {
  const usual = OPTIONS.engines.kind.parse(OPTIONS.engines.default ?? "");
  if (!usual.ok) throw new Error("the default of engines breaks its own rule");
  return usual.value;
}

/** The command line's word for nowhere would be a folder of that name. */
function readStateDir(reader: Reader): string | null {
  const dir = reader.one("stateDir");
  if (dir === "none")
    reader.fault("bad_value", 'stateDir: "none" is not needed: leave it out, and nothing is written');
  return dir;
}

function refuseTwoPools(reader: Reader): void {
  if (!reader.has("pool")) return;
  for (const name of ["engines", "orchestrator", "orchestratorKey"] as const)
    if (reader.has(name))
      reader.fault(
        "conflict",
        `pool and ${name}: only one of them can say which engines there are; leave one out`,
      );
}

function readLeases(reader: Reader): LeaseSettings {
  const lease = reader.sure("lease");
  const inUrl = lease.kind === "redis" ? lease.password : null;
  const own = reader.one("leasePassword");
  if (inUrl !== null && own !== null)
    reader.fault(
      "conflict",
      "lease and leasePassword: only one of them can hold the password; leave one out",
    );
  return {
    lease,
    leaseTtlMs: reader.sure("leaseTtlMs"),
    leaseWhenDown: reader.sure("leaseWhenDown"),
    leasePrefix: reader.sure("leasePrefix"),
    leasePassword: own ?? inUrl,
    leaseCaFile: reader.one("leaseCaFile"),
  };
}

const UNREAD_SESSION_END_MS = 60_000;
const HLS_ASKS_MS = 10_000;

function whatCannotWork(reader: Reader, { settings, orchestrator, leases }: ReadOptions): readonly string[] {
  const warnings: string[] = [];
  if (reader.has("orchestratorKey") && orchestrator === null)
    warnings.push("orchestratorKey has no effect without orchestrator");
  if (reader.has("playlistRefreshMs") && settings.playlists.length + settings.guides.length === 0)
    warnings.push("playlistRefreshMs has no effect without playlists or guides");
  if (settings.trustedProxies.some((network) => network.endsWith("/0")))
    warnings.push("trustedProxies: a network of /0 believes everybody's X-Forwarded-* headers");
  if (settings.releaseTimeoutMs < UNREAD_SESSION_END_MS)
    warnings.push(
      "releaseTimeoutMs is less than 60000: engines end unread sessions after about a minute, and a slot that is " +
        "free before may carry one stream too many",
    );
  if ((settings.hlsTimeoutMs ?? HLS_ASKS_MS) < HLS_ASKS_MS)
    warnings.push("hlsTimeoutMs is less than 10000, and HLS players ask only every few seconds");
  if (leases.lease.kind === "memory")
    for (const name of [
      "leaseTtlMs",
      "leaseWhenDown",
      "leasePrefix",
      "leasePassword",
      "leaseCaFile",
    ] as const)
      if (reader.has(name)) warnings.push(`${name} has no effect without lease`);
  return warnings;
}
