/** The compiled binary with everything that it says kept as it came, byte by byte. */
import { spawn } from "node:child_process";
import { BINARY, bareEnvironment, STARTS_MS } from "./binary.ts";
import { until } from "./until.ts";

export interface ToldBinary extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Standard output and standard error so far, one character a byte. */
  readonly told: string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code; null: ended by the signal. */
  end(name?: NodeJS.Signals): Promise<number | null>;
}

/** `args`: after `serve --listen 127.0.0.1:0`. */
export async function startTold(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ToldBinary> {
  const child = spawn(BINARY, ["serve", "--listen", "127.0.0.1:0", ...args], {
    env: bareEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("latin1").on("data", (text: string) => {
      told += text;
    });
  // Not as soon as it has ended: what it said last may still be on its way then.
  const closed = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const url = await until(
    "the binary listens",
    () => {
      if (child.exitCode !== null) throw new Error(`the binary ended with ${child.exitCode}: ${told}`);
      return /listening.*?url"?[=:]"?(http:\/\/[^\s"]+)(?=[\s"])|url":"(http:\/\/[^"]+)".*listening/
        .exec(told)
        ?.slice(1)
        .find((found) => found !== undefined);
    },
    STARTS_MS,
  );
  const end = (name: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(name);
    return closed;
  };
  return {
    url,
    pid: child.pid ?? 0,
    get told() {
      return told;
    },
    signal: (name) => void child.kill(name),
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}
