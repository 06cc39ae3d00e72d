/**
 * The proxy inside a Hono application that is there already: the application keeps its own routes, the proxy has
 * everything below /tv. Links that it writes, in the playlist and in the page, carry the prefix.
 *
 *     node main.ts [PORT] [PLAYLIST] [ENGINE…]
 */
import { serve } from "@hono/node-server";
import { createProxy } from "aceslot";
import { Hono } from "hono";
import { mount } from "hono/mount";

const [port = "3000", playlist = "channels.m3u", ...engines] = process.argv.slice(2);

const proxy = createProxy({
  basePath: "/tv",
  playlists: [playlist],
  engines: engines.length > 0 ? engines : undefined,
});

const app = new Hono();
app.get("/", (context) => context.html('<h1>Home</h1><a href="/tv/">Television</a>'));
app.get("/now", (context) =>
  context.json({ playing: proxy.streams().map(({ contents }) => contents[0]), waiting: proxy.waiting }),
);
// Takes the prefix off, and passes on what the server knows of the connection. Older Hono: `app.mount("/tv", proxy.fetch)`.
app.all("/tv/*", mount(proxy.fetch));

serve({ fetch: app.fetch, port: Number(port) }, ({ port }) => console.log(`http://127.0.0.1:${port}/`));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await proxy.close(); // Every engine is told to stop what plays.
    process.exit();
  });
