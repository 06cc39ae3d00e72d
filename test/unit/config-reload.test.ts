/** What a second reading of the settings changes, and what is told of it. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reloader } from "../../src/cli/reload.ts";
import { readSettings, readSettingsAgain } from "../../src/cli/settings.ts";
import { type Loaded, loadSettings } from "../../src/config/load.ts";
import { reloaded } from "../../src/config/reload.ts";
import { scratchFolder } from "../support/binary.ts";

function load(toml: string, more: Readonly<Record<string, string>> = {}): Loaded {
  const files: Readonly<Record<string, string>> = { "/c.toml": toml, ...more };
  return loadSettings({
    flags: { config: "/c.toml" },
    env: { HOME: "/home/me" },
    platform: "linux",
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
      return text;
    },
  });
}

const texts = (before: string, after: string): string[] =>
  reloaded(load(before), load(after)).changes.map(
    ({ name, from, to, reload }) => `${name}: ${from} → ${to} (${reload})`,
  );

describe("a second reading", () => {
  test("names what differs, in the notation of the options, and nothing else", () => {
    expect(texts('linger = "1s"', 'linger = "1000ms"')).toEqual([]);
    expect(
      texts(
        'engine = "a:1"\ntoken = "t"\nbuffer = "1MiB"',
        'engine = ["a:1", "b:2"]\nbuffer = "2MiB"\nlisten = ":1"\njournal = "/j"\nplaylist = "http://u:p@tv/a?k=1"',
      ),
    ).toEqual([
      "listen: :6879 → :1 (restart)",
      "token: *** → nothing (live)",
      "engine: a:1 → a:1, b:2 (live)",
      "playlist: nothing → http://***@tv/a?*** (live)",
      "buffer: 1MiB → 2MiB (new streams)",
      "journal: nothing → /j (live)",
    ]);
  });
  test("tells of a secret that differs, be it in a file, and shows neither", () => {
    const use = 'orchestrator = "http://o"\norchestrator-key-file = "/key"';
    const [change] = reloaded(load(use, { "/key": "one" }), load(use, { "/key": "two" })).changes;
    expect(change).toEqual({ name: "orchestrator-key", from: "***", to: "***", reload: "live" });
  });
  test("keeps what needs a restart, in the settings and in what is shown", () => {
    const before = load('listen = ":1"\nlinger = "1s"');
    const { inForce } = reloaded(before, load('listen = ":2"\nlinger = "2s"'));
    expect([inForce.settings.listen.text, inForce.settings.lingerMs]).toEqual([":1", 2_000]);
    expect(inForce.shown.find(({ name }) => name === "listen")?.value).toBe(":1");
    expect(inForce.shown.find(({ name }) => name === "linger")?.value).toBe("2s");
    expect(reloaded(inForce, before).changes.map(({ name }) => name)).toEqual(["linger"]);
  });
  test("leaves values that say the same in place", () => {
    const before = load('engine = "a:1"');
    const { inForce } = reloaded(before, load('engine = "a:1"\nlinger = "1s"'));
    expect(inForce.settings.engines).toBe(before.settings.engines);
  });
});

describe("a reload", () => {
  function scene(first: string) {
    const lines: string[] = [];
    const say = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
    const applied: Loaded[] = [];
    let now = first;
    const reload = reloader({
      loaded: load(first),
      read: () => load(now),
      apply: (loaded) => void applied.push(loaded),
      log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
    });
    return {
      applied,
      /** The lines that it logs. */
      to(toml: string): string[] {
        now = toml;
        reload();
        return lines.splice(0);
      },
    };
  }

  test("that is wrong tells every fault and applies nothing", () => {
    const { to, applied } = scene("");
    expect(to('linger = "soon"\nlistne = 1')).toEqual([
      expect.stringMatching(/^error not reloaded, the old settings stay: listne in /),
      expect.stringMatching(/^error not reloaded, the old settings stay: linger in /),
    ]);
    expect(applied).toEqual([]);
    expect(to('linger = "1s"')).toEqual(["info settings reloaded: linger: 5s → 1s"]);
    expect(applied).toHaveLength(1);
  });
  test("tells new warnings once, and old ones no more", () => {
    const { to } = scene('release-timeout = "50s"');
    expect(to('release-timeout = "50s"\nlinger = "1s"')).toHaveLength(1);
    expect(to('release-timeout = "50s"\nlinger = "1s"\ntrusted-proxy = "0.0.0.0/0"')).toEqual([
      expect.stringMatching(/^warn trusted-proxy in .*believes everybody/),
      expect.stringMatching(/^info settings reloaded: trusted-proxy: nothing → 0\.0\.0\.0\/0$/),
    ]);
  });
  test("of the cap says that all proxies of one store need the same", () => {
    const shared = 'lease = "redis://store"\n';
    expect(scene("").to("max-streams-per-engine = 2")).toHaveLength(1);
    expect(scene(shared).to(`${shared}max-streams-per-engine = 2`)).toEqual([
      expect.stringMatching(/^warn max-streams-per-engine is for all proxies that share the store/),
      "info settings reloaded: max-streams-per-engine: 1 → 2",
    ]);
  });
});

test("settings that came through a pipe are not read again: it is empty by then, and would take the token away", async () => {
  await using folder = await scratchFolder();
  const [file, pipe] = [join(folder.path, "file"), join(folder.path, "pipe")];
  await writeFile(file, 'token = "of-the-file"', { mode: 0o600 });
  await Bun.$`mkfifo ${pipe}`;
  for (const read of [readSettings, readSettingsAgain])
    expect(read({ config: [file] }).settings.token).toBe("of-the-file");
  expect(() => readSettingsAgain({ config: [pipe] })).toThrow(
    "it is a pipe, which cannot be read a second time",
  );
  const secret = { "token-file": [pipe] };
  expect(() => readSettingsAgain(secret)).toThrow("it is a pipe, which cannot be read a second time");
  expect(readSettingsAgain({ config: ["/dev/null"] }).settings.token).toBeNull();
});
