/**
 * Runs an example by the very command that docs/examples/README.md has for it, with simulated engines in place of those
 * that the page names, and any free port in place of its port. So the page cannot say what does not work.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bareEnvironment } from "../support/binary.ts";
import { until } from "../support/until.ts";
import { translated } from "./on-node.ts";

export const ROOT = join(import.meta.dir, "../..");
const EXAMPLES = "docs/examples/";
const PAGE = readFileSync(join(ROOT, EXAMPLES, "README.md"), "utf8");

export type Runtime = "deno" | "bun" | "node";

/** The runtimes that the page has a command for, and the words of each; `file` as in `ranking/check.ts`. */
export function commandsOf(file: string): Map<Runtime, readonly string[]> {
  const lines = [...PAGE.matchAll(/^(deno|bun|node) (?:.*? )?docs\/examples\/(\S+\.ts)(?: .*)?$/gmu)];
  const commands = lines
    .filter(([, , path]) => path === file)
    .map(([line, runtime]) => [runtime as Runtime, line.match(/"[^"]*"|\S+/gu) ?? []] as const);
  return new Map(
    commands.map(([runtime, words]) => [runtime, words.map((word) => word.replaceAll('"', ""))]),
  );
}

export interface Places {
  /** `host:port` of what stands for 192.168.1.20:6878, 192.168.1.21:6878, … */
  readonly engines?: readonly string[];
  /** What stands for other words of the command, also behind a flag's `=`. */
  readonly words?: Readonly<Record<string, string>>;
  /** Default: the repository. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments. */
  readonly more?: readonly string[];
}

export interface RunningExample extends AsyncDisposable {
  /** Whole lines of standard output so far. */
  readonly lines: readonly string[];
  readonly errors: string;
  /** The address that it has printed, without a slash at its end. */
  url(): Promise<string>;
  /** Its exit code, once it ends by itself; null: ended by a signal. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, as Ctrl+C or a supervisor does. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Without what Deno.serve says of every body that errs, and once of `request.signal`, whatever a program does. */
export const withoutNotesOfDeno = (errors: string): string =>
  errors.replace(/^(?:\[BrokenOff: .*\]|Deno\.serve: request\.signal .*)\n/gmu, "");

const PORTS = /\b(?:6879|3000)\b/gu;
const ENGINE = /192\.168\.1\.2(\d):6878/gu;

export async function startExample(
  file: string,
  runtime: Runtime,
  places: Places = {},
): Promise<RunningExample> {
  const words = commandsOf(file).get(runtime);
  if (words === undefined) throw new Error(`${EXAMPLES}README.md has no command for ${file} on ${runtime}`);
  const put = (word: string): string =>
    word
      .replace(/[^=]*$/u, (value) => places.words?.[value] ?? value)
      .replaceAll(PORTS, "0")
      .replaceAll(ENGINE, (_, number) => places.engines?.[Number(number)] ?? "–");
  const [, ...args] = [...words.map(put), ...(places.more ?? [])];
  if (runtime === "bun") return watch([process.execPath, ...args], places);
  if (runtime === "deno") return watch([DENO, ...args.toSpliced(1, 0, ...OFFLINE)], places);
  const at = args.findIndex((word) => word.startsWith(EXAMPLES));
  const main = await translated(join(ROOT, args[at] ?? ""));
  return watch(["node", ...args.with(at, main.path)], places, main);
}

const DENO = join(ROOT, "node_modules/.bin/deno");
/** Nothing is fetched; a permission that is missing is an error, and no question. */
const OFFLINE = [
  `--import-map=${join(ROOT, "deno.offline.json")}`,
  "--no-remote",
  "--no-lock",
  "--no-prompt",
];

function watch(
  [program = "", ...args]: readonly string[],
  { cwd = ROOT, env = {} }: Places,
  main?: AsyncDisposable,
): RunningExample {
  const child = spawn(program, args, {
    cwd,
    // Deno keeps there what it has translated.
    env: bareEnvironment({ DENO_DIR: join(ROOT, "node_modules/.cache/deno"), NO_COLOR: "1", ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { out: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.errors += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const end = (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return {
    get lines() {
      return said.out.split("\n").slice(0, -1);
    },
    get errors() {
      return said.errors;
    },
    url: () => until(`${args.join(" ")} says where it listens`, () => address(child, said)),
    ended,
    end,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
      await main?.[Symbol.asyncDispose]();
    },
  };
}

/** Printed as an address, or as a port in a line of JSON. */
function address(child: ChildProcess, said: { out: string; errors: string }): string | null {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said.out}${said.errors}`);
  const [, port] = /(?:http:\/\/127\.0\.0\.1:|"port":)(\d+)/u.exec(said.out) ?? [];
  return port === undefined ? null : `http://127.0.0.1:${port}`;
}
