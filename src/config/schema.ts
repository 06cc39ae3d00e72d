import { keyOf } from "./option-spec.ts";
import { ALL_OPTIONS } from "./options.ts";
import { SECRETS } from "./secret-specs.ts";
import type { JsonSchema } from "./types.ts";

/**
 * The JSON schema (draft 2020-12) of the TOML file, for editors and for checks before a roll-out.
 *
 * @example
 * ```ts
 * import { configSchema } from "aceslot";
 *
 * console.log(JSON.stringify(configSchema(), null, 2));
 * ```
 */
export function configSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const spec of ALL_OPTIONS) {
    const key = keyOf(spec);
    if (key === null) continue;
    const value = spec.repeatable
      ? { anyOf: [spec.kind.schema, { type: "array", items: spec.kind.schema, minItems: 1 }] }
      : spec.kind.schema;
    properties[key] = {
      ...value,
      description: spec.details === undefined ? spec.help : `${spec.help}. ${spec.details}`,
      ...(spec.default === null ? {} : { default: defaultValue(spec.default, spec.kind.schema) }),
      ...(spec.secret ? { writeOnly: true } : {}),
    };
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "aceslot",
    description: "The settings of aceslot, as its TOML file has them.",
    type: "object",
    properties,
    additionalProperties: false,
    allOf: SECRETS.map(({ spec, fileSpec }) => ({ not: { required: [spec.name, fileSpec.name] } })),
  };
}

/** `docs/` and editors have it as a file; a test holds that up to date. */
export const schemaText = (): string => `${JSON.stringify(configSchema(), null, 2)}\n`;

const defaultValue = (text: string, schema: JsonSchema): string | number =>
  schema.type === "integer" ? Number(text) : text;
