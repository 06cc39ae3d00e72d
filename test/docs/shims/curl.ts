/**
 * curl, for real. An answer that refuses what the page asks for is a fault of the page, whatever curl makes of it; one
 * that has no end is cut off once it flows, and must have begun to.
 */
import { spawn } from "node:child_process";
import { programOf } from "./players.ts";
import { refuse } from "./refuse.ts";

const ENDLESS = /\/ace\/getstream|\/api\/v1\/events/;
/** Enough for what is piped into others: a stream begins with what its buffer has. */
const FLOWS_FOR_MS = 700;
const ANSWERS_WITHIN_S = 20;
/** What `--write-out` says last, on standard error. */
const STATUS = /\[status (\d{3})\]\s*$/;

export function curl(args: readonly string[]): Promise<number> {
  const endless = args.some((word) => ENDLESS.test(word)) && !args.includes("-I");
  const told = [
    "--max-time",
    `${ANSWERS_WITHIN_S}`,
    ...args,
    "--write-out",
    "%{stderr}[status %{http_code}]",
  ];
  // What reads its answer may have enough of it (`| head`): that ends curl, and not this program.
  process.stdout.on("error", () => child.kill());
  const child = spawn(programOf("curl"), told, { stdio: ["inherit", "pipe", "pipe"] });
  let [bytes, said] = [0, ""];
  child.stderr.on("data", (chunk) => (said += chunk));
  child.stdout.on("data", (chunk: Buffer) => {
    if (bytes === 0 && endless) setTimeout(() => child.kill(), FLOWS_FOR_MS);
    bytes += chunk.length;
    process.stdout.write(chunk);
  });
  return new Promise((done) => {
    child.on("close", (code) => {
      const status = Number(STATUS.exec(said)?.[1] ?? 0);
      process.stderr.write(said.replace(STATUS, ""));
      if (status >= 400) refuse(`curl ${args.join(" ")}: it answers ${status}`);
      // Cut off by us, or by the page's own `--max-time`.
      if (endless && (code === null || code === 28))
        done(bytes > 0 ? 0 : refuse(`curl ${args.join(" ")}: nothing came`));
      else done(code ?? 96);
    });
  });
}
