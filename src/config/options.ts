// The option table: the one place that says which options there are. Flags, environment variables,
// file keys, --help, docs/options.md, the JSON schema and the completions are all made from it.
// It reads nothing and decides nothing; the loader, the command line and the docs import it.
import { bareHost, baseUrl, engineAddress, listenAddress, network } from "./addresses.ts";
import { duration } from "./durations.ts";
import { leaseStore } from "./lease-store.ts";
import { type Alias, type OptionSpec, option } from "./option-spec.ts";
import { size, sizeText } from "./sizes.ts";
import { source } from "./sources.ts";
import { bearerKey, clientToken, integer, keyPrefix, line, oneOf, password, path, truth } from "./types.ts";

/** A cold start takes longer than this on a good day. */
export const START_TIMEOUT_MS_MIN_FROM_ACEXY = 10_000;
/** Players ask for a playlist once in a segment's time, which may be some seconds. */
const HLS_TIMEOUT_MS_MIN_FROM_ACEXY = 10_000;
const BUFFER_BYTES_MIN = 64 * 2 ** 10;
const BUFFER_BYTES_MAX = 2 ** 30;

const buffer = size(BUFFER_BYTES_MIN, BUFFER_BYTES_MAX, "8MiB");
const bufferAlias = (name: string) => ({
  name,
  kind: size(1, BUFFER_BYTES_MAX, "8MiB"),
  mend: (bytes: number) =>
    bytes >= BUFFER_BYTES_MIN
      ? null
      : {
          value: BUFFER_BYTES_MIN,
          warning: `${name}=${sizeText(bytes)} is too small for a shared buffer; ${sizeText(BUFFER_BYTES_MIN)} is used`,
        },
});

