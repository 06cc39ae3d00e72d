import { describe, expect, test } from "bun:test";
import Ajv from "ajv/dist/2020";
import fc from "fast-check";
import {
  bareHost,
  baseUrl,
  engineAddress,
  engineUrl,
  listenAddress,
  network,
} from "../../src/config/addresses.ts";
import { duration, durationMs, durationText } from "../../src/config/durations.ts";
import { quoted } from "../../src/config/error.ts";
import { leaseStore } from "../../src/config/lease-store.ts";
import { ALL_OPTIONS, OPTIONS } from "../../src/config/options.ts";
import { size, sizeBytes, sizeText } from "../../src/config/sizes.ts";
import {
  bearerKey,
  clientToken,
  integer,
  keyPrefix,
  line,
  oneOf,
  password,
  path,
  refusalText,
  truth,
  type ValueKind,
} from "../../src/config/types.ts";

const ajv = new Ajv({ strict: false });

interface Case {
  readonly title: string;
  readonly kind: ValueKind<unknown>;
  readonly good: readonly (readonly [text: string, value: unknown])[];
  /** With the value that the message proposes; `null` where it gives advice instead. */
  readonly bad: readonly (readonly [text: string, example: string | null])[];
}

const engine = (host: string, port: number, scheme = "http") => ({ scheme, host, port });

const TWO = [
  { host: "a", port: 6379 },
  { host: "b", port: 1 },
];
const store = (more: object = {}) => ({
  kind: "redis",
  form: "server",
  hosts: [{ host: "store", port: 6379 }],
  master: "",
  tls: false,
  database: 0,
  username: "",
  password: null,
  ...more,
});
const sentinel = (more: object = {}) =>
  store({
    form: "sentinel",
    hosts: [
      { host: "a", port: 26_379 },
      { host: "b", port: 1 },
    ],
    master: "main-1",
    ...more,
  });

