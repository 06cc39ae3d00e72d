/** What `createProxy` and `configure` refuse, and how they say it. */
import { describe, expect, test } from "bun:test";
import { ConfigError, createProxy, optionTable, type ProxyOptions, type ReloadableOptions } from "aceslot";
import * as fc from "fast-check";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { FIELDS, RELOADABLE } from "../../src/embedding/fields.ts";
import { readOptions } from "../../src/embedding/reading.ts";
import { optionRows } from "../support/option-rows.ts";

/** As a program in plain JavaScript may do it. */
const faultsOf = (options: unknown): string[] => {
  try {
    readOptions(options as ProxyOptions);
  } catch (error) {
    if (error instanceof ConfigError) return error.all.map(({ code, message }) => `${code}: ${message}`);
    throw error;
  }
  return [];
};

describe("an option that is not allowed", () => {
  const CASES: readonly (readonly [unknown, string])[] = [
    [
      { lingerMs: "5s" },
      'bad_value: lingerMs: "5s" is not allowed: it must be a whole number of milliseconds from 0 to 86400000 (24h); try lingerMs: 5000',
    ],
    [
      { queueTimeoutMs: -1 },
      "bad_value: queueTimeoutMs: -1 is not allowed: it must be a whole number of milliseconds from 0 to 86400000 (24h); try queueTimeoutMs: 0",
    ],
    [
      { startTimeoutMs: Number.NaN },
      "bad_value: startTimeoutMs: NaN is not allowed: it must be a whole number of milliseconds from 1 to 86400000 (24h); try startTimeoutMs: 60000",
    ],
    [
      { leaseTtlMs: 10.5, lease: "redis://store" },
      "bad_value: leaseTtlMs: 10.5 is not allowed: it must be a whole number of milliseconds from 1000 to 86400000 (24h); try leaseTtlMs: 1000",
    ],
    [
      { bufferBytes: "4MiB" },
      'bad_value: bufferBytes: "4MiB" is not allowed: it must be a whole number of bytes from 65536 to 1073741824; try bufferBytes: 4194304',
    ],
    [
      { maxStreamsPerEngine: 0 },
      "bad_value: maxStreamsPerEngine: 0 is not allowed: it must be a whole number from 1 to 1000; try maxStreamsPerEngine: 1",
    ],
    [
      { maxStreamsPerEngine: "2" },
      'bad_value: maxStreamsPerEngine: "2" is not allowed: it must be a whole number from 1 to 1000; try maxStreamsPerEngine: 2',
    ],
    [
      { engines: "127.0.0.1:6878" },
      'bad_value: engines: "127.0.0.1:6878" is not allowed: it must be an array of strings; try engines: ["127.0.0.1:6878"]',
    ],
    [
      { engines: ["127.0.0.1:6878", "engine"] },
      `bad_value: engines[1]: "engine" is not allowed: it must be an engine's host:port, http://host:port or [IPv6]:port, with a port from 1 to 65535 and no path; try "engine:6878"`,
    ],
    [
      { engines: [6878] },
      'bad_value: engines[0]: 6878 is not allowed: it must be a string; try "127.0.0.1:6878"',
    ],
    [
      { engines: [] },
      'bad_value: engines: the list is empty, and no orchestrator says which there are; try engines: ["127.0.0.1:6878"]',
    ],
    [{ stateDir: "none" }, 'bad_value: stateDir: "none" is not needed: leave it out, and nothing is written'],
    [{ m3u8: 1 }, "bad_value: m3u8: 1 is not allowed: it must be true or false; try m3u8: true"],
    [{ slate: true }, 'bad_value: slate: true is not allowed: it must be one of off, on; try slate: "on"'],
    [{ slate: "yes" }, 'bad_value: slate: "yes" is not allowed: it must be one of off, on; try slate: "on"'],
    [
      { token: "two words" },
      "bad_value: token: the value (not shown) is not allowed: it must be 1 to 256 letters, digits and - . _ ~; make one with: openssl rand -hex 16",
    ],
    [
      { token: null },
      "bad_value: token: the value (not shown) is not allowed: it must be a string; try token: a string",
    ],
    [
      { name: "living room" },
      'bad_value: name: "living room" is not allowed: it must be 1 to 64 letters, digits and . _ -; try name: "living-room"',
    ],
    [
      { basePath: "tv" },
      'bad_value: basePath: "tv" is not allowed: it must be a path that begins with a slash; try basePath: "/tv"',
    ],
    [
      { basePath: "/ace" },
      `bad_value: basePath: "/ace" is not allowed: it must be a path that none of the proxy's own begins with; try basePath: "/tv/ace"`,
    ],
    [
      { log: { info() {} } },
      "bad_value: log: an object is not allowed: it must be an object with debug, info, warn and error; try log: console",
    ],
    [
      { rank: "fewest" },
      'bad_value: rank: "fewest" is not allowed: it must be a function of two engines that answers a number; try rank: (a, b) => a.own - b.own',
    ],
    [
      { signal: new AbortController() },
      "bad_value: signal: an object is not allowed: it must be an AbortSignal; try signal: controller.signal",
    ],
    [
      { pool: {} },
      "bad_value: pool: an object is not allowed: it must be an object with look() and describe(); try pool: myPool",
    ],
    [{ engine: ["a:1"] }, "unknown_name: engine: createProxy has no such option: did you mean engines?"],
    [{ linger: 5 }, "unknown_name: linger: createProxy has no such option: did you mean lingerMs?"],
    [
      { "queue-timeout": 5 },
      "unknown_name: queue-timeout: createProxy has no such option: did you mean queueTimeoutMs?",
    ],
    [{ epg: [] }, "unknown_name: epg: createProxy has no such option: did you mean guides?"],
    [
      { listen: ":6879" },
      "unknown_name: listen: createProxy has no such option: a proxy in a program listens nowhere by itself: give its fetch to a server, as in Deno.serve(proxy.fetch)",
    ],
    [
      { logLevel: "debug" },
      "unknown_name: logLevel: createProxy has no such option: give a log, and leave out what it is not to write",
    ],
    [
      { quux: 1 },
      "unknown_name: quux: createProxy has no such option; see optionTable() for those that there are",
    ],
    [
      { pool: { look() {}, describe() {} }, orchestrator: "http://o:8000" },
      "conflict: pool and orchestrator: only one of them can say which engines there are; leave one out",
    ],
    [
      { lease: "redis://:a@store", leasePassword: "b" },
      "conflict: lease and leasePassword: only one of them can hold the password; leave one out",
    ],
    [
      "127.0.0.1:6878",
      'bad_value: options: "127.0.0.1:6878" is not allowed: it must be an object; try createProxy({ engines: ["127.0.0.1:6878"] })',
    ],
  ];
  for (const [options, message] of CASES)
    test(message.slice(0, 60), () => expect(faultsOf(options)).toEqual([message]));

  test("is told with all the others, as one error that createProxy throws at once", () => {
    const options = { engines: ["a b", "c"], lingerMs: "1", token: "ä", typo: 1 };
    let caught: unknown;
    try {
      createProxy(options as unknown as ProxyOptions);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(ConfigError);
    const { code, message, all } = caught as ConfigError;
    expect(all.map((fault) => fault.message.split(":")[0])).toEqual([
      ...["typo", "engines[0]", "engines[1]", "lingerMs", "token"],
    ]);
    expect([code, message]).toEqual([all[0]?.code, all[0]?.message] as never);
  });

  test("never shows a secret", () => {
    const secrets = { token: "s3cret ä", orchestratorKey: "s3cret ä", leasePassword: "s3cret\n" };
    const all = faultsOf({ ...secrets, lease: "http://:s3cret@store", playlists: ["ftp://me:s3cret@x"] });
    expect(all).toHaveLength(5);
    expect(all.join("\n")).not.toContain("s3cret");
  });
});

describe("options that are allowed", () => {
  test("are all left out: one engine, one slot, nothing written, nothing asked for", () => {
    const read = readOptions({});
    expect(read.settings).toMatchObject({
      engines: [{ scheme: "http", host: "127.0.0.1", port: 6878 }],
      ...{ maxStreamsPerEngine: 1, token: null, journal: null, slate: "off", m3u8: false },
      ...{ queueTimeoutMs: 20_000, lingerMs: 5_000, bufferBytes: 8 * 2 ** 20, hlsTimeoutMs: null },
    });
    expect([read.stateDir, read.name, read.basePath, read.warnings, read.leases.lease.kind]).toEqual([
      ...[null, null, "", [], "memory"],
    ]);
  });

  test("may be undefined, which says nothing", () => {
    const nothing = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, undefined]));
    expect(readOptions(nothing)).toEqual(readOptions({}));
  });

  test("become what the command line makes of the same words", () => {
    const { settings } = readOptions({
      engines: ["LOCALHOST:1", "https://[::1]:2", "localhost:1"],
      trustedProxies: ["10.0.0.1"],
      publicUrl: "https://TV.example.org/a/",
    });
    expect(settings.engines).toEqual([
      { scheme: "http", host: "localhost", port: 1 },
      { scheme: "https", host: "::1", port: 2 },
    ]);
    expect([settings.trustedProxies, settings.publicUrl]).toEqual([
      ["10.0.0.1/32"],
      "https://tv.example.org/a",
    ]);
  });

  test("need no engine of their own where an orchestrator or a pool says which there are", () => {
    const pool = { look() {}, describe() {} } as never;
    for (const options of [
      { orchestrator: "http://o:8000" },
      { orchestrator: "http://o:8000", engines: [] },
      { pool },
    ])
      expect(readOptions(options).settings.engines).toEqual([]);
  });

  test("that do nothing are told, and harm nothing", () => {
    const { warnings } = readOptions({
      ...{ orchestratorKey: "k", playlistRefreshMs: 60_000, trustedProxies: ["0.0.0.0/0"] },
      ...{ releaseTimeoutMs: 5_000, hlsTimeoutMs: 9_999, leasePrefix: "x" },
    });
    expect(warnings.map((warning) => warning.split(" ")[0])).toEqual([
      ...[
        "orchestratorKey",
        "playlistRefreshMs",
        "trustedProxies:",
        "releaseTimeoutMs",
        "hlsTimeoutMs",
        "leasePrefix",
      ],
    ]);
  });

  test("whatever they are, come out as settings or as a ConfigError", () => {
    const names = fc.constantFrom(...Object.keys(FIELDS), "pool", "rank", "log", "signal");
    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (options) => {
        for (const fault of faultsOf(options)) expect(fault).not.toContain("\n");
      }),
      { numRuns: 500, seed: 20251012 },
    );
  });
});

