/**
 * Stands before the compiled binary: every command is run for real, with what the page gives it. What would run for
 * ever (serve, demo, check --explore) is ended once it says that it is up; what would take minutes (check) is stopped
 * after a moment; a proxy listens on a port of its own. Nothing else is changed.
 */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { COMMANDS } from "../../../src/cli/commands.ts";

/** Not a variable of ours by name: those that it does not know stop the start. */
const BINARY = process.env.DOCS_BINARY ?? "dist/aceslot";
const CHECK_TIME = "50ms";
/** What cannot be told to stop is taken for good when it has run so long: bad usage ends at once. */
const GOOD_AFTER_MS = 1_000;
const UP_WITHIN_MS = 20_000;

/** The exit code that the page's command deserves: 0, unless it was refused or did not come up. */
export async function aceslot(args: readonly string[]): Promise<number> {
  const command = args.find((word) => COMMANDS.some(({ name }) => name === word)) ?? "serve";
  const only = args.some((word) => ["--help", "-h", "--version", "-V", "help"].includes(word));
  if (only) return run(args);
  switch (command) {
    case "serve":
      return upAndDown(args.map(anyPort), /listening/);
    case "demo":
      return upAndDown(args.map(anyPort), /Dashboard/);
    case "check":
      return checkFor(args);
    case "doctor": {
      // 1: something will not work; that it can say so is what the page shows.
      const code = await run(args, { ACESLOT_LISTEN: "127.0.0.1:0" });
      return code === 1 ? 0 : code;
    }
    case "replay": {
      // 1 and 2 tell what the files hold.
      const code = await run(args);
      return code < 4 ? 0 : code;
    }
    default:
      return run(args);
  }
}

/** The same check is on several pages: once is enough. */
async function checkFor(args: readonly string[]): Promise<number> {
  const record = process.env.DOCS_CHECKED;
  const line = JSON.stringify(args);
  if (record !== undefined && args.every((word) => !word.startsWith("--out"))) {
    if (existsSync(record) && readFileSync(record, "utf8").split("\n").includes(line)) return 0;
    const code = await checkNow(args);
    if (code === 0) appendFileSync(record, `${line}\n`);
    return code;
  }
  return checkNow(args);
}

function checkNow(args: readonly string[]): Promise<number> {
  if (args.includes("--explore")) return upAndDown(args, /http:\/\//);
  if (args.some((word) => word.startsWith("--list-") || word === "--replay")) return atMost(2, args);
  if (args[args.indexOf("--mutant") + 1] === "all") return forAWhile(args);
  const at = args.indexOf("--time");
  const short = at === -1 ? [...args, "--time", CHECK_TIME] : args.with(at + 1, CHECK_TIME);
  return atMost(3, short);
}

/** What was found is not the page's business; bad usage is. */
async function atMost(most: number, args: readonly string[]): Promise<number> {
  const code = await run(args);
  return code <= most ? 0 : code;
}

const anyPort = (word: string, index: number, all: readonly string[]): string =>
  all[index - 1] === "--listen" ? "127.0.0.1:0" : word;

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((done) => {
    const child = spawn(BINARY, args, { stdio: "inherit", env: { ...process.env, ...env } });
    child.on("close", (code) => done(code ?? 99));
  });
}

function forAWhile(args: readonly string[]): Promise<number> {
  return new Promise((done) => {
    const child = spawn(BINARY, args, { stdio: ["ignore", "inherit", "inherit"] });
    const enough = setTimeout(() => child.kill("SIGKILL"), GOOD_AFTER_MS);
    child.on("close", (code, signal) => {
      clearTimeout(enough);
      done(signal === "SIGKILL" ? 0 : (code ?? 98));
    });
  });
}

/** Starts it, waits for its word, ends it as a service manager does. */
function upAndDown(args: readonly string[], word: RegExp): Promise<number> {
  return new Promise((done) => {
    const env = { ...process.env, ACESLOT_LISTEN: "127.0.0.1:0", BROWSER: "true" };
    const child = spawn(BINARY, args, { stdio: ["ignore", "pipe", "inherit"], env });
    let out = "";
    let up = false;
    const late = setTimeout(() => child.kill("SIGKILL"), UP_WITHIN_MS);
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      out += chunk;
      if (!up && word.test(out)) {
        up = true;
        child.kill("SIGTERM");
      }
    });
    child.on("close", (code) => {
      clearTimeout(late);
      done(up ? 0 : (code ?? 98) || 98);
    });
  });
}
