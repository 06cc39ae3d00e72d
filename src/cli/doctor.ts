// `aceslot doctor`: looks at everything that the proxy will need, and says how to mend what is wrong.
import { styleText } from "node:util";
import { quoted } from "../config/error.ts";
import { ConfigError, type Flags, type Loaded, type Settings } from "../config/load.ts";
import type { Finding, Verdict } from "../doctor/finding.ts";
import { checkVariables, examine, readMachine, type SharedStore } from "../doctor/index.ts";
import { VERSION } from "../version.ts";
import { coloursOn } from "./colour.ts";
import { isInContainer } from "./container.ts";
import { neutral } from "./escaped.ts";
import { EXIT, print, UsageError } from "./run.ts";
import { readSettings } from "./settings.ts";
import { columnsOf, wrapped } from "./wrapped.ts";

export async function doctor(
  flags: Flags,
  format: "pretty" | "json",
  testId: string | null = null,
): Promise<number> {
  const findings = await look(flags, testIdOf(testId));
  const fails = findings.some(({ verdict }) => verdict === "fail");
  if (format === "json") await print(JSON.stringify({ version: VERSION, ok: !fails, findings }, null, 2));
  else {
    await print(pretty(findings, coloursOn(), columnsOf(COLUMNS_MAX)));
  }
  return fails ? EXIT.failed : EXIT.done;
}

/** Throws a `UsageError` for what is no id. */
function testIdOf(text: string | null): string | null {
  if (text === null || /^[0-9a-f]{40}$/i.test(text)) return text?.toLowerCase() ?? null;
  throw new UsageError(
    `--test-id: ${quoted(text)} is not allowed: it must be a content id of 40 hex digits; try --test-id ${"0123456789".repeat(4)}`,
  );
}

async function look(flags: Flags, testId: string | null): Promise<readonly Finding[]> {
  const what = "configuration";
  let loaded: Loaded;
  try {
    loaded = readSettings(flags);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const why = "the proxy does not start with it";
    // Each message ends with what to do.
    const fix = "as it says; all settings: aceslot --help";
    const faults = error.all.map(
      ({ message: found }): Finding => ({ what, verdict: "fail", found, why, fix }),
    );
    return [...faults, ...(await checkVariables({ env: process.env }))];
  }
  const { settings, sources, warnings } = loaded;
  const set = Object.values(sources).filter((source) => source !== "default").length;
  const which = set === 0 ? "all as they come" : `${set} of them set`;
  const valid: Finding = {
    what,
    verdict: "ok",
    found: `the settings are valid, ${which}`,
    why: null,
    fix: null,
  };
  const doubts = warnings.map((warning): Finding => {
    const [found = warning, command] = warning.split(/; (?=chmod )/);
    return {
      what,
      verdict: "warn",
      found,
      why: "the proxy starts, but this is seldom meant",
      fix: command ?? "see where each setting comes from: aceslot config",
    };
  });
  return [
    valid,
    ...doubts,
    ...(await examine({
      settings,
      leaseStore: leaseStoreOf(settings),
      inContainer: isInContainer(),
      machine: readMachine(),
      env: process.env,
      testId,
    })),
  ];
}

function leaseStoreOf(settings: Settings): SharedStore | null {
  const {
    lease,
    leasePassword: password,
    leasePrefix: prefix,
    leaseCaFile: caFile,
    leaseTtlMs: ttlMs,
  } = settings;
  return lease.kind === "memory" ? null : { address: { ...lease, password }, prefix, caFile, ttlMs };
}

const STYLES = { ok: "green", info: "cyan", warn: "yellow", fail: "red" } as const;

/** Where the output is no terminal lines are as long as they come: others search in them. */
const COLUMNS_MAX = Number.POSITIVE_INFINITY;
/** What stands before every line but a finding's first one. */
const MARGIN = 11;

function pretty(findings: readonly Finding[], colours: boolean, columns: number): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.max(...findings.map(({ what }) => what.length));
  const below = (word: string, text: string): string[] =>
    text
      .split("\n")
      .map(neutral)
      // What is indented is for a file, and is copied as it is.
      .flatMap((line) => (line.startsWith(" ") ? [line] : wrapped(line, columns - MARGIN)))
      .map((line, index) => `      ${index === 0 ? paint("dim", word) : "   "}  ${line}`);
  const lines = findings.flatMap(({ what, verdict, found, why, fix }) => [
    ...wrapped(neutral(found), columns - width - 8).map((line, index) =>
      index === 0
        ? `${paint(STYLES[verdict], verdict.padEnd(4))}  ${neutral(what).padEnd(width)}  ${line}`
        : `${" ".repeat(width + 8)}${line}`,
    ),
    ...(why === null ? [] : below("why", why)),
    ...(fix === null ? [] : below("fix", fix)),
  ]);
  return [...lines, "", closing(findings, paint)].join("\n");
}

function closing(
  findings: readonly Finding[],
  paint: (style: (typeof STYLES)[Verdict], text: string) => string,
): string {
  const count = (of: Verdict): number => findings.filter(({ verdict }) => verdict === of).length;
  const [fails, warns] = [count("fail"), count("warn")];
  if (fails > 0) return paint("red", `${fails} ${fails === 1 ? "thing" : "things"} will not work.`);
  if (warns > 0)
    return paint(
      "yellow",
      `It works; ${warns} ${warns === 1 ? "thing is" : "things are"} not as they should be.`,
    );
  return paint("green", "All is well.");
}