export const OPTIONS = {
  listen: option({
    name: "listen",
    group: "Proxy",
    kind: listenAddress(":6879"),
    default: ":6879",
    help: "where the proxy listens",
    details: "`:6879` is every address of the host; port 0 lets the system choose.",
    aliases: [{ name: "ACEXY_LISTEN_ADDR" }, { name: "ACEXY_ADDR" }],
    reload: "restart",
  }),
  token: option({
    name: "token",
    group: "Proxy",
    kind: clientToken,
    default: null,
    help: "asked of clients and of the API, if set",
    details:
      "Clients give it as `?token=`, as the path prefix `/t/<token>/…` or as Bearer. " +
      "Prefer the variable or the file: a flag can be read in the process list.",
    secret: true,
    example: "REPLACE-ME",
  }),
  tokenFile: option({
    name: "token-file",
    group: "Proxy",
    kind: path("FILE", "/run/secrets/token"),
    default: null,
    help: "file that holds the token",
  }),
  trustedProxies: option({
    name: "trusted-proxy",
    group: "Proxy",
    kind: network,
    default: null,
    help: "network whose X-Forwarded-* headers are believed; repeatable",
    repeatable: true,
  }),
  debug: option({
    name: "debug",
    group: "Proxy",
    kind: oneOf(["off", "on"], "on"),
    default: "off",
    help: "count what the process holds, at /api/v1/debug",
    details: "For programs on the same machine alone, and never through a reverse proxy.",
  }),
  engines: option({
    name: "engine",
    group: "Engines",
    kind: engineAddress,
    default: "127.0.0.1:6878",
    help: "an AceStream engine; repeatable",
    details:
      "With an orchestrator: the fallback while it is down. Also `http://host:port`, `https://host:port` and `[IPv6]:port`. " +
      "A link-local host (`169.254.…`, `fe80:…`) is used, and taken from the orchestrator, only if it stands here as a " +
      "number; names that lead to one are not dialled.",
    partAliases: ["ACEXY_SCHEME", "ACEXY_HOST", "ACEXY_PORT"],
    repeatable: true,
  }),
  orchestrator: option({
    name: "orchestrator",
    group: "Engines",
    kind: baseUrl,
    default: null,
    help: "base URL of the orchestrator that lists the engines",
    aliases: [{ name: "ACEXY_ORCH_URL" }],
    reload: "restart",
  }),
  orchestratorKey: option({
    name: "orchestrator-key",
    group: "Engines",
    kind: bearerKey,
    default: null,
    help: "its API key; better given by variable or file",
    details: "Prefer the variable or a file: a flag can be read in the process list.",
    aliases: [{ name: "ACEXY_ORCH_APIKEY" }],
    secret: true,
    example: "REPLACE-ME",
  }),
  orchestratorKeyFile: option({
    name: "orchestrator-key-file",
    group: "Engines",
    kind: path("FILE", "/run/secrets/orchestrator-key"),
    default: null,
    help: "file that holds the API key",
  }),
  maxStreamsPerEngine: option({
    name: "max-streams-per-engine",
    group: "Engines",
    kind: integer(1, 1000, 1),
    default: "1",
    help: "the cap: no engine ever carries more streams",
    aliases: [{ name: "ACEXY_MAX_STREAMS_PER_ENGINE" }],
  }),
  playlists: option({
    name: "playlist",
    group: "Playlist",
    kind: source("/etc/aceslot/channels.m3u"),
    default: null,
    help: "M3U file or URL with the channels for /playlist.m3u; repeatable",
    details: "Entries may be `acestream://…`, bare ids, or links to any engine or proxy.",
    repeatable: true,
  }),
  guides: option({
    name: "epg",
    group: "Playlist",
    kind: source("https://example.org/guide.xml.gz"),
    default: null,
    help: "XMLTV file or URL with the programme guide; repeatable",
    details: "Without it, the guides that the playlists name in `url-tvg` or `x-tvg-url`.",
    repeatable: true,
  }),
  playlistRefreshMs: option({
    name: "playlist-refresh",
    group: "Playlist",
    kind: duration(10_000, "6h"),
    default: "1h",
    help: "how often playlists and guides are read again",
  }),
  publicUrl: option({
    name: "public-url",
    group: "Playlist",
    kind: baseUrl,
    default: null,
    help: "base of the links that are given out; default: as the client asked",
    details: "For clients that reach the proxy by another name than the one that they ask by.",
    example: "https://tv.example.org",
  }),
  slate: option({
    name: "slate",
    group: "Playlist",
    kind: oneOf(["off", "on"], "on"),
    default: "off",
    help: "show why there is no picture as a picture, instead of an error",
    details: "Real-time MPEG-TS that says it in words; it costs no slot.",
  }),
  queueTimeoutMs: option({
    name: "queue-timeout",
    group: "Times",
    kind: duration(0, "20s"),
    default: "20s",
    help: "longest wait for a slot",
    details: "`0s`: nobody waits.",
  }),
  startTimeoutMs: option({
    name: "start-timeout",
    group: "Times",
    kind: duration(1, "60s"),
    default: "60s",
    help: "longest wait for first media without progress",
    details: "The variable of acexy is raised to `10s` where it is less: shorter waits end cold starts.",
    aliases: [
      {
        name: "ACEXY_NO_RESPONSE_TIMEOUT",
        kind: duration(0, "60s"),
        mend: (ms) =>
          ms >= START_TIMEOUT_MS_MIN_FROM_ACEXY
            ? null
            : {
                value: START_TIMEOUT_MS_MIN_FROM_ACEXY,
                warning:
                  "ACEXY_NO_RESPONSE_TIMEOUT is less than 10s, which ends cold starts; 10s is used (set ACESLOT_START_TIMEOUT for another time)",
              },
      },
    ],
  }),
  stallTimeoutMs: option({
    name: "stall-timeout",
    group: "Times",
    kind: duration(1, "20s"),
    default: "20s",
    help: "silence of a playing engine before another is tried",
    aliases: [{ name: "ACEXY_EMPTY_TIMEOUT" }],
  }),
  clientTimeoutMs: option({
    name: "client-timeout",
    group: "Times",
    kind: duration(1, "30s"),
    default: "30s",
    help: "a client that takes no byte for so long is dropped",
    details:
      "The system's own buffers hide slow reading: less than `10s` may end clients that only read slowly.",
  }),
  lingerMs: option({
    name: "linger",
    group: "Times",
    kind: duration(0, "5s"),
    default: "5s",
    help: "a stream without clients is kept so long",
    details: "It yields at once to a waiting request. `0s`: it ends with its last client.",
  }),
  releaseTimeoutMs: option({
    name: "release-timeout",
    group: "Times",
    kind: duration(1, "90s"),
    default: "90s",
    help: "longest hold of a released slot without proof",
    details: "Engines end unread sessions after about a minute; a shorter hold can exceed the cap.",
  }),
  stateDir: option({
    name: "state-dir",
    group: "State and memory",
    kind: path("DIR", "/var/lib/aceslot"),
    default: null,
    defaultText: "$STATE_DIRECTORY, else the user's state folder",
    help: "where open sessions survive a crash; none for nowhere",
    details:
      "Without `$STATE_DIRECTORY`: `$XDG_STATE_HOME/aceslot` or `~/.local/state/aceslot`, on macOS " +
      "`~/Library/Application Support/aceslot`, on Windows `%LOCALAPPDATA%\\aceslot`.",
    reload: "restart",
  }),
  bufferBytes: option({
    name: "buffer",
    group: "State and memory",
    kind: buffer,
    default: "8MiB",
    help: "buffer of each stream, shared by its clients",
    details: "`MiB` counts in 1024s, `MB` in 1000s; a bare number is bytes.",
    aliases: [bufferAlias("ACEXY_BUFFER_SIZE"), bufferAlias("ACEXY_BUFFER")],
    reload: "new streams",
  }),
  journal: option({
    name: "journal",
    group: "State and memory",
    kind: path("FILE", "/var/log/aceslot/journal.jsonl"),
    default: null,
    help: "file to append every slot transition to",
  }),
  lease: option({
    name: "lease",
    group: "Several proxies",
    kind: leaseStore,
    default: "memory",
    help: "memory, or the Redis or Valkey that several proxies share",
    details:
      "`redis://[user[:password]@]host[:port][/database]`, `rediss://…` with TLS, " +
      "`redis-sentinel://host,host/master[/database]` and `redis-cluster://host,host`; `valkey` means the same. " +
      "All proxies of one pool need the same store, the same prefix and engines by the same addresses. " +
      "Prefer `--lease-password-file` to a password in the URL.",
    reload: "restart",
  }),
  leaseTtlMs: option({
    name: "lease-ttl",
    group: "Several proxies",
    kind: duration(1_000, "10s"),
    default: "10s",
    help: "a proxy that is silent for so long loses its leases",
    details: "Renewed five times in it. Also the longest wait for an answer of the store.",
    reload: "restart",
  }),
  leaseWhenDown: option({
    name: "lease-when-down",
    group: "Several proxies",
    kind: oneOf(["refuse", "local"], "refuse"),
    default: "refuse",
    help: "refuse new streams, or keep using its own slots",
    details:
      "`local` goes on with the slots that this proxy held when the store was lost. It can exceed the cap " +
      "where the store was not lost for all.",
    reload: "restart",
  }),
  leasePrefix: option({
    name: "lease-prefix",
    group: "Several proxies",
    kind: keyPrefix,
    default: "aceslot",
    help: "begins the names of the keys in the store",
    details: "One for each pool of engines. The keys are `{aceslot}:…`, the channel `{aceslot}:changes`.",
    reload: "restart",
  }),
  leasePassword: option({
    name: "lease-password",
    group: "Several proxies",
    kind: password,
    default: null,
    help: "the store's password; better given by variable or file",
    details: "Prefer the variable or a file: a flag can be read in the process list.",
    secret: true,
    reload: "restart",
    example: "REPLACE-ME",
  }),
  leasePasswordFile: option({
    name: "lease-password-file",
    group: "Several proxies",
    kind: path("FILE", "/run/secrets/lease-password"),
    default: null,
    help: "file that holds the password",
    reload: "restart",
  }),
  leaseCaFile: option({
    name: "lease-ca-file",
    group: "Several proxies",
    kind: path("FILE", "/etc/ssl/store-ca.pem"),
    default: null,
    help: "certificates to trust instead of the system's, in PEM",
    reload: "restart",
  }),
  config: option({
    name: "config",
    group: "Configuration and log",
    kind: path("FILE", "/etc/aceslot.toml"),
    default: null,
    help: "TOML file with these options as keys, without the dashes",
    doors: ["flag", "variable"],
    reload: "restart",
  }),
  logLevel: option({
    name: "log-level",
    group: "Configuration and log",
    kind: oneOf(["debug", "info", "warn", "error"], "info", "LEVEL"),
    default: "info",
    help: "what is logged: debug, info, warn or error",
    aliases: [{ name: "ACEXY_LOG_LEVEL" }],
  }),
  logFormat: option({
    name: "log-format",
    group: "Configuration and log",
    kind: oneOf(["text", "json"], "text"),
    default: "text",
    help: "how log lines are written",
  }),
} as const;

