// Everything about a shared store of leases that depends on more than one option.
import { ConfigError, quoted } from "./error.ts";
import { readNamedFile } from "./file.ts";
import { OPTIONS } from "./options.ts";
import type { Found, Reading } from "./reading.ts";
import { LEASE_PASSWORD } from "./secret-specs.ts";
import { type FileAccess, inProcessList, readSecret, warnOfReaders } from "./secrets.ts";
import type { Settings } from "./settings.ts";
import { type Env, withHome } from "./state-dir.ts";

type Name = "lease" | "leaseTtlMs" | "leaseWhenDown" | "leasePrefix" | "leasePassword" | "leaseCaFile";
type FoundLeases = { readonly [Each in Name]: Found<Settings[Each]> };

export function readLeases(reading: Reading, files: FileAccess, env: Env): FoundLeases {
  const lease = reading.required(OPTIONS.lease);
  const found: FoundLeases = {
    lease,
    leaseTtlMs: reading.required(OPTIONS.leaseTtlMs),
    leaseWhenDown: reading.required(OPTIONS.leaseWhenDown),
    leasePrefix: reading.required(OPTIONS.leasePrefix),
    leasePassword: reading.attempt(
      () => readPassword(reading, files, env, lease),
      () => reading.optional(OPTIONS.leasePassword),
    ),
    leaseCaFile: reading.attempt(
      () => readCaFile(reading, files, env),
      () => reading.optional(OPTIONS.leaseCaFile),
    ),
  };
  warnOfNoEffect(reading, found);
  return found;
}

/** Where the password is: in the URL, in an option or in a file, and only in one of them. */
function readPassword(
  reading: Reading,
  files: FileAccess,
  env: Env,
  { value: store, rank, place, source }: Found<Settings["lease"]>,
): Found<string | null> {
  const own = readSecret(reading, files, env, LEASE_PASSWORD);
  const password = store.kind === "redis" ? store.password : null;
  if (password === null) return own;
  if (own.value !== null)
    throw new ConfigError(
      "conflict",
      `${place} and ${own.place}: only one of them can hold the password; leave one out`,
    );
  if (rank === "flag") reading.warnings.push(inProcessList(`the password in ${place}`));
  if (rank === "file" && reading.doors.file !== null)
    warnOfReaders(reading, files, reading.doors.file.path, "the password of --lease");
  return { value: password, source, place, rank };
}

/** Looked into now: a store that cannot be trusted later for want of it says much less. */
function readCaFile(reading: Reading, files: FileAccess, env: Env): Found<string | null> {
  const given = reading.optional(OPTIONS.leaseCaFile);
  if (given.value === null) return given;
  const value = withHome(given.value, env);
  if (!readNamedFile(files.readFile, given.place, value).includes("-----BEGIN CERTIFICATE-----"))
    throw new ConfigError(
      "bad_file",
      `${given.place}: ${quoted(value)} holds no certificate: it must be PEM, with -----BEGIN CERTIFICATE-----`,
    );
  return reading.show(OPTIONS.leaseCaFile, { ...given, value }, value);
}

function warnOfNoEffect(reading: Reading, { lease, ...options }: FoundLeases): void {
  for (const { rank, place } of Object.values(options)) {
    if (rank === "default" || place === lease.place) continue;
    if (lease.value.kind === "memory")
      reading.warnings.push(
        `${place} has no effect without a shared store, such as --lease redis://store:6379`,
      );
    else if (place === options.leaseCaFile.place && !lease.value.tls)
      reading.warnings.push(`${place} has no effect without TLS: write --lease rediss://…`);
  }
}
