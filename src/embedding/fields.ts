/**
 * Each option of `createProxy`: which line of the option table it is, and in which form JavaScript has it. The values
 * are checked by the very kinds that the flags are checked by.
 */
import type { OptionSpec, Reload } from "../config/option-spec.ts";
import { ACEXY_ONLY, OPTIONS } from "../config/options.ts";
import type { ValueKind } from "../config/types.ts";
import { basePath, proxyName } from "./kinds.ts";

/** `ms`: a number of milliseconds; `bytes` and `count`: numbers as well; `list`: an array of texts. */
export type Form = "text" | "list" | "ms" | "bytes" | "count" | "yes/no";

export interface Field<T = unknown> {
  readonly form: Form;
  readonly kind: ValueKind<T>;
  /** In the kind's own notation; null: there is none. */
  readonly default: string | null;
  readonly secret: boolean;
  readonly reload: Reload;
  /** The option's name elsewhere, as in `--queue-timeout`; null: there it has none. */
  readonly flag: string | null;
}

const field = <T>(form: Form, spec: OptionSpec<T>): Field<T> => ({
  form,
  kind: spec.kind,
  default: spec.default,
  secret: spec.secret,
  reload: spec.reload,
  flag: spec.doors.includes("flag") ? spec.name : null,
});

const own = <T>(form: Form, kind: ValueKind<T>): Field<T> => ({
  form,
  kind,
  default: null,
  secret: false,
  reload: "restart",
  flag: null,
});

/** Those that are plain values, by the property's name. */
export const FIELDS = {
  engines: field("list", OPTIONS.engines),
  orchestrator: field("text", OPTIONS.orchestrator),
  orchestratorKey: field("text", OPTIONS.orchestratorKey),
  maxStreamsPerEngine: field("count", OPTIONS.maxStreamsPerEngine),
  queueTimeoutMs: field("ms", OPTIONS.queueTimeoutMs),
  startTimeoutMs: field("ms", OPTIONS.startTimeoutMs),
  stallTimeoutMs: field("ms", OPTIONS.stallTimeoutMs),
  clientTimeoutMs: field("ms", OPTIONS.clientTimeoutMs),
  // acexy has a 0 for it, which would end every player at once.
  hlsTimeoutMs: { ...field("ms", ACEXY_ONLY.m3u8StreamTimeoutMs), kind: OPTIONS.clientTimeoutMs.kind },
  lingerMs: field("ms", OPTIONS.lingerMs),
  releaseTimeoutMs: field("ms", OPTIONS.releaseTimeoutMs),
  bufferBytes: field("bytes", OPTIONS.bufferBytes),
  playlists: field("list", OPTIONS.playlists),
  guides: field("list", OPTIONS.guides),
  playlistRefreshMs: field("ms", OPTIONS.playlistRefreshMs),
  publicUrl: field("text", OPTIONS.publicUrl),
  slate: field("text", OPTIONS.slate),
  debug: field("text", OPTIONS.debug),
  m3u8: field("yes/no", ACEXY_ONLY.m3u8),
  token: field("text", OPTIONS.token),
  trustedProxies: field("list", OPTIONS.trustedProxies),
  stateDir: field("text", OPTIONS.stateDir),
  journal: field("text", OPTIONS.journal),
  lease: field("text", OPTIONS.lease),
  leaseTtlMs: field("ms", OPTIONS.leaseTtlMs),
  leaseWhenDown: field("text", OPTIONS.leaseWhenDown),
  leasePrefix: field("text", OPTIONS.leasePrefix),
  leasePassword: field("text", OPTIONS.leasePassword),
  leaseCaFile: field("text", OPTIONS.leaseCaFile),
  name: own("text", proxyName),
  basePath: own("text", basePath),
} as const;

export type FieldName = keyof typeof FIELDS;
/** What the kind of a field answers; of a list, for each of its texts. */
export type ValueOf<Name extends FieldName> = (typeof FIELDS)[Name] extends Field<infer T> ? T : never;

/** Those that `configure` takes. */
export const RELOADABLE: ReadonlySet<string> = new Set(
  Object.entries(FIELDS)
    .filter(([, { reload }]) => reload !== "restart")
    .map(([name]) => name),
);

/** Options of the command line that have no place here, and what does the same. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  listen:
    "a proxy in a program listens nowhere by itself: give its fetch to a server, as in Deno.serve(proxy.fetch)",
  "token-file": "read the file and give its text as token",
  "orchestrator-key-file": "read the file and give its text as orchestratorKey",
  "lease-password-file": "read the file and give its text as leasePassword",
  config: "read the file and give what it says as options",
  "log-level": "give a log, and leave out what it is not to write",
  "log-format": "give a log that writes as you want it",
};
