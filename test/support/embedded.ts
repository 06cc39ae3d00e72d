/** Proxies in the test's own process, behind a real server, with simulated engines. */
import type { AceslotProxy } from "aceslot";

export interface Served extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
}

/** Serves what has a `fetch`, as a program on Bun does it. */
export function serve(
  fetch: (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>,
): Served {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch, development: false });
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

export const serveProxy = (proxy: AceslotProxy): Served => serve(proxy.fetch);

export interface Watching {
  readonly answer: Response;
  /** Closes the connection. */
  leave(): void;
}

/** Plays a content; resolves with its first bytes. Rejects for anything but a stream. */
export async function watch(
  base: string,
  content: string,
  headers: Record<string, string> = {},
): Promise<Watching> {
  const leaving = new AbortController();
  const answer = await fetch(`${base}/ace/getstream?id=${content}`, { headers, signal: leaving.signal });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  await answer.body?.getReader().read();
  return { answer, leave: () => leaving.abort() };
}

/** A log that keeps what it is told, as `level message {fields}`. */
export function keptLog() {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
