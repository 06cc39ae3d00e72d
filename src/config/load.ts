// Makes the settings from flags, environment, TOML file and defaults, in this order of strength.
// It reads files only through what it is given, prints nothing, and knows no other room.
// Importers: the command line and the embedding API.
import type { Doors, Flags } from "./candidates.ts";
import { readEngines } from "./engines.ts";
import { knownVariables } from "./environment.ts";
import { ConfigError } from "./error.ts";
import { parseConfigFile, readNamedFile } from "./file.ts";
import { readLeases } from "./leases.ts";
import type { OptionSpec } from "./option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS, OPTIONS } from "./options.ts";
import { type Found, Reading } from "./reading.ts";
import { ORCHESTRATOR_KEY, TOKEN } from "./secret-specs.ts";
import { type FileAccess, inProcessList, readSecret, warnOfReaders } from "./secrets.ts";
import type { SettingSources, Settings, ShownSetting } from "./settings.ts";
import { holdsSecrets, isUrl } from "./sources.ts";
import { defaultStateDir, type Env, withHome } from "./state-dir.ts";

export type { Flags } from "./candidates.ts";
export type {
  EngineAddress,
  ListenAddress,
  LogFormat,
  LogLevel,
  SettingSource,
  SettingSources,
  Settings,
  ShownSetting,
} from "./settings.ts";
export { ConfigError };

/** Engines end a session that nobody reads after about a minute; a slot held less long may still be in use. */
const UNREAD_SESSION_END_MS = 60_000;

export interface LoadInput extends FileAccess {
  /** By option name, as given on the command line. */
  readonly flags: Flags;
  readonly env: Env;
  /** As `process.platform`. */
  readonly platform?: string;
}

export interface Loaded {
  readonly settings: Settings;
  readonly sources: SettingSources;
  /** One line each; the start goes on. */
  readonly warnings: readonly string[];
  /** All settings for display, in the table's order, then what only acexy knows, if it is set; secrets are masked. */
  readonly shown: readonly ShownSetting[];
}

type FoundSettings = { readonly [Name in keyof Settings]: Found<Settings[Name]> };

/**
 * Every value that is given is checked, also one that a stronger source overrides.
 * Throws a `ConfigError` that tells everything that is unknown or not allowed.
 *
 * @example loadSettings({ flags: { listen: ":8080" }, env: process.env, readFile: (path) => readFileSync(path, "utf8") })
 */
export function loadSettings(input: LoadInput): Loaded {
  const reading = openDoors(input);
  const orchestrator = reading.optional(OPTIONS.orchestrator);
  const found: FoundSettings = {
    listen: reading.required(OPTIONS.listen),
    engines: readEngines(reading, orchestrator),
    orchestrator,
    orchestratorKey: readSecret(reading, input, input.env, ORCHESTRATOR_KEY),
    maxStreamsPerEngine: reading.required(OPTIONS.maxStreamsPerEngine),
    playlists: readSources(reading, OPTIONS.playlists, input),
    guides: readSources(reading, OPTIONS.guides, input),
    playlistRefreshMs: reading.required(OPTIONS.playlistRefreshMs),
    publicUrl: reading.optional(OPTIONS.publicUrl),
    slate: reading.required(OPTIONS.slate),
    debug: reading.required(OPTIONS.debug),
    queueTimeoutMs: reading.required(OPTIONS.queueTimeoutMs),
    startTimeoutMs: reading.required(OPTIONS.startTimeoutMs),
    stallTimeoutMs: reading.required(OPTIONS.stallTimeoutMs),
    clientTimeoutMs: reading.required(OPTIONS.clientTimeoutMs),
    hlsTimeoutMs: readHlsTimeout(reading),
    m3u8: readM3u8(reading),
    lingerMs: reading.required(OPTIONS.lingerMs),
    releaseTimeoutMs: reading.required(OPTIONS.releaseTimeoutMs),
    stateDir: readStateDir(reading, input),
    bufferBytes: reading.required(OPTIONS.bufferBytes),
    ...readLeases(reading, input, input.env),
    journal: readJournal(reading, input.env),
    trustedProxies: readTrustedProxies(reading),
    token: readSecret(reading, input, input.env, TOKEN),
    logLevel: reading.required(OPTIONS.logLevel),
    logFormat: reading.required(OPTIONS.logFormat),
    label: reading.optional(ACEXY_ONLY.label),
  };
  warnOfWhatCannotWork(reading, found);
  const [fault, ...more] = reading.faults;
  if (fault !== undefined) throw new ConfigError(fault.code, fault.message, more);
  return {
    settings: mapped(found, (each) => each.value) as unknown as Settings,
    sources: mapped(found, (each) => each.source) as unknown as SettingSources,
    warnings: reading.warnings,
    shown: [...reading.shown(ALL_OPTIONS), ...acexyAlone(reading)],
  };
}

