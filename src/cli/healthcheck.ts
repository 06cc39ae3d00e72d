// `aceslot healthcheck`: asks the proxy that the same settings describe whether it is alive.
// It asks /healthz, the one route that no token guards.
import { request } from "node:http";
import { hostPort } from "../config/addresses.ts";
import type { Flags, ListenAddress } from "../config/load.ts";
import { complain, EXIT, UsageError } from "./run.ts";
import { readSettings } from "./settings.ts";

/** A container's health check is usually given up after 5 s or more. */
const ANSWER_TIMEOUT_MS = 3_000;

export async function healthcheck(flags: Flags): Promise<number> {
  const { listen } = readSettings(flags).settings;
  if (listen.port === 0) {
    throw new UsageError(
      `--listen: "${listen.text}" is not allowed here: the port must be the one that the proxy listens on; try --listen :6879`,
    );
  }
  const url = `http://${hostPort(reachableHost(listen), listen.port)}/healthz`;
  const problem = await ask(url);
  if (problem === null) return EXIT.done;
  complain(`${url}: ${problem}`);
  return EXIT.failed;
}

/** One cannot connect to "all addresses"; the loopback is one of them. */
function reachableHost({ host }: ListenAddress): string {
  return host === "" || host === "::" || host === "0.0.0.0" ? "127.0.0.1" : host;
}

/** What is wrong, or `null`. node:http, unlike fetch, asks no proxy that the environment names. */
function ask(url: string): Promise<string | null> {
  return new Promise((answer) => {
    const asked = request(
      url,
      { agent: false, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) },
      (response) => {
        response.resume();
        answer(response.statusCode === 200 ? null : `answers with status ${response.statusCode}`);
        asked.destroy();
      },
    );
    asked.on("error", (error: NodeJS.ErrnoException) => {
      const late = error.name === "AbortError" || error.name === "TimeoutError";
      answer(
        late
          ? `no answer within ${ANSWER_TIMEOUT_MS / 1_000}s`
          : `no answer (${error.code ?? error.name}); is the proxy running?`,
      );
    });
    asked.end();
  });
}
