// A user's program: every entry, on whatever runtime runs it. It ends by itself when all is closed.
import { ConfigError, createProxy, createSelector } from "aceslot";
import { checkModel } from "aceslot/check";
import { createSelector as createSelectorAlone, SelectorError } from "aceslot/selector";
import { contentId, startSimEngine } from "aceslot/sim";
import { SLOT_TABLE, slotMachine } from "aceslot/slot";

const PACKET_BYTES = 188;
const WANTED_BYTES = 500 * PACKET_BYTES;
const told = {};

// The allocator: two who want the one place, in order.
const selector = createSelectorAlone({
  resources: [{ id: "gpu" }],
  open: ({ resource }) => `opened ${resource}`,
});
const first = await selector.acquire();
const second = selector.acquire();
const refused = await selector.acquire({ timeoutMs: 0 }).catch((error) => error);
await first.release();
told.selector = {
  value: (await second).value,
  refused: refused instanceof SelectorError ? refused.code : String(refused),
  isSame: createSelector === createSelectorAlone,
};
await (await second).release();
await selector.close();

// The checker, on the smallest model.
const cups = (most) =>
  checkModel({
    name: "two cups",
    begin: { full: 0 },
    happenings: ({ full }) => (full < most ? ["fill"] : ["drink"]),
    next: ({ full }, what) => ({ full: what === "fill" ? full + 1 : full - 1 }),
    properties: [
      {
        kind: "always",
        name: "no spill",
        sentence: "No more than two cups are full.",
        sometimes: "two cups are full",
        check: ({ full }) => (full > 2 ? `${full} are full` : full === 2),
      },
    ],
  }).verdict;
told.check = [cups(2), cups(3)];

// The machine.
told.slot = [slotMachine.id, SLOT_TABLE.free.reserve];

// The proxy, over real HTTP, in front of an engine that plays.
const engine = await startSimEngine();
const proxy = createProxy({ engines: [engine.address], lingerMs: 0 });
const transitions = [];
proxy.on("transition", ({ from, to }) => transitions.push(`${from} ${to}`));
const server = await serve(proxy.fetch);
const leaving = new AbortController();
const answer = await fetch(`${server.url}/ace/getstream?id=${contentId(1)}`, { signal: leaving.signal });
const reader = answer.body.getReader();
let bytes = new Uint8Array();
while (bytes.length < WANTED_BYTES) {
  const { value, done } = await reader.read();
  if (done) throw new Error(`it ended after ${bytes.length} bytes`);
  bytes = Uint8Array.from([...bytes, ...value]);
}
told.proxy = {
  status: answer.status,
  type: answer.headers.get("content-type"),
  isTransportStream: Array.from({ length: 500 }, (_, n) => bytes[n * PACKET_BYTES]).every(
    (byte) => byte === 0x47,
  ),
  page: (await (await fetch(`${server.url}/`)).text()).includes("<title>"),
  streams: proxy.streams().length,
};
leaving.abort();
while (proxy.clients().length > 0) await new Promise((done) => setTimeout(done, 10));
await proxy.close();
told.proxy.load = engine.load;
told.proxy.transitions = transitions;
await server.close();
await engine.close();
try {
  createProxy({ maxStreamsPerEngine: 0 });
} catch (error) {
  told.error = [error instanceof ConfigError, error.code];
}
console.log(JSON.stringify(told));

async function serve(handle) {
  if ("Deno" in globalThis) {
    const running = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handle);
    return { url: `http://127.0.0.1:${running.addr.port}`, close: () => running.shutdown() };
  }
  if ("Bun" in globalThis) {
    const running = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: handle });
    return { url: `http://127.0.0.1:${running.port}`, close: () => running.stop(true) };
  }
  const { serve: serveNode } = await import("@hono/node-server");
  const running = await new Promise((done) => {
    const started = serveNode({ fetch: handle, hostname: "127.0.0.1", port: 0 }, () => done(started));
  });
  return {
    url: `http://127.0.0.1:${running.address().port}`,
    close: () =>
      new Promise((done) => {
        running.close(done);
        running.closeAllConnections();
      }),
  };
}
