/** A program that breaks clients off in every state they can be in, and says how that ended for them. */
import { serveBun } from "../../src/http/serve-bun.ts";
import { bunSink } from "../../src/stream/sinks/sink-bun.ts";
import { until } from "../support/until.ts";
import { Program } from "./stream-media.ts";
import { streamWorld } from "./stream-world.ts";

await using world = await streamWorld();
const program = new Program(8_000_000);
const playback = await world.play(1, 1);
const waitsForFirst = world.client(1, 1);
await until("the first is served", () => world.streams.taken(1));
const unborn = world.client(2, 9);
await until("the second is over", () => unborn.over);
world.streams.drop(1, "stopped");

// In the very moment in which it is first asked for bytes.
const server = serveBun({ host: "127.0.0.1", port: 0 }, async () => {
  const sink = bunSink({
    take() {
      sink.break("stopped");
      return null;
    },
    whenReady: (wake) => wake(),
    gone() {},
  });
  return new Response(sink.body);
});
const atOnce = await fetch(`http://127.0.0.1:${server.port}/`)
  .then((answer) => answer.bytes())
  .then(
    () => "clean",
    () => "broken",
  );
await server.stop();

await playback.send(program.seconds(1));
const waitsForMore = world.client(3, 1);
await waitsForMore.take(25 * program.frameBytes);
waitsForMore.thaw();
const frozen = world.client(4, 1, { frozen: true });
const leaves = world.client(5, 1, { frozen: true });
await playback.send(program.seconds(6));
await until("sockets are full", () =>
  [4, 5].every((client) => world.streams.taken(client)?.moreWaiting === true),
);
leaves.leave();
await world.hasTold("left 5");
world.streams.close(1, "over");
frozen.thaw();
const clients = [waitsForFirst, unborn, waitsForMore, frozen];
await until("all are over", () => clients.every(({ over }) => over !== null));
process.stdout.write(`${[atOnce, ...clients.map(({ over }) => over)].join(" ")}\n`);