const CASES: readonly Case[] = [
  {
    title: "a time",
    kind: duration(1, "20s"),
    good: [
      ["10s", 10_000],
      ["1m30s", 90_000],
      ["500ms", 500],
      ["1h", 3_600_000],
      ["1h30m", 5_400_000],
      ["1.5h", 5_400_000],
      [".5s", 500],
      ["1.s", 1_000],
      ["1s500ms", 1_500],
      ["1500us", 2],
      ["2000µs", 2],
      ["24h", 86_400_000],
    ],
    bad: [
      ["10", "10s"],
      ["-1s", "20s"],
      ["+1s", "20s"],
      ["∞", "20s"],
      ["", "20s"],
      ["s", "20s"],
      [".s", "20s"],
      ["10 s", "20s"],
      ["10S", "20s"],
      ["10d", "20s"],
      ["1m30", "20s"],
      ["1e3s", "20s"],
      ["0", "20s"],
      ["0s", "20s"],
      ["100us", "20s"],
      ["25h", "24h"],
      [`${"9".repeat(400)}s`, "20s"],
      ["99999999999999999999h", "24h"],
      ["NaNs", "20s"],
    ],
  },
  {
    title: "a time that may be none",
    kind: duration(0, "5s"),
    good: [
      ["0s", 0],
      ["0", 0],
      ["1ms", 1],
    ],
    bad: [["5", "5s"]],
  },
  {
    title: "a size",
    kind: size(65_536, 2 ** 30, "8MiB"),
    good: [
      ["4MiB", 4_194_304],
      ["4.2MiB", 4_404_019],
      ["4MB", 4_000_000],
      ["4mb", 4_000_000],
      ["4 MiB", 4_194_304],
      ["4M", 4_000_000],
      ["4Mi", 4_194_304],
      ["100KB", 100_000],
      ["1GiB", 2 ** 30],
      ["1000000", 1_000_000],
      ["1000000B", 1_000_000],
    ],
    bad: [
      ["0", "8MiB"],
      ["0MiB", "8MiB"],
      ["1", "64KiB"],
      ["2GiB", "1GiB"],
      ["-4MiB", "8MiB"],
      ["4XB", "8MiB"],
      ["4MiBs", "8MiB"],
      ["MiB", "8MiB"],
      ["1e9", "8MiB"],
      ["4,2MiB", "8MiB"],
      ["", "8MiB"],
      ["∞", "8MiB"],
      ["9".repeat(400), "8MiB"],
    ],
  },
  {
    title: "a cap",
    kind: integer(1, 1000, 1),
    good: [
      ["1", 1],
      ["2", 2],
      ["1000", 1000],
    ],
    bad: [
      ["0", "1"],
      ["-1", "1"],
      ["1001", "1000"],
      ["1.5", "1"],
      ["1e9", "1"],
      ["x", "1"],
      ["", "1"],
      ["+1", "1"],
      ["0x1", "1"],
      ["1 ", "1"],
      ["١", "1"],
      ["NaN", "1"],
    ],
  },
  {
    title: "a listening address",
    kind: listenAddress(":6879"),
    good: [
      [":8080", { host: "", port: 8080, text: ":8080" }],
      [":0", { host: "", port: 0, text: ":0" }],
      [":65535", { host: "", port: 65_535, text: ":65535" }],
      ["127.0.0.1:6878", { host: "127.0.0.1", port: 6878, text: "127.0.0.1:6878" }],
      ["[::]:8080", { host: "::", port: 8080, text: "[::]:8080" }],
      ["[::1]:8080", { host: "::1", port: 8080, text: "[::1]:8080" }],
      ["LocalHost:80", { host: "localhost", port: 80, text: "localhost:80" }],
    ],
    bad: [
      ["8080", ":8080"],
      [":65536", ":6879"],
      [":abc", ":6879"],
      [":-1", ":6879"],
      [":", ":6879"],
      ["", ":6879"],
      ["localhost", "localhost:6879"],
      ["::1:8080", "[::1]:8080"],
      ["::8080", "[::]:8080"],
      ["*:8080", ":8080"],
      ["[::1]", "[::1]:6879"],
      ["[nonsense]:80", ":6879"],
      ["http://localhost:80", ":6879"],
      ["256.1.1.1:80", "127.0.0.1:80"],
      ["a b:80", "127.0.0.1:80"],
      ["[fe80::1%eth0]:80", "127.0.0.1:80"],
    ],
  },
  {
    title: "an engine",
    kind: engineAddress,
    good: [
      ["127.0.0.1:6878", engine("127.0.0.1", 6878)],
      ["acestream_1:6878", engine("acestream_1", 6878)],
      ["Engine.Example:6878", engine("engine.example", 6878)],
      ["http://host:6878", engine("host", 6878)],
      ["http://host:6878/", engine("host", 6878)],
      ["HTTPS://host:443", engine("host", 443, "https")],
      ["[::1]:6878", engine("::1", 6878)],
      ["http://[2001:DB8::1]:6878", engine("2001:db8::1", 6878)],
    ],
    bad: [
      ["host", "host:6878"],
      ["host:0", "host:6878"],
      ["host:65536", "host:6878"],
      ["host:abc", "host:6878"],
      ["http://host", "host:6878"],
      ["http://host:6879/ace", "host:6879"],
      ["host:6879/", "host:6879"],
      ["host:6879?x=1", "host:6879"],
      ["::1", "[::1]:6878"],
      ["fe80::1%eth0", "127.0.0.1:6878"],
      ["::1:6878", "[::1:6878]:6878"],
      [":6878", "127.0.0.1:6878"],
      ["ftp://host:21", "127.0.0.1:6878"],
      ["user:pass@host:6878", "127.0.0.1:6878"],
      ["ho st:6878", "127.0.0.1:6878"],
      ["host\n:6878", "127.0.0.1:6878"],
      ["1.2.3:6878", "127.0.0.1:6878"],
      ["a.0:6878", "127.0.0.1:6878"],
      ["0x7f:6878", "127.0.0.1:6878"],
      ["-host:6878", "127.0.0.1:6878"],
      ["[fe80::1%eth0]:6878", "127.0.0.1:6878"],
      ["", "127.0.0.1:6878"],
    ],
  },
  {
    title: "a host alone",
    kind: bareHost,
    good: [
      ["localhost", "localhost"],
      ["::1", "::1"],
      ["[::1]", "::1"],
    ],
    bad: [
      ["host:80", "127.0.0.1"],
      ["http://host", "127.0.0.1"],
      ["host/x", "127.0.0.1"],
    ],
  },
  {
    title: "a base URL",
    kind: baseUrl,
    good: [
      ["http://orchestrator:8000", "http://orchestrator:8000"],
      ["https://Host:443/", "https://host"],
      ["http://h:8000/api/v1/", "http://h:8000/api/v1"],
      ["http://[::1]:8000", "http://[::1]:8000"],
    ],
    bad: [
      ["orchestrator:8000", "http://orchestrator:8000"],
      ["ftp://h", "http://orchestrator:8000"],
      ["file:///etc/passwd", "http://orchestrator:8000"],
      ["javascript:alert(1)", "http://orchestrator:8000"],
      ["http://", "http://orchestrator:8000"],
      ["http:///x", "http://orchestrator:8000"],
      ["http://h:99999", "http://orchestrator:8000"],
      ["http://user:pass@h:8000", "http://h:8000"],
      ["http://h:8000/?key=1", "http://h:8000"],
      ["http://h:8000/#x", "http://h:8000"],
      ["http://h:8000/a b", "http://h:8000/a%20b"],
      ["", "http://orchestrator:8000"],
    ],
  },
  {
    title: "a network",
    kind: network,
    good: [
      ["10.0.0.0/8", "10.0.0.0/8"],
      ["192.168.1.7", "192.168.1.7/32"],
      ["FD00::/8", "fd00::/8"],
      ["::1", "::1/128"],
      ["0.0.0.0/0", "0.0.0.0/0"],
    ],
    bad: [
      ["10.0.0.0/33", "10.0.0.0/32"],
      ["::/129", "::/128"],
      ["10.0.0.0/", "10.0.0.0/8"],
      ["10.0.0.0/-1", "10.0.0.0/8"],
      ["10.0.0/8", "10.0.0.0/8"],
      ["localhost", "10.0.0.0/8"],
      ["", "10.0.0.0/8"],
      ["fe80::1%eth0/64", "10.0.0.0/8"],
    ],
  },
  {
    title: "a choice",
    kind: oneOf(["debug", "info", "warn", "error"], "info"),
    good: [
      ["info", "info"],
      ["DEBUG", "debug"],
      ["Warn", "warn"],
    ],
    bad: [
      ["verbose", "info"],
      ["", "info"],
      ["info ", "info"],
    ],
  },
  {
    title: "a truth",
    kind: truth,
    good: [
      ["1", true],
      ["true", true],
      ["0", false],
      ["False", false],
    ],
    bad: [
      ["yes", "true"],
      ["2", "true"],
    ],
  },
  {
    title: "a lease store",
    kind: leaseStore,
    good: [
      ["memory", { kind: "memory" }],
      ["Memory", { kind: "memory" }],
      ["redis://store", store()],
      ["redis://Store:6380/", store({ hosts: [{ host: "store", port: 6380 }] })],
      ["valkey://store/2", store({ database: 2 })],
      ["rediss://store", store({ tls: true })],
      ["VALKEYS://store", store({ tls: true })],
      ["redis://[::1]:6380", store({ hosts: [{ host: "::1", port: 6380 }] })],
      ["redis://[::1]", store({ hosts: [{ host: "::1", port: 6379 }] })],
      ["redis://me@store", store({ username: "me" })],
      ["redis-sentinel://a,b:1/main-1", sentinel()],
      ["rediss-sentinel://me@a,b:1/main-1/3", sentinel({ tls: true, database: 3, username: "me" })],
      ["redis-cluster://a,b:1", store({ form: "cluster", hosts: TWO })],
      ["valkey-cluster://a,b:1/0", store({ form: "cluster", hosts: TWO })],
    ],
    bad: [
      ["disk", "redis://store:6379"],
      ["", "redis://store:6379"],
      ["store:6379", "redis://store:6379"],
      ["localhost:6380", "redis://localhost:6380"],
      ["redis:store", "redis://store:6379"],
      ["redis://", "redis://store:6379"],
      ["redis://:6379", "redis://store:6379"],
      ["redis://store:0", "redis://store:6379"],
      ["redis://store:65536", "redis://store:6379"],
      ["redis://store/x", "redis://store:6379"],
      ["redis://store/-1", "redis://store:6379"],
      ["redis://store/65536", "redis://store:6379"],
      ["redis://store?db=1", "redis://store:6379"],
      ["redis://a,b", "redis://store:6379"],
      ["redis://me:%zz@store", "redis://store:6379"],
      ["redis://me:%00@store", "redis://store:6379"],
      ["redis://st ore", "redis://store:6379"],
      ["http://store:6379", "redis://store:6379"],
      ["redis-sentinel://a,b", "redis-sentinel://store-1,store-2/mymaster"],
      ["redis-sentinel://a,b/main/x", "redis-sentinel://store-1,store-2/mymaster"],
      ["redis-cluster://a,b/1", "redis-cluster://store-1,store-2"],
      ["redis-cluster://a,,b", "redis-cluster://store-1,store-2"],
    ],
  },
  {
    title: "a prefix of keys",
    kind: keyPrefix,
    good: [["aceslot-2.b_C", "aceslot-2.b_C"]],
    bad: [
      ["", "aceslot"],
      ["a:b", "aceslot"],
      ["{a}", "aceslot"],
      ["a".repeat(65), "aceslot"],
    ],
  },
  {
    title: "a password",
    kind: password,
    good: [["пароль p@ss:/?", "пароль p@ss:/?"]],
    bad: [
      ["", null],
      ["a\nb", null],
      ["a".repeat(4_097), null],
    ],
  },
  {
    title: "a client token",
    kind: clientToken,
    good: [["aZ09-._~", "aZ09-._~"]],
    bad: [
      ["", null],
      ["a b", null],
      ["a/b", null],
      ["a%2fb", null],
      ["..", null],
      ["ключ", null],
      ["a".repeat(257), null],
    ],
  },
  {
    title: "a bearer key",
    kind: bearerKey,
    good: [["s3cret+/=!", "s3cret+/=!"]],
    bad: [
      ["", null],
      ["a b", null],
      ["a\r\nX-Evil: 1", null],
      ["ключ", null],
    ],
  },
  {
    title: "a line of text",
    kind: line,
    good: [["proxy 1", "proxy 1"]],
    bad: [
      ["", "proxy-1"],
      ["a\nb", "proxy-1"],
      ["\u001b[31m", "proxy-1"],
    ],
  },
  {
    title: "a path",
    kind: path("FILE", "/tmp/x"),
    good: [["/a b/ü.toml", "/a b/ü.toml"]],
    bad: [
      ["", "/tmp/x"],
      ["a\u0000b", "/tmp/x"],
    ],
  },
];

