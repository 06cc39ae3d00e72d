import { describe, expect, test } from "bun:test";
import { ConfigError, type Flags, type Loaded, loadSettings } from "../../src/config/load.ts";

type Env = Readonly<Record<string, string>>;

interface World {
  readonly flags?: Flags;
  readonly env?: Env;
  /** By path; `--config /c.toml` is implied where it is named so. */
  readonly files?: Readonly<Record<string, string>>;
  readonly modes?: Readonly<Record<string, number>>;
  readonly platform?: string;
}

function load({ flags = {}, env = {}, files = {}, modes = {}, platform = "linux" }: World): Loaded {
  return loadSettings({
    flags: files["/c.toml"] === undefined ? flags : { config: "/c.toml", ...flags },
    env: { HOME: "/home/me", ...env },
    platform,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`ENOENT ${path}`), { code: "ENOENT" });
      return text;
    },
    fileMode: (path) => modes[path] ?? 0o100600,
  });
}

const toml = (text: string): World => ({ files: { "/c.toml": text } });

function refusal(world: World): ConfigError {
  try {
    load(world);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("without anything set", () => {
  test("the settings are the documented defaults", () => {
    expect(load({}).settings).toEqual({
      listen: { host: "", port: 6879, text: ":6879" },
      engines: [{ scheme: "http", host: "127.0.0.1", port: 6878 }],
      orchestrator: null,
      orchestratorKey: null,
      maxStreamsPerEngine: 1,
      playlists: [],
      guides: [],
      playlistRefreshMs: 3_600_000,
      publicUrl: null,
      slate: "off",
      debug: "off",
      queueTimeoutMs: 20_000,
      startTimeoutMs: 60_000,
      stallTimeoutMs: 20_000,
      clientTimeoutMs: 30_000,
      hlsTimeoutMs: null,
      m3u8: false,
      lingerMs: 5_000,
      releaseTimeoutMs: 90_000,
      stateDir: "/home/me/.local/state/aceslot",
      bufferBytes: 8_388_608,
      lease: { kind: "memory" },
      leaseTtlMs: 10_000,
      leaseWhenDown: "refuse",
      leasePrefix: "aceslot",
      leasePassword: null,
      leaseCaFile: null,
      journal: null,
      trustedProxies: [],
      token: null,
      logLevel: "info",
      logFormat: "text",
      label: null,
    });
  });

  test("every setting says that it is a default, and nothing is warned about", () => {
    const { sources, warnings } = load({});
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
    expect(warnings).toEqual([]);
  });
});

describe("the order of sources", () => {
  const everywhere: World = {
    flags: { "queue-timeout": "1s" },
    env: { ACESLOT_QUEUE_TIMEOUT: "2s" },
    files: { "/c.toml": 'queue-timeout = "3s"' },
  };
  const queue = (world: World) => {
    const { settings, sources } = load(world);
    return [settings.queueTimeoutMs, sources.queueTimeoutMs];
  };

  test("a flag beats the environment, the environment beats the file, the file beats the default", () => {
    expect(queue(everywhere)).toEqual([1_000, "flag --queue-timeout"]);
    expect(queue({ ...everywhere, flags: {} })).toEqual([2_000, "env ACESLOT_QUEUE_TIMEOUT"]);
    expect(queue({ ...everywhere, flags: {}, env: {} })).toEqual([3_000, "file /c.toml"]);
    expect(queue({})).toEqual([20_000, "default"]);
  });

  test("an own variable beats acexy's, and acexy's beats the file", () => {
    const env = { ACESLOT_STALL_TIMEOUT: "1s", ACEXY_EMPTY_TIMEOUT: "2s" };
    const file = { "/c.toml": 'stall-timeout = "3s"' };
    expect(load({ env, files: file }).settings.stallTimeoutMs).toBe(1_000);
    const alias = load({ env: { ACEXY_EMPTY_TIMEOUT: "2s" }, files: file });
    expect(alias.settings.stallTimeoutMs).toBe(2_000);
    expect(alias.sources.stallTimeoutMs).toBe("env ACEXY_EMPTY_TIMEOUT");
  });

  test("a list of a stronger source stands alone", () => {
    const world: World = {
      env: { ACESLOT_ENGINE: "b:1,c:2" },
      files: { "/c.toml": 'engine = ["d:1", "e:1"]' },
    };
    expect(load({ ...world, flags: { engine: ["a:1"] } }).settings.engines.map((e) => e.host)).toEqual(["a"]);
    expect(load(world).settings.engines.map((e) => e.host)).toEqual(["b", "c"]);
    expect(load({ ...world, env: {} }).settings.engines.map((e) => e.host)).toEqual(["d", "e"]);
  });

  test("what is overridden must be right all the same", () => {
    const { message } = refusal({ ...everywhere, files: { "/c.toml": 'queue-timeout = "soon"' } });
    expect(message).toStartWith('queue-timeout in /c.toml: "soon" is not allowed');
  });

  test("an empty variable is one that is not set", () => {
    const { settings, sources } = load({ env: { ACESLOT_LISTEN: "", ACEXY_ORCH_URL: "  " } });
    expect([settings.listen.text, settings.orchestrator]).toEqual([":6879", null]);
    expect(sources.listen).toBe("default");
  });
});

describe("the message for a bad value", () => {
  const tail = "is not allowed: it must be a whole number from 1 to 1000; try";
  test("is written for the command line", () => {
    const error = refusal({ flags: { "max-streams-per-engine": "0" } });
    expect(error.code).toBe("bad_value");
    expect(error.message).toBe(`--max-streams-per-engine: "0" ${tail} --max-streams-per-engine 1`);
  });
  test("is written for the environment", () => {
    expect(refusal({ env: { ACEXY_MAX_STREAMS_PER_ENGINE: "x" } }).message).toBe(
      `ACEXY_MAX_STREAMS_PER_ENGINE: "x" ${tail} ACEXY_MAX_STREAMS_PER_ENGINE=1`,
    );
  });
  test("is written for the file, in its notation", () => {
    expect(refusal(toml("max-streams-per-engine = 1001")).message).toBe(
      `max-streams-per-engine in /c.toml: "1001" ${tail} max-streams-per-engine = 1000`,
    );
    expect(refusal(toml("queue-timeout = 10")).message).toEndWith('; try queue-timeout = "10s"');
    expect(refusal(toml("engine = [true]")).message).toEndWith('; try engine = ["127.0.0.1:6878"]');
  });
  test("stays on one line, whatever the value", () => {
    expect(refusal({ flags: { listen: "a\nb\u001b[2J" } }).message).not.toMatch(/\p{Cc}/u);
  });
});

describe("acexy's variables", () => {
  test("an acexy compose file sets everything that has a place here", () => {
    const { settings, warnings } = load({
      env: {
        ACEXY_LISTEN_ADDR: ":8080",
        ACEXY_SCHEME: "http",
        ACEXY_HOST: "acestream",
        ACEXY_PORT: "6878",
        ACEXY_M3U8: "false",
        ACEXY_EMPTY_TIMEOUT: "1m",
        ACEXY_NO_RESPONSE_TIMEOUT: "20s",
        ACEXY_BUFFER_SIZE: "4.2MiB",
        ACEXY_MAX_STREAMS_PER_ENGINE: "2",
        ACEXY_ORCH_URL: "http://orchestrator:8000",
        ACEXY_ORCH_APIKEY: "key",
        ACEXY_CONTAINER_ID: "box",
        ACEXY_LOG_LEVEL: "DEBUG",
      },
    });
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({
      listen: { host: "", port: 8080 },
      engines: [{ scheme: "http", host: "acestream", port: 6878 }],
      stallTimeoutMs: 60_000,
      startTimeoutMs: 20_000,
      bufferBytes: 4_404_019,
      maxStreamsPerEngine: 2,
      orchestrator: "http://orchestrator:8000",
      orchestratorKey: "key",
      label: "box",
      logLevel: "debug",
    });
  });

  test("ACEXY_ADDR is the listening address where ACEXY_LISTEN_ADDR is not set", () => {
    expect(load({ env: { ACEXY_ADDR: ":1" } }).settings.listen.port).toBe(1);
    expect(load({ env: { ACEXY_ADDR: ":1", ACEXY_LISTEN_ADDR: ":2" } }).settings.listen.port).toBe(2);
  });

  test("a start time-out that kills cold starts is raised, loudly", () => {
    for (const text of ["1s", "9999ms", "0s"]) {
      const { settings, warnings } = load({ env: { ACEXY_NO_RESPONSE_TIMEOUT: text } });
      expect(settings.startTimeoutMs).toBe(10_000);
      expect(warnings).toEqual([expect.stringContaining("ACEXY_NO_RESPONSE_TIMEOUT is less than 10s")]);
    }
    const exact = load({ env: { ACEXY_NO_RESPONSE_TIMEOUT: "10s" } });
    expect([exact.settings.startTimeoutMs, exact.warnings]).toEqual([10_000, []]);
  });

  test("the own option is not raised", () => {
    const { settings, warnings } = load({
      env: { ACESLOT_START_TIMEOUT: "1s", ACEXY_NO_RESPONSE_TIMEOUT: "1s" },
    });
    expect([settings.startTimeoutMs, warnings]).toEqual([1_000, []]);
  });

  test("a buffer too small to share is raised, loudly", () => {
    const { settings, warnings } = load({ env: { ACEXY_BUFFER: "1KiB" } });
    expect(settings.bufferBytes).toBe(65_536);
    expect(warnings).toEqual([expect.stringContaining("ACEXY_BUFFER=1KiB is too small")]);
  });

  test("scheme, host and port make one engine, with acexy's defaults for what is missing", () => {
    const engines = (env: Env) => load({ env }).settings.engines;
    expect(engines({ ACEXY_HOST: "box" })).toEqual([{ scheme: "http", host: "box", port: 6878 }]);
    expect(engines({ ACEXY_PORT: "7000" })).toEqual([{ scheme: "http", host: "127.0.0.1", port: 7000 }]);
    expect(engines({ ACEXY_HOST: "::1", ACEXY_SCHEME: "https" })).toEqual([
      { scheme: "https", host: "::1", port: 6878 },
    ]);
    expect(load({ env: { ACEXY_PORT: "7000" } }).sources.engines).toBe("env ACEXY_PORT");
  });

  test("with an orchestrator the default engine is none, and one that is named is", () => {
    const orchestrator = { ACESLOT_ORCHESTRATOR: "http://orchestrator:8000" };
    const engineOf = (env: Env) => {
      const { settings, shown } = load({ env: { ...orchestrator, ...env } });
      return [settings.engines.map(({ host }) => host), shown.find(({ name }) => name === "engine")];
    };
    expect(engineOf({})).toEqual([[], { name: "engine", value: null, source: "default" }]);
    for (const env of [{ ACESLOT_ENGINE: "127.0.0.1:6878" }, { ACEXY_HOST: "127.0.0.1" }])
      expect(engineOf(env)).toMatchObject([["127.0.0.1"], { value: ["127.0.0.1:6878"] }]);
  });

  test("the own engines beat acexy's, and acexy's beat the file's", () => {
    const env = { ACEXY_HOST: "theirs" };
    const files = { "/c.toml": 'engine = "filed:1"' };
    expect(load({ env, files }).settings.engines.map((e) => e.host)).toEqual(["theirs"]);
    expect(
      load({ env: { ...env, ACESLOT_ENGINE: "ours:1" }, files }).settings.engines.map((e) => e.host),
    ).toEqual(["ours"]);
  });

  test("durations follow the same rule as ours", () => {
    for (const name of ["ACEXY_EMPTY_TIMEOUT", "ACEXY_NO_RESPONSE_TIMEOUT", "ACEXY_TIMEOUT"]) {
      expect(refusal({ env: { [name]: "10" } }).message).toStartWith(`${name}: "10" is not allowed`);
    }
  });

  test("HLS answers and their time-out are set, the newer name before the older", () => {
    const hls = (env: Record<string, string>) => {
      const { settings, sources, warnings } = load({ env });
      return [settings.m3u8, settings.hlsTimeoutMs, sources.hlsTimeoutMs, warnings];
    };
    expect(hls({})).toEqual([false, null, "default", []]);
    expect(hls({ ACEXY_M3U8: "1", ACEXY_TIMEOUT: "60s" })).toEqual([true, 60_000, "env ACEXY_TIMEOUT", []]);
    const both = { ACEXY_M3U8: "true", ACEXY_M3U8_STREAM_TIMEOUT: "40s", ACEXY_TIMEOUT: "60s" };
    expect(hls(both)).toEqual([true, 40_000, "env ACEXY_M3U8_STREAM_TIMEOUT", []]);
  });

  test("an HLS time-out that ends sessions between two polls is raised", () => {
    for (const name of ["ACEXY_M3U8_STREAM_TIMEOUT", "ACEXY_TIMEOUT"]) {
      const { settings, warnings } = load({ env: { [name]: "0s" } });
      expect(settings.hlsTimeoutMs).toBe(10_000);
      expect(warnings).toEqual([
        expect.stringMatching(new RegExp(`^${name} is less than 10s.*10s is used$`)),
      ]);
    }
  });

  test("one that is not known is warned about and does no harm", () => {
    const { warnings } = load({ env: { ACEXY_BUFER: "1MiB" } });
    expect(warnings).toEqual([expect.stringMatching(/^ACEXY_BUFER is not .*did you mean ACEXY_BUFFER\?$/)]);
  });
});

describe("names that nobody knows", () => {
  test("an unknown own variable stops the start and the nearest is named", () => {
    const error = refusal({ env: { ACESLOT_LISTNE: ":1" } });
    expect(error.code).toBe("unknown_name");
    expect(error.message).toBe("ACESLOT_LISTNE: there is no such setting; did you mean ACESLOT_LISTEN?");
  });
  test("an unknown key stops the start and the nearest is named", () => {
    expect(refusal(toml("queue_timeout = 1")).message).toBe(
      "queue_timeout in /c.toml: there is no such key; did you mean queue-timeout?",
    );
    expect(refusal(toml("[listen2]\nx = 1")).code).toBe("unknown_name");
    expect(refusal(toml("xyzzyplugh = 1")).message).toContain("take it out");
  });
  test("the file cannot name another file", () => {
    expect(refusal(toml('config = "/d.toml"')).code).toBe("unknown_name");
  });
  test("keys that objects have by themselves are unknown too", () => {
    for (const key of ["constructor", "toString", "hasOwnProperty"]) {
      expect(refusal(toml(`${key} = 1`)).code).toBe("unknown_name");
    }
    expect(refusal(toml("__proto__ = 1")).code).toMatch(/unknown_name|bad_file/);
  });
  test("variables of a Kubernetes service called aceslot or acexy are not settings", () => {
    const { settings, warnings } = load({
      env: {
        ACESLOT_PORT: "tcp://10.0.0.7:6879",
        ACESLOT_SERVICE_HOST: "10.0.0.7",
        ACESLOT_SERVICE_PORT: "6879",
        ACESLOT_SERVICE_PORT_HTTP: "6879",
        ACESLOT_PORT_6879_TCP: "tcp://10.0.0.7:6879",
        ACESLOT_PORT_6879_TCP_ADDR: "10.0.0.7",
        ACEXY_PORT: "tcp://10.0.0.8:6878",
      },
    });
    expect(warnings).toEqual([]);
    expect(settings.engines).toEqual([{ scheme: "http", host: "127.0.0.1", port: 6878 }]);
  });
});

describe("several faults", () => {
  test("are told at once, one line each, each once, from every place", () => {
    const error = refusal({
      flags: { engine: ["box", "box:1", "none"], listen: [":1", ":2"], "queue-timeout": "soon" },
      env: { ACESLOT_LISTNE: ":1", ACESLOT_LINGER: "5" },
      ...toml('queue_timeout = "1s"\nlinger = "later"\n[engines]\na = 1'),
    });
    expect(error.all.map(({ message }) => message.split(":")[0])).toEqual([
      "ACESLOT_LISTNE",
      "queue_timeout in /c.toml",
      "engines in /c.toml",
      "--listen",
      "--engine",
      "--engine",
      "--queue-timeout",
      "ACESLOT_LINGER",
      "linger in /c.toml",
    ]);
    expect(error.message).toBe(error.all[0]?.message ?? "");
    for (const { message } of error.all) expect(message).not.toContain("\n");
  });
  test("of the files that are named too", () => {
    const error = refusal({
      flags: { config: "/gone.toml", "token-file": "/gone", "lease-ca-file": "/no-pem", "lease-ttl": "1ms" },
      files: { "/no-pem": "x" },
    });
    expect(error.all.map(({ message }) => message.split(":")[0])).toEqual([
      "--config",
      "--lease-ttl",
      "--lease-ca-file",
      "--token-file",
    ]);
  });
});

describe("a key in another place's notation", () => {
  for (const [key, told] of [
    ["ACESLOT_TOKEN", "there is no such key: it is a variable's name; did you mean token?"],
    ["aceslot_queue_timeout", "there is no such key: it is a variable's name; did you mean queue-timeout?"],
    ["ACEXY_ORCH_URL", "there is no such key: it is a variable's name; did you mean orchestrator?"],
    ["ACEXY_HOST", "there is no such key: it is a variable's name; did you mean engine?"],
    ["--linger", "there is no such key; did you mean linger?"],
    ["Queue_Timeout", "there is no such key; did you mean queue-timeout?"],
    ["engines", "there is no such key; did you mean engine?"],
    ["config", "a file cannot name another one; take it out"],
    ["ACESLOT_XYZZYPLUGH", "there is no such key: it is a variable's name; take it out"],
  ] as const)
    test(`(${key}) is named for what it is`, () => {
      const { code, message } = refusal(toml(`${key} = "hunter2"`));
      expect(code).toBe("unknown_name");
      expect(message).toStartWith(`${key} in /c.toml: ${told}`);
      expect(message).not.toContain("hunter2");
    });
  test("or in a table", () => {
    expect(refusal(toml('[proxy]\nlisten = ":1"')).message).toContain(
      "there is no such key, and there are no tables: keys stand alone",
    );
  });
});

describe("a value of the wrong type in the file", () => {
  for (const [text, told] of [
    ["listen = 6879", '"6879" is not allowed: it must be an address to listen on'],
    ["lease-prefix = 12", '"12" is not allowed: it must be a text in quotes; try lease-prefix = "12"'],
    ["linger = 0", '"0" is not allowed: it must be a text in quotes; try linger = "0"'],
    [
      'max-streams-per-engine = "2"',
      '"2" is not allowed: it must be a number, without quotes; try max-streams-per-engine = 2',
    ],
  ] as const)
    test(`(${text}) is refused, with the right one`, () => {
      expect(refusal(toml(text)).message).toContain(told);
    });
  test("is not shown if it is a secret", () => {
    const { message } = refusal(toml("token = 1234567"));
    expect(message).toBe(
      "token in /c.toml: the value (not shown) is not allowed: it must be a text in quotes",
    );
  });
});

describe("playlists and guides", () => {
  test("are lists of files and URLs, with spaces, each once, under the home folder", () => {
    const { settings } = load({
      env: { ACESLOT_PLAYLIST: "~/my channels.m3u, http://tv/a.m3u?x=1%2C2\n~/my channels.m3u" },
      flags: { epg: ["http://tv/a,b.xml", "/g.xml.gz"] },
    });
    expect(settings.playlists).toEqual(["/home/me/my channels.m3u", "http://tv/a.m3u?x=1%2C2"]);
    expect(settings.guides).toEqual(["http://tv/a,b.xml", "/g.xml.gz"]);
  });
  test.each([
    ["http://tv/get.php?type=m3u,plus", ["http://tv/get.php?type=m3u,plus"]],
    ["http://tv/es,pt/a.m3u,https://tv/b,c.m3u", ["http://tv/es,pt/a.m3u", "https://tv/b,c.m3u"]],
    ["http://tv/a?x=1,2, b.m3u ,http://tv/c ,d.m3u", ["http://tv/a?x=1,2", "b.m3u", "http://tv/c", "d.m3u"]],
    ["http://tv/a,/b.m3u,./c.m3u,../d.m3u", ["http://tv/a", "/b.m3u", "./c.m3u", "../d.m3u"]],
    ["HTTP://tv/a,C:\\b.m3u,c,,~/d.m3u,", ["HTTP://tv/a", "C:\\b.m3u", "c", "/home/me/d.m3u"]],
    ["a.m3u,b.m3u\r\nhttp://tv/a\n?", ["a.m3u", "b.m3u", "http://tv/a", "?"]],
  ])("%p of a variable are told apart, whatever commas their URLs have", (text, sources) => {
    expect(load({ env: { ACESLOT_PLAYLIST: text } }).settings.playlists).toEqual(sources);
  });
  test("are shown without what may be secret in them, and named where others can read it", () => {
    const url = "http://me:hunter2@tv/get.php?password=hunter2";
    const hidden = "http://***@tv/get.php?***";
    for (const [world, warnings] of [
      [
        { flags: { playlist: [url] } },
        [
          "what a URL of --playlist holds can be read in this host's process list; prefer its variable or a file",
        ],
      ],
      [{ env: { ACESLOT_PLAYLIST: url } }, []],
      [toml(`playlist = "${url}"`), []],
      [
        { ...toml(`playlist = "${url}"`), modes: { "/c.toml": 0o100644 } },
        [
          "/c.toml holds a URL of playlist with a secret and everybody on this host can read it; chmod 600 /c.toml",
        ],
      ],
      [{ ...toml('playlist = "http://tv/a.m3u"'), modes: { "/c.toml": 0o100644 } }, []],
    ] as readonly (readonly [World, readonly string[]])[]) {
      const loaded = load(world);
      expect(loaded.warnings).toEqual([...warnings]);
      if (loaded.settings.playlists[0] === url)
        expect(loaded.shown.find(({ name }) => name === "playlist")?.value).toEqual([hidden]);
      expect(JSON.stringify([loaded.shown, loaded.warnings, loaded.sources])).not.toContain("hunter2");
    }
  });
  test("of another scheme are refused without their secrets", () => {
    const { message } = refusal({ flags: { playlist: ["ftp://me:hunter2@tv/a.m3u"] } });
    expect(message).toStartWith('--playlist: "ftp://***@tv/a.m3u" is not allowed');
  });
  test("a refresh without either is said to be of no use", () => {
    const flags = { "playlist-refresh": "5m" };
    expect(load({ flags }).warnings).toEqual([
      "--playlist-refresh has no effect without --playlist or --epg",
    ]);
    expect(load({ flags: { ...flags, playlist: ["/a.m3u"] } }).warnings).toEqual([]);
  });
});

describe("the TOML file", () => {
  test("takes a byte order mark, Windows line ends and values in TOML's own types", () => {
    const { settings } = load(
      toml(
        '\uFEFFmax-streams-per-engine = 3\r\nbuffer = 1000000\r\nlinger = "0s"\r\ntrusted-proxy = ["10.0.0.0/8", "::1"]\r\n',
      ),
    );
    expect(settings).toMatchObject({
      maxStreamsPerEngine: 3,
      bufferBytes: 1_000_000,
      lingerMs: 0,
      trustedProxies: ["10.0.0.0/8", "::1/128"],
    });
  });
  test("takes one value where a list may stand", () => {
    expect(load(toml('engine = "box:1"')).settings.engines).toHaveLength(1);
  });
  test("can be named by the environment, under the home folder", () => {
    const files = { "/home/me/a.toml": 'listen = ":1"' };
    expect(load({ env: { ACESLOT_CONFIG: "~/a.toml" }, files }).sources.listen).toBe("file /home/me/a.toml");
  });
  for (const [title, text, code] of [
    ["a wrong type", "listen = true", "bad_value"],
    ["a table for a value", "[listen]\nport = 1", "bad_value"],
    ["a list for one value", 'listen = [":1"]', "bad_value"],
    ["a date", "queue-timeout = 2026-01-01", "bad_value"],
    ["a fraction of a stream", "max-streams-per-engine = 1.5", "bad_value"],
    ["an endless number", "max-streams-per-engine = inf", "bad_value"],
    ["an empty list", "engine = []", "bad_value"],
    ["a key twice", 'listen = ":1"\nlisten = ":2"', "bad_file"],
    ["a table twice", "[a]\n[a]", "bad_file"],
    ["what is not TOML", "listen: 1", "bad_file"],
    ["binary", "\u0000\u0001", "bad_file"],
  ] as const) {
    test(`with ${title} stops the start and names the file`, () => {
      const error = refusal(toml(text));
      expect(error.code).toBe(code);
      expect(error.message).toContain("/c.toml");
      expect(error.message).not.toContain("\n");
    });
  }
  test("a mistake beside a secret does not print the secret", () => {
    for (const text of [
      'token = "hunter2" x',
      'token = "hunter2',
      'token = "hunter2"\nlisten = ',
      "token = hunter2",
    ]) {
      const { message } = refusal(toml(text));
      expect(message).toMatch(/^\/c\.toml line \d+: not TOML: /);
      expect(message).not.toContain("hunter2");
    }
  });
  test("that is missing is named with its path", () => {
    const error = refusal({ flags: { config: "/gone.toml" } });
    expect(error.code).toBe("unreadable_file");
    expect(error.message).toBe(
      '--config: "/gone.toml" cannot be read: there is no such file; create it or mend the path',
    );
  });
});

describe("secrets", () => {
  const secret = "hunter2";
  test("are masked where settings are shown, wherever they come from", () => {
    const worlds: World[] = [
      { flags: { token: secret, "orchestrator-key": secret } },
      { env: { ACESLOT_TOKEN: secret, ACEXY_ORCH_APIKEY: secret } },
      toml(`token = "${secret}"\norchestrator-key = "${secret}"`),
      { env: { ACESLOT_TOKEN: secret, ACESLOT_ORCHESTRATOR_KEY_FILE: "/key" }, files: { "/key": secret } },
    ];
    for (const world of worlds) {
      const { settings, shown, warnings, sources } = load(world);
      expect([settings.token, settings.orchestratorKey]).toEqual([secret, secret]);
      expect(JSON.stringify([shown, warnings, sources])).not.toContain(secret);
      expect(shown.filter(({ value }) => value === "***").map(({ name }) => name)).toEqual([
        "token",
        "orchestrator-key",
      ]);
    }
  });
  test("that are not allowed are refused without being shown", () => {
    const worlds: World[] = [
      { flags: { token: `${secret} /` } },
      { env: { ACESLOT_ORCHESTRATOR_KEY: `${secret} x` } },
      toml(`token = "${secret}/"`),
      toml(`token = ["${secret}"]`),
      { flags: { "orchestrator-key-file": "/key" }, files: { "/key": `${secret} x` } },
      { flags: { orchestrator: `http://me:${secret}@host` } },
      { flags: { engine: [`me:${secret}@host:1`] } },
      { flags: { lease: `redis://me:${secret}@host/x` } },
      { flags: { lease: `redis://me:${secret}@a,b` } },
      { flags: { "lease-password": `${secret}\n` } },
    ];
    for (const world of worlds) expect(refusal(world).message).not.toContain(secret);
  });
  test("given as flags are warned about, since others can read the process list", () => {
    const flags = { token: secret, "orchestrator-key": secret, orchestrator: "http://h" };
    expect(load({ flags }).warnings.map((line) => line.split(" ")[0])).toEqual([
      "--orchestrator-key",
      "--token",
    ]);
  });
  test("an empty token in the environment is said to be none", () => {
    expect(load({ env: { ACESLOT_TOKEN: "" } }).warnings).toEqual([
      "ACESLOT_TOKEN is empty and counts as not set",
    ]);
  });
});

describe("the orchestrator's key in a file", () => {
  const files = { "/key": "  k3y\r\n" };
  const orchestrator = { orchestrator: "http://h" };
  const keyFile = { ...orchestrator, "orchestrator-key-file": "/key" };

  test("is read without the white space around it", () => {
    const { settings, sources, warnings } = load({ flags: keyFile, files });
    expect(settings.orchestratorKey).toBe("k3y");
    expect(sources.orchestratorKey).toBe("flag --orchestrator-key-file");
    expect(warnings).toEqual([]);
  });
  test("beats a key from a weaker source, and loses to a stronger one", () => {
    expect(
      load({ flags: keyFile, env: { ACESLOT_ORCHESTRATOR_KEY: "env" }, files }).settings.orchestratorKey,
    ).toBe("k3y");
    const env = { ACESLOT_ORCHESTRATOR_KEY_FILE: "/key", ACEXY_ORCH_APIKEY: "acexy" };
    expect(load({ flags: orchestrator, env, files }).settings.orchestratorKey).toBe("k3y");
    expect(
      load({ flags: { ...orchestrator, "orchestrator-key": "flag" }, env, files }).settings.orchestratorKey,
    ).toBe("flag");
  });
  test("cannot stand beside a key of the same source", () => {
    const error = refusal({ flags: { ...keyFile, "orchestrator-key": "k" }, files });
    expect(error.code).toBe("conflict");
    expect(error.message).toBe(
      "--orchestrator-key and --orchestrator-key-file: only one of them can be set; leave one out",
    );
  });
  test("that is missing or empty stops the start", () => {
    expect(refusal({ flags: keyFile }).message).toStartWith(
      '--orchestrator-key-file: "/key" cannot be read: there is no such file',
    );
    expect(refusal({ flags: keyFile, files: { "/key": "\n" } }).message).toBe(
      "--orchestrator-key-file: /key is empty: it must hold the key; write the key into it",
    );
  });
  test("that everybody can read is warned about", () => {
    expect(load({ flags: keyFile, files, modes: { "/key": 0o100644 } }).warnings).toEqual([
      "/key holds the key and everybody on this host can read it; chmod 600 /key",
    ]);
  });
  test("a TOML file with a secret that everybody can read is warned about too", () => {
    const open = { "/c.toml": 0o100644 };
    expect(load({ ...toml('token = "t"'), modes: open }).warnings).toHaveLength(1);
    expect(load({ ...toml('listen = ":1"'), modes: open }).warnings).toEqual([]);
  });
  test("a key without an orchestrator is said to be of no use", () => {
    expect(load({ env: { ACESLOT_ORCHESTRATOR_KEY: "k" } }).warnings).toEqual([
      "ACESLOT_ORCHESTRATOR_KEY has no effect without --orchestrator",
    ]);
  });
});

describe("secrets out of files and credentials", () => {
  const secret = "hunter2";
  const SECRETS = [
    ["token", "token"],
    ["orchestrator-key", "orchestratorKey"],
    ["lease-password", "leasePassword"],
  ] as const;
  const orchestrator = { orchestrator: "http://o", lease: "redis://store" };
  const CREDENTIALS_DIRECTORY = "/run/credentials/aceslot.service";

  for (const [name, field] of SECRETS) {
    const variable = `ACESLOT_${name.toUpperCase().replaceAll("-", "_")}`;
    const credential = { [`${CREDENTIALS_DIRECTORY}/${name}`]: `${secret}\n` };
    const found = (world: World) => {
      const { settings, sources, shown, warnings } = load({
        ...world,
        flags: { ...orchestrator, ...world.flags },
      });
      expect(JSON.stringify([shown, sources, warnings])).not.toContain(secret);
      expect(warnings.filter((line) => !line.includes("process list"))).toEqual([]);
      return [settings[field], sources[field]];
    };

    test(`${name} can stand in the file that ${variable}_FILE names`, () => {
      expect(found({ env: { [`${variable}_FILE`]: "/s" }, files: { "/s": ` ${secret}\r\n` } })).toEqual([
        secret,
        `env ${variable}_FILE`,
      ]);
    });
    test(`${name} can be a credential of systemd`, () => {
      expect(found({ env: { CREDENTIALS_DIRECTORY }, files: credential })).toEqual([
        secret,
        `credential ${name}`,
      ]);
      const other = { [`${CREDENTIALS_DIRECTORY}/another`]: "x" };
      expect(found({ env: { CREDENTIALS_DIRECTORY }, files: other })).toEqual([null, "default"]);
    });
    test(`the credential ${name} is stronger than the file and weaker than variables and flags`, () => {
      const env = { CREDENTIALS_DIRECTORY };
      for (const key of [`${name} = "x"`, `${name}-file = "/s"`]) {
        const files = { ...credential, "/s": "x", "/c.toml": key };
        expect(found({ env, files })).toEqual([secret, `credential ${name}`]);
        expect(found({ env: { ...env, [variable]: "y" }, files })).toEqual(["y", `env ${variable}`]);
        expect(found({ env, files, flags: { [`${name}-file`]: "/s" } })).toEqual([
          "x",
          `flag --${name}-file`,
        ]);
      }
    });
    test(`${name} and its file at one place contradict each other`, () => {
      const env = { [variable]: "x", [`${variable}_FILE`]: "/s" };
      expect(refusal({ env, files: { "/s": "y" } }).message).toBe(
        `${variable} and ${variable}_FILE: only one of them can be set; leave one out`,
      );
    });
    test(`a ${name} that is not allowed, empty or not to be read is refused by its place`, () => {
      const env = { CREDENTIALS_DIRECTORY };
      const path = `${CREDENTIALS_DIRECTORY}/${name}`;
      expect(refusal({ env, files: { [path]: "\n" } }).message).toStartWith(
        `the credential ${name}: ${path} is empty: it must hold the `,
      );
      const bad = refusal({ env, files: { [path]: `${secret}\u0001 x` } });
      expect(bad.message).toStartWith(
        `the credential ${name}: ${path}: the value (not shown) is not allowed`,
      );
      expect(bad.message).not.toContain(secret);
    });
    test(`a ${name} that everybody can read is warned about`, () => {
      const path = `${CREDENTIALS_DIRECTORY}/${name}`;
      const { warnings } = load({
        flags: orchestrator,
        env: { CREDENTIALS_DIRECTORY },
        files: credential,
        modes: { [path]: 0o100644 },
      });
      expect(warnings).toEqual([expect.stringContaining("everybody on this host can read it; chmod 600")]);
    });
  }
  test("that this user may not read are an error, not none", () => {
    const load = () =>
      loadSettings({
        flags: {},
        env: { HOME: "/home/me", CREDENTIALS_DIRECTORY },
        readFile: () => {
          throw Object.assign(new Error("EACCES"), { code: "EACCES" });
        },
      });
    expect(load).toThrow(
      'the credential orchestrator-key: "/run/credentials/aceslot.service/orchestrator-key"',
    );
    expect(load).toThrow("this user may not read it");
  });
  test("an empty variable with the name of a file is said to be none", () => {
    expect(load({ env: { ACESLOT_TOKEN_FILE: "" } }).warnings).toEqual([
      "ACESLOT_TOKEN_FILE is empty and counts as not set",
    ]);
  });
});

describe("the state folder", () => {
  const dir = (env: Env, platform: string, flags: Flags = {}) =>
    load({ env, platform, flags }).settings.stateDir;
  test("is the one that systemd gives, the first of several", () => {
    expect(dir({ STATE_DIRECTORY: "/var/lib/aceslot:/var/lib/b", XDG_STATE_HOME: "/x" }, "linux")).toBe(
      "/var/lib/aceslot",
    );
  });
  test("is the user's on each platform", () => {
    expect(dir({ XDG_STATE_HOME: "/x" }, "linux")).toBe("/x/aceslot");
    expect(dir({ XDG_STATE_HOME: "relative" }, "linux")).toBe("/home/me/.local/state/aceslot");
    expect(dir({}, "darwin")).toBe("/home/me/Library/Application Support/aceslot");
    expect(dir({ LOCALAPPDATA: "C:\\Users\\me\\AppData\\Local" }, "win32")).toBe(
      "C:\\Users\\me\\AppData\\Local\\aceslot",
    );
  });
  test("is none when none is asked for, without a warning", () => {
    const { settings, sources, warnings } = load({ env: { ACESLOT_STATE_DIR: "none" } });
    expect([settings.stateDir, sources.stateDir, warnings]).toEqual([null, "env ACESLOT_STATE_DIR", []]);
  });
  test("is none for a user without a home, with a warning", () => {
    const { settings, warnings } = load({ env: { HOME: "" } });
    expect(settings.stateDir).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("there is no home folder")]);
  });
  test("may be given from the home folder on", () => {
    expect(dir({}, "linux", { "state-dir": "~/state" })).toBe("/home/me/state");
  });
});

