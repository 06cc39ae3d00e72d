/** The proxy as a few lines of somebody's own program, on the runtime that runs this: PORT, then the engines. */
import process from "node:process";
import { serve } from "@hono/node-server";
import { createProxy } from "aceslot";

/** What is used of Deno, whose types are not there where this is checked. */
interface DenoServer {
  serve(
    options: { readonly hostname: string; readonly port: number; onListen(): void },
    fetch: (request: Request, info: unknown) => Promise<Response>,
  ): unknown;
}

const hostname = "127.0.0.1";
const port = Number(process.argv[2]);
const { fetch, ready } = createProxy({ engines: process.argv.slice(3) });
await ready;
const deno = (globalThis as { readonly Deno?: DenoServer }).Deno;

if ("Bun" in globalThis) Bun.serve({ hostname, port, idleTimeout: 0, fetch });
else if (deno !== undefined) deno.serve({ hostname, port, onListen() {} }, fetch);
else serve({ hostname, port, fetch });