/** The options that users choose; in the order in which they are shown. */
export const ALL_OPTIONS: readonly OptionSpec<unknown>[] = Object.values(OPTIONS);

const fromAcexy = <T>(
  name: string,
  kind: OptionSpec<T>["kind"],
  help: string,
  mend: Alias<T>["mend"] = () => null,
) => {
  const aliases = [{ name, mend }];
  return option({ name, group: "Configuration and log", kind, default: null, help, aliases, doors: [] });
};

const hlsSilence = duration(0, "60s");
const mendHlsSilence = (name: string) => (ms: number) =>
  ms >= HLS_TIMEOUT_MS_MIN_FROM_ACEXY
    ? null
    : {
        value: HLS_TIMEOUT_MS_MIN_FROM_ACEXY,
        warning: `${name} is less than 10s, and HLS players ask only every few seconds; 10s is used`,
      };

/** What only acexy knows. Accepted as environment variables, and in no other way. */
export const ACEXY_ONLY = {
  scheme: fromAcexy(
    "ACEXY_SCHEME",
    oneOf(["http", "https"], "http"),
    "scheme of the one engine, `http` if not set",
  ),
  host: fromAcexy("ACEXY_HOST", bareHost, "host of the one engine, `127.0.0.1` if not set"),
  port: fromAcexy("ACEXY_PORT", integer(1, 65_535, 6878), "port of the one engine, `6878` if not set"),
  m3u8: fromAcexy(
    "ACEXY_M3U8",
    truth,
    "`1` or `true`: `/ace/getstream` answers HLS, as `/ace/manifest.m3u8` does",
  ),
  m3u8StreamTimeoutMs: fromAcexy(
    "ACEXY_M3U8_STREAM_TIMEOUT",
    hlsSilence,
    "an HLS player that asks for nothing for so long is gone; as `--client-timeout` if not set, raised to `10s` where it is less",
    mendHlsSilence("ACEXY_M3U8_STREAM_TIMEOUT"),
  ),
  timeoutMs: fromAcexy(
    "ACEXY_TIMEOUT",
    hlsSilence,
    "the same, where `ACEXY_M3U8_STREAM_TIMEOUT` is not set",
    mendHlsSilence("ACEXY_TIMEOUT"),
  ),
  label: fromAcexy("ACEXY_CONTAINER_ID", line, "a name for this proxy; decides nothing"),
} as const;
