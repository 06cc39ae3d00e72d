/**
 * Runs in a network of its own, where 169.254.169.254 is a web server that counts its visitors: an orchestrator lists
 * engines by names that lead there, and somebody asks the proxy for a stream. Prints what came of it as JSON.
 * `inside-net.ts BINARY NAME,NAME…`
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

const [binary = "", names = ""] = process.argv.slice(2);
const ID = "0123456789".repeat(4);
const PORT = 80;

let visits = 0;
const metadata = Bun.serve({
  hostname: "169.254.169.254",
  port: PORT,
  fetch: () => {
    visits += 1;
    return Response.json({ response: null, error: "these are the credentials" });
  },
});
let elsewhere = 0;
const engine = Bun.serve({
  hostname: "127.0.0.1",
  port: PORT,
  fetch: () => {
    elsewhere += 1;
    return Response.json({ response: null, error: "failed to load content" });
  },
});
let looks = 0;
const orchestrator = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/streams")) return Response.json([]);
    if (pathname.endsWith("/engines")) looks += 1;
    else return Response.json({ detail: "blocked" }, { status: 503 });
    return Response.json(
      names.split(",").map((host) => ({
        ...{ container_id: host, container_name: host, host, port: PORT, labels: {}, forwarded: false },
        ...{ health_status: "healthy", last_stream_usage: null, streams: [] },
      })),
    );
  },
});

const proxy = spawn(
  binary,
  [
    ...["--listen", "127.0.0.1:0", "--orchestrator", `http://127.0.0.1:${orchestrator.port}`],
    ...["--log-format", "json", "--queue-timeout", "2s", "--state-dir", "none"],
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
let log = "";
const url = await new Promise<string>((resolve) => {
  proxy.stdout.on("data", (chunk) => {
    log += String(chunk);
    const [, found] = /"url":"([^"]+)"/.exec(log) ?? [];
    if (found !== undefined) resolve(found);
  });
});
// It looks again when it has taken what it was told: nobody is refused before it knows its engines.
while (looks < 2) await new Promise((resolve) => setTimeout(resolve, 20));
const answer = await fetch(`${url}/ace/getstream?id=${ID}`);
const { error } = (await answer.json()) as { error: { code: string; message: string } };
const { engines } = (await (await fetch(`${url}/api/v1/engines`)).json()) as { engines: { id: string }[] };
proxy.kill("SIGKILL");
await once(proxy, "exit");
console.log(JSON.stringify({ visits, elsewhere, error, engines: engines.map(({ id }) => id) }));
await Promise.all([metadata.stop(true), engine.stop(true), orchestrator.stop(true)]);
process.exit(0);
