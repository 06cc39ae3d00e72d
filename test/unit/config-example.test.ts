/** The TOML file: what is made for it from the option table, and whether schema and loader mean the same. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020";
import fc from "fast-check";
import { parse } from "smol-toml";
import { MADE } from "../../src/config/docs.ts";
import { exampleFile } from "../../src/config/example.ts";
import { ConfigError, type Loaded, loadSettings } from "../../src/config/load.ts";
import { keyOf } from "../../src/config/option-spec.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { configSchema } from "../../src/config/schema.ts";

const KEYED = ALL_OPTIONS.filter((spec) => keyOf(spec) !== null);
const KEYS = KEYED.map(({ name }) => name);
const HELD: Readonly<Record<string, string>> = {
  "/run/secrets/token": "t0ken",
  "/run/secrets/orchestrator-key": "k3y",
  "/run/secrets/lease-password": "pass",
  "/etc/ssl/store-ca.pem": "-----BEGIN CERTIFICATE-----\n…",
};

function load(toml: string): Loaded {
  return loadSettings({
    flags: { config: "/c.toml" },
    env: { HOME: "/home/me" },
    platform: "linux",
    readFile(path) {
      const text = path === "/c.toml" ? toml : HELD[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
      return text;
    },
  });
}

/** The loader's word on a file; what is wrong, as text. */
function loads(toml: string): string | null {
  try {
    load(toml);
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

const validate = new Ajv({ strict: false }).compile(configSchema());
const fits = (toml: string): boolean => validate(parse(toml));

test("every file that is made from the option table is what the table says today", () => {
  for (const [path, make] of Object.entries(MADE)) {
    const url = new URL(`../../${path}`, import.meta.url);
    const text = existsSync(url) ? readFileSync(url, "utf8") : "";
    expect(text, `${path}: run: bun src/config/docs.ts`).toBe(make(text));
    expect(text).not.toBe("");
  }
});

describe("the example", () => {
  const lines = exampleFile().split("\n");

  test("has each key once, and is no wider than 100 columns", () => {
    const keys = lines.flatMap((line) => /^##?([a-z-]+) = /.exec(line)?.[1] ?? []);
    expect(keys).toEqual(KEYS);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });
  test("as it stands sets nothing", () => {
    expect(new Set(Object.values(load(exampleFile()).sources))).toEqual(new Set(["default"]));
    expect(fits(exampleFile())).toBe(true);
  });
  test("loads with every line uncommented, and fits the schema", () => {
    const toml = lines.map((line) => line.replace(/^#(?=[a-z])/, "")).join("\n");
    const { shown } = load(toml);
    const given = shown.filter(({ source }) => source === "file /c.toml").map(({ name }) => name);
    expect(given).toEqual(KEYS.filter((key) => !/-file$/.test(key)));
    expect(fits(toml)).toBe(true);
  });
  test("loads with the secrets in files, once there are files", () => {
    const secret = /^#(?=(token|orchestrator-key|lease-password) )/;
    const toml = lines
      .map((line) => (secret.test(line) ? line : line.replace(/^##?(?=[a-z])/, "")))
      .join("\n");
    expect(load(toml).settings).toMatchObject({ token: "t0ken", orchestratorKey: "k3y" });
    expect(fits(toml)).toBe(true);
  });
  test("shows the defaults", () => {
    const toml = lines.map((line) => line.replace(/^#(?=[a-z])/, "")).join("\n");
    const { settings: example } = load(toml);
    const { settings: plain } = load("");
    expect(example).toMatchObject({
      listen: plain.listen,
      engines: plain.engines,
      queueTimeoutMs: plain.queueTimeoutMs,
      bufferBytes: plain.bufferBytes,
      lease: plain.lease,
      logLevel: plain.logLevel,
    });
  });
});

describe("the schema and the loader", () => {
  const good = [
    "",
    "max-streams-per-engine = 1000",
    'engine = "box:6878"',
    'engine = ["box:6878", "HTTPS://[::1]:1/"]',
    "buffer = 1_000_000",
    'buffer = "4.2 mib"',
    'log-level = "WARN"',
    'slate = "On"',
    'lease = "MEMORY"',
    'lease = "Rediss-Sentinel://me:p ss@a,b/m/1"',
    'orchestrator = "HTTP://o:8000/x"',
    'queue-timeout = "0"',
    'playlist = ["https://me:pw@tv/a,b.m3u?x=1", "/tv/my channels.m3u"]',
    'trusted-proxy = ["10.0.0.0/8", "::1"]',
    'public-url = "https://tv.example.org/tv/"',
  ];
  for (const toml of good)
    test(`both take ${toml || "an empty file"}`, () => {
      expect([loads(toml), fits(toml)]).toEqual([null, true]);
    });

  const bad = [
    "listne = 1",
    'ACESLOT_TOKEN = "t"',
    "[engines]\nx = 1",
    'config = "/d.toml"',
    "max-streams-per-engine = 0",
    "max-streams-per-engine = 1001",
    "max-streams-per-engine = 1.5",
    'max-streams-per-engine = "1"',
    "token = 12345",
    'token = "a b"',
    'token = "t"\ntoken-file = "/run/secrets/token"',
    'orchestrator-key = "k"\norchestrator-key-file = "/run/secrets/orchestrator-key"',
    "listen = true",
    "listen = 6879",
    'listen = [":1"]',
    "queue-timeout = 10",
    'queue-timeout = "10"',
    "linger = 0",
    "buffer = 1",
    'buffer = "8 miles"',
    "engine = []",
    "engine = [1]",
    'engine = "box"',
    'engine = ["box:1", ""]',
    'log-level = "loud"',
    'slate = "maybe"',
    "slate = true",
    'lease = "postgres://x"',
    'orchestrator = "ftp://x"',
    'orchestrator = "http://me@x"',
    'playlist = "ftp://tv/a.m3u"',
    'playlist = ""',
    'playlist = "a\\nb"',
    'journal = ""',
    'journal = "a\\u0000b"',
    "trusted-proxy = 10",
    'trusted-proxy = "everybody"',
    "queue-timeout = 2026-01-01",
  ];
  for (const toml of bad)
    test(`both refuse ${toml.replaceAll("\n", "; ")}`, () => {
      expect([loads(toml) === null, fits(toml)]).toEqual([false, false]);
    });

  test("the schema takes whatever the loader takes", () => {
    const odd = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."019:./[]@%-hsmMiBxHTtp,? \u{1f4fa}\u2028") }),
      fc.constantFrom(
        "http://a/b?c=d",
        "HTTPS://A.example:1/x y",
        "http://u:p@h/",
        "redis://u:p w@h",
        "::1/64",
      ),
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.domain(), fc.nat(70_000)).map(([host, port]) => `${host}:${port}`),
      fc.nat(2_000).map(String),
    );
    /** Its own good values, in any case of letters and with something before or after, or something odd. */
    const textFor = ({ kind, default: byDefault, example }: (typeof KEYED)[number]) => {
      const refusal = kind.parse("");
      const own = [byDefault, example, refusal.ok ? null : refusal.example, ...(kind.choices ?? [])];
      const good = fc.constantFrom(...own.filter((text) => text != null));
      return fc.oneof(
        good,
        good.map((text) => text.toUpperCase()),
        fc.tuple(good, odd).map(([text, more]) => text + more),
        odd,
      );
    };
    const file = fc.constantFrom(...KEYED).chain((spec) => {
      const text = textFor(spec);
      const literal = fc.oneof(
        { weight: 4, arbitrary: text.map((value) => JSON.stringify(value)) },
        fc.integer({ min: -1, max: 2 ** 31 }).map(String),
        fc.nat(1_200).map(String),
        fc.array(text, { maxLength: 3 }).map((texts) => JSON.stringify(texts)),
        fc.constantFrom("true", "1.5", "[[]]", "{ a = 1 }", "2026-01-01"),
      );
      return literal.map((value) => `${spec.name} = ${value}`);
    });
    let taken = 0;
    fc.assert(
      fc.property(file, (toml) => {
        if (loads(toml) !== null) return;
        taken += 1;
        expect(fits(toml), `${toml} ${JSON.stringify(validate.errors)}`).toBe(true);
      }),
      { numRuns: 1_200, seed: 20251012 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});
