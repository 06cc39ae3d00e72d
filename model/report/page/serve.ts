/** Serves the page on Bun, to this machine only. */
import type { GraphWalker } from "../../explorer.ts";
import { exploreApp } from "./app.ts";

export interface ExplorePage {
  /** Opens on this machine, ends with a slash. */
  readonly url: string;
  /** Takes no new connections and breaks off those that are left. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Port 0 lets the system choose. Throws the system's error where the port cannot be used. */
export function startExplorePage(walker: GraphWalker, port: number): ExplorePage {
  const app = exploreApp(walker);
  const server = Bun.serve({
    hostname: HOST,
    port,
    development: false,
    // Another page on the same port is told, not joined.
    reusePort: false,
    fetch: (request) => app.fetch(request),
  });
  return { url: `http://${HOST}:${server.port}/`, close: () => server.stop(true) };
}