for (const { title, kind, good, bad } of CASES) {
  describe(title, () => {
    for (const [text, value] of good) {
      test(`takes ${JSON.stringify(text)}`, () => {
        expect(kind.parse(text)).toEqual({ ok: true, value });
      });
      test(`shows ${JSON.stringify(text)} so that it can be read again`, () => {
        const parsed = kind.parse(text);
        expect(parsed.ok && kind.parse(kind.show(parsed.value))).toEqual({ ok: true, value });
      });
      test(`allows ${JSON.stringify(text)} in the schema too`, () => {
        expect(fitsSchema(kind, text)).toBe(true);
      });
    }
    for (const [text, example] of bad) {
      test(`refuses ${JSON.stringify(text.slice(0, 40))} with a fix that works`, () => {
        const parsed = kind.parse(text);
        if (parsed.ok) throw new Error(`it was taken as ${JSON.stringify(parsed.value)}`);
        expect(parsed.rule).not.toBe("");
        expect(parsed.example).toBe(example);
        if (example === null) expect(parsed.advice).toBeString();
        else expect(kind.parse(example).ok).toBe(true);
      });
    }
  });
}

/** As the file would have it: whole numbers and truths without quotes. */
function fitsSchema(kind: ValueKind<unknown>, text: string): boolean {
  const parsed = kind.parse(text);
  const value =
    typeof kind.schema.type === "string" && kind.schema.type !== "string" && parsed.ok ? parsed.value : text;
  return ajv.validate(kind.schema, value);
}