/** The environment and the TOML file are read once, before any option is asked for. */
function openDoors(input: LoadInput): Reading {
  const variables = knownVariables(input.env);
  const withoutFile: Doors = { flags: input.flags, variables: variables.values, file: null };
  const first = new Reading(withoutFile);
  const config = first.optional(OPTIONS.config);
  const path = config.value === null ? null : withHome(config.value, input.env);
  const file = first.attempt(
    () => (path === null ? null : parseConfigFile(readNamedFile(input.readFile, config.place, path), path)),
    () => null,
  );

  const faults = [...variables.faults, ...first.faults, ...(file?.faults ?? [])];
  const reading = new Reading({ ...withoutFile, file }, faults);
  reading.warnings.push(...variables.warnings);
  reading.show(OPTIONS.config, config, path);
  if (file !== null && ALL_OPTIONS.some((spec) => spec.secret && file.values.has(spec.name))) {
    warnOfReaders(reading, input, file.path, "a secret");
  }
  return reading;
}

function readStateDir(reading: Reading, input: LoadInput): Found<string | null> {
  const given = reading.optional(OPTIONS.stateDir);
  if (given.value !== null) {
    const value = given.value === "none" ? null : withHome(given.value, input.env);
    return reading.show(OPTIONS.stateDir, { ...given, value }, value ?? "none");
  }
  const value = defaultStateDir(input.env, input.platform ?? process.platform);
  if (value === null) {
    reading.warnings.push(
      "there is no home folder: open sessions are forgotten in a crash; set --state-dir to a folder (or to none)",
    );
  }
  return reading.show(OPTIONS.stateDir, { ...given, value }, value ?? "none");
}

function readJournal(reading: Reading, env: Env): Found<string | null> {
  const given = reading.optional(OPTIONS.journal);
  const value = given.value === null ? null : withHome(given.value, env);
  return reading.show(OPTIONS.journal, { ...given, value }, value);
}

/** Files and URLs, each once. */
function readSources(reading: Reading, spec: OptionSpec<string>, input: LoadInput): Found<readonly string[]> {
  const given = reading.list(spec);
  const value = [...new Set(given.value.map((each) => (isUrl(each) ? each : withHome(each, input.env))))];
  if (value.some(holdsSecrets)) {
    if (given.rank === "flag") reading.warnings.push(inProcessList(`what a URL of ${given.place} holds`));
    if (given.rank === "file" && reading.doors.file !== null)
      warnOfReaders(reading, input, reading.doors.file.path, `a URL of ${spec.name} with a secret`);
  }
  return reading.show(spec, { ...given, value }, value.length > 0 ? value.map(spec.kind.show) : null);
}

/** Those that are set and no part of an option: they are shown under their own names. */
function acexyAlone(reading: Reading): ShownSetting[] {
  const { m3u8, m3u8StreamTimeoutMs, timeoutMs, label } = ACEXY_ONLY;
  return reading.shown([m3u8, m3u8StreamTimeoutMs, timeoutMs, label]).filter(({ value }) => value !== null);
}

/** acexy has had two names for it. */
function readHlsTimeout(reading: Reading): Found<number | null> {
  const names = [ACEXY_ONLY.m3u8StreamTimeoutMs, ACEXY_ONLY.timeoutMs] as const;
  const [newer, older] = [reading.optional(names[0]), reading.optional(names[1])];
  return newer.value === null ? older : newer;
}

function readM3u8(reading: Reading): Found<boolean> {
  const given = reading.optional(ACEXY_ONLY.m3u8);
  return { ...given, value: given.value ?? false };
}

function readTrustedProxies(reading: Reading): Found<readonly string[]> {
  const given = reading.list(OPTIONS.trustedProxies);
  const value = [...new Set(given.value)];
  if (value.some((cidr) => cidr.endsWith("/0"))) {
    reading.warnings.push(`${given.place}: a network of /0 believes everybody's X-Forwarded-* headers`);
  }
  return reading.show(OPTIONS.trustedProxies, { ...given, value }, value.length > 0 ? value : null);
}

function warnOfWhatCannotWork(reading: Reading, found: FoundSettings): void {
  const { warnings } = reading;
  if (found.orchestratorKey.value !== null && found.orchestrator.value === null) {
    warnings.push(`${found.orchestratorKey.place} has no effect without --orchestrator`);
  }
  if (
    found.playlistRefreshMs.rank !== "default" &&
    found.playlists.value.length + found.guides.value.length === 0
  )
    warnings.push(`${found.playlistRefreshMs.place} has no effect without --playlist or --epg`);
  if (found.releaseTimeoutMs.value < UNREAD_SESSION_END_MS) {
    warnings.push(
      `${found.releaseTimeoutMs.place} is less than 60s: engines end unread sessions after about a minute, ` +
        "and a slot that is free before may carry one stream too many",
    );
  }
}

/** The shape stays, each value becomes another; TypeScript cannot say so for Object.fromEntries. */
function mapped<T>(found: FoundSettings, value: (each: Found<unknown>) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(found).map(([name, each]) => [name, value(each)]));
}