describe("the option table", () => {
  test("stands in the page about embedding as it is", async () => {
    const page = await Bun.file(new URL("../../docs/embedding.md", import.meta.url)).text();
    expect(page).toContain(`\n${optionRows().join("\n")}\n`);
  });

  test("names each option once, and each plain property of createProxy", () => {
    const table = optionTable();
    expect(table.map(({ name }) => name).slice(0, ALL_OPTIONS.length)).toEqual(
      ALL_OPTIONS.map(({ name }) => name),
    );
    const properties = table.flatMap(({ property }) => property ?? []);
    expect(properties.toSorted()).toEqual(
      Object.keys(FIELDS)
        .filter((name) => name !== "name" && name !== "basePath")
        .toSorted(),
    );
    expect(table.find(({ name }) => name === "queue-timeout")).toMatchObject({
      property: "queueTimeoutMs",
      flag: "--queue-timeout",
      env: "ACESLOT_QUEUE_TIMEOUT",
      key: "queue-timeout",
      default: "20s",
      reload: "live",
    });
  });

  test("and the type of what configure takes agree on what can change", () => {
    // A property that is missing here, or one too many, does not compile.
    const reloadable: Record<keyof ReloadableOptions, true> = {
      ...{ engines: true, orchestratorKey: true, maxStreamsPerEngine: true, queueTimeoutMs: true },
      ...{ startTimeoutMs: true, stallTimeoutMs: true, clientTimeoutMs: true, hlsTimeoutMs: true },
      ...{ lingerMs: true, releaseTimeoutMs: true, bufferBytes: true, playlists: true, guides: true },
      ...{ playlistRefreshMs: true, publicUrl: true, slate: true, m3u8: true, token: true },
      ...{ trustedProxies: true, journal: true, debug: true },
    };
    expect(Object.keys(reloadable).toSorted()).toEqual([...RELOADABLE].toSorted());
  });
});