test("a lease store's URL is refused for the part that is wrong", () => {
  const faults: readonly (readonly [text: string, fault: string])[] = [
    ["redis://x:99999", "the port 99999 is above 65535"],
    ["redis://x:123456", "the port 123456 is above 65535"],
    ["redis://x:0", "the port 0 is none"],
    ["redis://x:abc", "the port is not a number"],
    ["redis://x:", "the port is missing"],
    ["redis://:6379", "a host is missing"],
    ["redis://-x", '"-x" is no host name or address'],
    ["redis://x/abc", 'the database "abc" is not a number'],
    ["redis://x/99999", "the database 99999 is above 65535"],
    ["redis://a,b", "several hosts are a redis-sentinel:// or a redis-cluster://"],
    ["redis-sentinel://a,b", "the name of the primary is missing"],
    ["redis-cluster://a/2", "a cluster has the database 0 only, not 2"],
    ["redis://me:%zz@store", "its user name or password is not escaped as in a URL"],
  ];
  for (const [text, fault] of faults) {
    const parsed = leaseStore.parse(text);
    if (parsed.ok) throw new Error(`${text} is accepted`);
    expect(refusalText("--lease", text, parsed, (example) => `--lease ${example}`)).toContain(
      ` is not allowed: ${fault}; try --lease redis`,
    );
  }
});

test("a password in the URL of a lease store is read, escaped or not, and shown as stars", () => {
  for (const [text, password, shown] of [
    ["redis://me:p%40ss%2F@store", "p@ss/", "redis://me:***@store:6379/0"],
    ["redis://:p@ss/w?rd@store/1", "p@ss/w?rd", "redis://:***@store:6379/1"],
    ["rediss-sentinel://u%40:p@a/m", "p", "rediss-sentinel://u%40:***@a:26379/m/0"],
  ] as const) {
    const parsed = leaseStore.parse(text);
    expect(parsed).toMatchObject({ ok: true, value: { password } });
    expect(parsed.ok && leaseStore.show(parsed.value)).toBe(shown);
  }
});