describe("further warnings and conflicts", () => {
  test("an engine that is named twice counts once", () => {
    const { settings, warnings } = load({ flags: { engine: ["box:1", "http://BOX:1/", "box:2"] } });
    expect(settings.engines).toHaveLength(2);
    expect(warnings).toEqual(["--engine: an engine is named more than once; it counts once"]);
  });
  test("a flag that is given twice is refused unless it is a list", () => {
    const error = refusal({ flags: { listen: [":1", ":2"] } });
    expect([error.code, error.message]).toEqual([
      "given_twice",
      "--listen: given 2 times: it takes one value; leave the others out",
    ]);
  });
  test("a release time below a minute is allowed and warned about", () => {
    const { settings, warnings } = load({ flags: { "release-timeout": "59s" } });
    expect(settings.releaseTimeoutMs).toBe(59_000);
    expect(warnings).toEqual([expect.stringContaining("--release-timeout is less than 60s")]);
    expect(load({ flags: { "release-timeout": "60s" } }).warnings).toEqual([]);
  });
  test("believing everybody's forwarded headers is warned about", () => {
    expect(load({ flags: { "trusted-proxy": ["0.0.0.0/0"] } }).warnings).toHaveLength(1);
  });
});

describe("a shared lease store", () => {
  const secret = "hunter2";
  const pem = { "/ca.pem": "-----BEGIN CERTIFICATE-----\n…" };

  test("takes its password from the URL, the option or the file, and shows it nowhere", () => {
    const lease = "redis://me@store/1";
    const worlds: World[] = [
      { env: { ACESLOT_LEASE: `redis://me:${secret}@store/1` } },
      toml(`lease = "redis://me:${secret}@store/1"`),
      { env: { ACESLOT_LEASE: lease, ACESLOT_LEASE_PASSWORD: secret } },
      toml(`lease = "${lease}"\nlease-password = "${secret}"`),
      { flags: { lease, "lease-password-file": "/pw" }, files: { "/pw": `${secret}\n` } },
    ];
    for (const world of worlds) {
      const { settings, shown, warnings, sources } = load(world);
      expect(settings.leasePassword).toBe(secret);
      expect(warnings).toEqual([]);
      expect(JSON.stringify([shown, warnings, sources])).not.toContain(secret);
      const [url] = shown.filter(({ name }) => name === "lease").map(({ value }) => value);
      expect(url).toMatch(/^redis:\/\/me(:\*\*\*)?@store:6379\/1$/);
    }
  });
  test("has only one password", () => {
    const flags = { lease: `redis://:${secret}@store`, "lease-password": "b" };
    expect(refusal({ flags }).message).toBe(
      "--lease and --lease-password: only one of them can hold the password; leave one out",
    );
  });
  test("warns of a password that others can read", () => {
    const url = `redis://:${secret}@store`;
    expect(load({ flags: { lease: url } }).warnings).toEqual([
      "the password in --lease can be read in this host's process list; prefer its variable or a file",
    ]);
    expect(load({ ...toml(`lease = "${url}"`), modes: { "/c.toml": 0o100644 } }).warnings).toEqual([
      "/c.toml holds the password of --lease and everybody on this host can read it; chmod 600 /c.toml",
    ]);
  });
  test("says when its options do nothing", () => {
    const flags = {
      "lease-ttl": "5s",
      "lease-when-down": "local",
      "lease-prefix": "a",
      "lease-password-file": "/pw",
      "lease-ca-file": "/ca.pem",
    };
    const files = { "/pw": "pw", ...pem };
    expect(load({ flags, files }).warnings).toEqual(
      Object.keys(flags).map(
        (name) => `--${name} has no effect without a shared store, such as --lease redis://store:6379`,
      ),
    );
    expect(load({ flags: { ...flags, lease: "redis://store" }, files }).warnings).toEqual([
      "--lease-ca-file has no effect without TLS: write --lease rediss://…",
    ]);
    expect(load({ flags: { ...flags, lease: "rediss://store" }, files }).warnings).toEqual([]);
  });
  test("looks into the file of certificates at once", () => {
    const flags = { lease: "rediss://store", "lease-ca-file": "/ca.pem" };
    expect(load({ flags, files: pem }).settings.leaseCaFile).toBe("/ca.pem");
    expect(refusal({ flags }).message).toStartWith('--lease-ca-file: "/ca.pem" cannot be read');
    expect(refusal({ flags, files: { "/ca.pem": "key" } }).message).toBe(
      '--lease-ca-file: "/ca.pem" holds no certificate: it must be PEM, with -----BEGIN CERTIFICATE-----',
    );
  });
  test("keeps a term of a second or more", () => {
    expect(refusal({ flags: { "lease-ttl": "900ms" } }).message).toStartWith(
      '--lease-ttl: "900ms" is not allowed',
    );
  });
});
