// Which environment variables are ours, and what to say about those that look as if they were.
import { ConfigError, quoted } from "./error.ts";
import { nearest } from "./nearest.ts";
import { variableOf } from "./option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS } from "./options.ts";
import type { Env } from "./state-dir.ts";

const OWN_NAMES: readonly string[] = ALL_OPTIONS.map(variableOf).filter((name) => name !== null);
const ACEXY_NAMES: readonly string[] = [...ALL_OPTIONS, ...Object.values(ACEXY_ONLY)].flatMap((spec) =>
  spec.aliases.map((alias) => alias.name),
);
const SECRET_NAMES = new Set(
  ALL_OPTIONS.filter((spec) => spec.secret).flatMap((spec) => [variableOf(spec), `${variableOf(spec)}_FILE`]),
);

export interface KnownVariables {
  /** Trimmed, none empty. */
  readonly values: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  readonly faults: readonly ConfigError[];
}

/**
 * The variables that set options. An unknown ACESLOT_ name stops the start; an unknown ACEXY_ name
 * is only warned about, since acexy has more of them than a proxy like ours can use. An empty
 * variable is one that is not set, as compose files have it.
 */
export function knownVariables(env: Env): KnownVariables {
  const values = new Map<string, string>();
  const warnings: string[] = [];
  const faults: ConfigError[] = [];
  for (const [name, raw] of Object.entries(env)) {
    if (raw === undefined || !/^(ACESLOT|ACEXY)_/.test(name)) continue;
    if (isServiceLink(name, raw)) continue;
    const own = name.startsWith("ACESLOT_");
    if (!(own ? OWN_NAMES : ACEXY_NAMES).includes(name)) {
      const guess = own ? nearest(name, OWN_NAMES, "ACESLOT_") : nearest(name, ACEXY_NAMES, "ACEXY_");
      const meant = guess === null ? "" : `; did you mean ${guess}?`;
      if (!own) {
        warnings.push(
          `${quoted(name).slice(1, -1)} is not a variable that aceslot knows; it is ignored${meant}`,
        );
        continue;
      }
      const fix = guess === null ? "; take it out (all names: aceslot --help)" : meant;
      const message = `${quoted(name).slice(1, -1)}: there is no such setting${fix}`;
      faults.push(new ConfigError("unknown_name", message));
      continue;
    }
    const value = raw.trim();
    if (value !== "") values.set(name, value);
    else if (SECRET_NAMES.has(name)) warnings.push(`${name} is empty and counts as not set`);
  }
  return { values, warnings, faults };
}

/**
 * Kubernetes and Docker links describe a service called `aceslot` in variables of this very form
 * (`ACESLOT_PORT=tcp://10.0.0.7:6879`, `ACESLOT_SERVICE_HOST`); they are not settings.
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(value))
  );
}