test("an engine's URL has brackets around IPv6 and its scheme", () => {
  expect(engineUrl({ scheme: "https", host: "::1", port: 6878 })).toBe("https://[::1]:6878");
  expect(engineUrl({ scheme: "http", host: "box", port: 6878 })).toBe("http://box:6878");
});

test("every time from 0 to a day is written so that it reads back the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 86_400_000 }), (ms) => {
      expect(Math.round(durationMs(durationText(ms)) ?? -1)).toBe(ms);
    }),
    { seed: 20251012 },
  );
});

test("every size is written so that it reads back the same", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.nat(),
        fc.nat(1023).map((n) => n * 2 ** 20),
      ),
      (bytes) => {
        expect(sizeBytes(sizeText(bytes))).toBe(bytes);
      },
    ),
    { seed: 20251012 },
  );
});

/** What is shown reads back as the same value; without its secrets as one that looks the same. */
function expectReadable<T>(kind: ValueKind<T>, value: T): void {
  const shown = kind.show(value);
  const again = kind.parse(shown);
  if (!again.ok) throw new Error(`what is shown is refused: ${shown}`);
  if (kind.hides?.(value)) expect(kind.show(again.value)).toBe(shown);
  else expect(again.value).toEqual(value);
}

test("what a URL of a playlist or a lease store holds of secrets is hidden, and nothing else", () => {
  const secret = fc.stringMatching(/^hidden[a-z0-9]{1,9}$/);
  const playlist = OPTIONS.playlists.kind;
  fc.assert(
    fc.property(
      secret,
      secret,
      fc.constantFrom("user", "password", "query", "fragment"),
      (word, other, at) => {
        const login = at === "user" ? `${word}:${other}@` : at === "password" ? `me:${word}@` : "";
        const rest = at === "query" ? `?u=me&key=${word}` : at === "fragment" ? `#${word}` : "";
        const url = `http://${login}tv.example.org/list.m3u${rest}`;
        expect(playlist.hides?.(url)).toBe(true);
        expect(playlist.show(url)).not.toContain("hidden");
        expect(playlist.show(url)).toContain("tv.example.org/list.m3u");
        const store = leaseStore.parse(`redis://me:${word}@store`);
        if (!store.ok) throw new Error("it is refused");
        expect(leaseStore.hides?.(store.value)).toBe(true);
        expect(leaseStore.show(store.value)).toBe("redis://me:***@store:6379/0");
      },
    ),
    { seed: 20251012 },
  );
  for (const open of ["/etc/a b?c=#d.m3u", "http://tv.example.org", "https://tv.example.org/a,b.m3u"]) {
    expect(playlist.hides?.(open)).toBe(false);
    expect(playlist.show(open)).toBe(open);
  }
});

test("no text makes a kind throw, and what it takes it can show", () => {
  const kinds = [...new Set([...ALL_OPTIONS.map((spec) => spec.kind), ...CASES.map((each) => each.kind)])];
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."019:./[]@%-hsmMiBx,\n") }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), text, (kind, input) => {
      const parsed = kind.parse(input);
      if (parsed.ok) expectReadable(kind, parsed.value);
      else if (parsed.example !== null) expect(kind.parse(parsed.example).ok).toBe(true);
    }),
    { numRuns: 2_000, seed: 20251012 },
  );
});

describe("a value in a message", () => {
  test("stands on one line, without terminal codes and text direction marks", () => {
    expect(quoted("a\r\nb\u001b[31m\u009b1m\u202e\u2028")).toBe(
      '"a\\r\\nb\\u001b[31m\\u009b1m\\u202e\\u2028"',
    );
  });
  test("is not endless", () => {
    expect(quoted("x".repeat(100_000)).length).toBeLessThan(100);
  });
  test("holds no password and no query of a URL", () => {
    expect(quoted("http://user:pa@ss@host/x?apikey=secret")).toBe('"http://***@host/x?***"');
    expect(quoted("redis://user:p/a?s#s@host")).toBe('"redis://***@host"');
    expect(quoted("user:pass@host:6878")).toBe('"***@host:6878"');
  });
});

test("every default obeys its own rule", () => {
  for (const spec of ALL_OPTIONS) {
    if (spec.default !== null)
      expect([spec.name, spec.kind.parse(spec.default).ok]).toEqual([spec.name, true]);
  }
});
