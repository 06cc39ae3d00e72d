/** The option table as data: what there is to set, by which name where, and what it means. */
import { keyOf, variableOf } from "../config/option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS, OPTIONS } from "../config/options.ts";
import { FIELDS } from "./fields.ts";

/** One option, of the command line or of `createProxy` or of both. */
export interface OptionInfo {
  /** Of the option, as on the command line: `queue-timeout`. */
  readonly name: string;
  /** Of the property that `createProxy` takes; null: it takes none for it. */
  readonly property: string | null;
  /** `--queue-timeout`; null: there is none. */
  readonly flag: string | null;
  /** `ACESLOT_QUEUE_TIMEOUT`; null: there is none. */
  readonly env: string | null;
  /** In the TOML file; null: there is none. */
  readonly key: string | null;
  /** In the notation of the command line; null: nothing is set. */
  readonly default: string | null;
  /** One line, without a full stop. */
  readonly help: string;
  /** The heading under which it is shown. */
  readonly group: string;
  /** It may be given several times, or as a list. */
  readonly repeatable: boolean;
  /** Its value is shown nowhere. */
  readonly secret: boolean;
  /** When a change comes into force: at once, for streams that begin from then on, or with a restart only. */
  readonly reload: "live" | "new streams" | "restart";
}

/**
 * Every option that there is, in the order in which they are shown: for forms, documents and checks of one's own.
 *
 * @example
 * ```ts
 * import { optionTable } from "aceslot";
 *
 * for (const { property, env, help } of optionTable()) if (property !== null) console.log(property, env, help);
 * ```
 */
export function optionTable(): readonly OptionInfo[] {
  const acexy = [ACEXY_ONLY.m3u8, ACEXY_ONLY.m3u8StreamTimeoutMs];
  return [...ALL_OPTIONS, ...acexy].map((spec) => ({
    name: spec.name,
    property: PROPERTY_OF.get(spec) ?? null,
    flag: spec.doors.includes("flag") ? `--${spec.name}` : null,
    env: variableOf(spec) ?? spec.aliases[0]?.name ?? null,
    key: keyOf(spec),
    default: spec.default,
    help: spec.help,
    group: spec.group,
    repeatable: spec.repeatable,
    secret: spec.secret,
    reload: spec.reload,
  }));
}

/** Properties have the names of the settings that the options become. */
const PROPERTY_OF: ReadonlyMap<object, string> = new Map(
  Object.entries<object>({
    ...OPTIONS,
    m3u8: ACEXY_ONLY.m3u8,
    hlsTimeoutMs: ACEXY_ONLY.m3u8StreamTimeoutMs,
  })
    .filter(([property]) => Object.hasOwn(FIELDS, property))
    .map(([property, spec]) => [spec, property]),
);
