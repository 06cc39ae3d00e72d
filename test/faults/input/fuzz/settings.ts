/** Options by all doors: flags, variables and the TOML file give settings within their bounds, or lines that say what is wrong. */
import fc from "fast-check";
import { ConfigError } from "../../../../src/config/error.ts";
import { type Loaded, loadSettings } from "../../../../src/config/load.ts";
import { flagOf, keyOf, variableOf } from "../../../../src/config/option-spec.ts";
import { ALL_OPTIONS } from "../../../../src/config/options.ts";
import { damagedText, word } from "./mutate.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const SECRET = "hunter2hunter2";
const spec = fc.constantFrom(...ALL_OPTIONS);
/** What somebody may write there: nearly right, of another kind, or nonsense. */
const value = fc.oneof(
  damagedText(
    fc.constantFrom(
      ...[
        "10s",
        "1h30m",
        "500ms",
        "10",
        "-1s",
        "∞",
        "4MiB",
        "4.2MiB",
        "4MB",
        "0",
        "1",
        "1000",
        "1e9",
        "x",
        "on",
        "off",
      ],
      ...[
        ":6879",
        "127.0.0.1:0",
        "[::1]:6878",
        ":65536",
        ":abc",
        "engine:6878",
        "http://engine:6878/",
        "engine:6878/a",
      ],
      ...[
        "http://orchestrator:8000/",
        "redis://store:6379/0",
        "10.0.0.0/8",
        "fd00::/8",
        "/tmp/x",
        "info",
        "json",
      ],
    ),
  ),
  word,
);
const environment = fc.dictionary(
  fc.oneof(
    spec.map((of) => variableOf(of) ?? "ACESLOT_X"),
    fc.constantFrom("ACEXY_HOST", "ACEXY_PORT", "ACEXY_SCHEME", "ACEXY_BUFFER", "ACEXY_M3U8", "ACESLOT_TYPO"),
  ),
  value,
  { maxKeys: 4 },
);
const flags = fc.dictionary(
  spec.filter((of) => flagOf(of) !== null).map(({ name }) => name),
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })),
  { maxKeys: 4 },
);
const literal = fc.oneof(
  value.map((text) => JSON.stringify(text)),
  fc.constantFrom(
    "1",
    "-1",
    "1.5",
    "true",
    "[]",
    "[1, 2]",
    '["a", "b"]',
    "{ a = 1 }",
    "2026-01-01",
    "nan",
    "inf",
    "1_0",
  ),
);
const toml = damagedText(
  fc
    .tuple(
      fc.constantFrom("", "\uFEFF", "[table]\n"),
      fc.array(
        fc.tuple(
          spec.map((of) => keyOf(of) ?? "nothing"),
          literal,
        ),
        { maxLength: 5 },
      ),
      fc.constantFrom("\n", "\r\n"),
    )
    .map(([head, lines, end]) => `${head}${lines.map(([key, text]) => `${key} = ${text}`).join(end)}`),
);

interface Given {
  readonly flags: Record<string, string | string[]>;
  readonly env: Record<string, string>;
  readonly toml: string | null;
}

function load(given: Given): Loaded | null {
  const { toml: text } = given;
  try {
    return loadSettings({
      flags: { ...given.flags, ...(text === null ? {} : { config: "/aceslot.toml" }) },
      env: { ...given.env, HOME: "/nowhere" },
      readFile: (path) => {
        if (path === "/aceslot.toml") return text ?? "";
        if (path === "/secret") return SECRET;
        throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      },
    });
  } catch (error) {
    must(
      error instanceof ConfigError,
      `settings are refused in words: ${error instanceof Error ? error.stack : error}`,
    );
    for (const { message } of error.all) mustBeOneLine(message, 20_000);
    return null;
  }
}

function holds(given: Given): void {
  const loaded = load(given);
  if (loaded === null) return;
  const { settings } = loaded;
  must(settings.maxStreamsPerEngine >= 1 && settings.maxStreamsPerEngine <= 1000, "the cap is one");
  must(settings.listen.port >= 0 && settings.listen.port <= 65_535, "the port is one");
  must(settings.bufferBytes > 0, "the buffer holds something");
  for (const [name, each] of Object.entries(settings))
    if (name.endsWith("Ms") && each !== null)
      must(
        Number.isInteger(each) && Number(each) >= 0 && Number(each) <= 86_400_000,
        `${name} is a time: ${each}`,
      );
  for (const { host, port } of settings.engines)
    must(
      port >= 1 &&
        port <= 65_535 &&
        URL.canParse(`http://${host.includes(":") ? `[${host}]` : host}:${port}`),
      `${host}:${port} is an engine`,
    );
  for (const warning of loaded.warnings) mustBeOneLine(warning, 20_000);
}

export const options: Target = {
  name: "options",
  short: 250,
  run: (plan) => each(plan, fc.record({ flags, env: environment, toml: fc.constant(null) }), holds),
};

export const tomlFiles: Target = {
  name: "toml",
  short: 200,
  run: (plan) => each(plan, fc.record({ flags: fc.constant({}), env: fc.constant({}), toml }), holds),
};
