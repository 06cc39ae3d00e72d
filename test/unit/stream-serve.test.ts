/** Bodies over Bun's own server and real sockets: what only shows there. */
import { describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import type { Clock } from "../../src/ports.ts";
import { until } from "../support/until.ts";
import { HandClock, liveClock, type Playback, streamWorld, type World } from "./stream-hand.ts";
import { PACKET, programme } from "./stream-packets.ts";

const STREAM = 1;
const FIVE_SECONDS = programme({ seconds: 5 }).bytes;
/** The same at 7.5 Mbit/s: what sockets hold of it is a few seconds. */
const HEAVY = programme({ seconds: 5, framePackets: 200 }).bytes;
/** More than the sockets between two ends hold. */
const A_LOT_BYTES = 64 * 1024 * 1024;
const SOCKETS_HOLD_BYTES = 24 * 1024 * 1024;

/** A connection that reads by hand. */
class Wire {
  readonly socket: Socket;
  bytes = 0;
  tail = "";
  /** How it ended: `closed` or the error's code; null: it has not. */
  over: string | null = null;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.over ??= error.code ?? error.message;
    });
    this.socket.on("close", () => {
      this.over ??= "closed";
    });
    this.socket.write("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  }

  read(): this {
    this.socket.on("data", (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.tail = (this.tail + chunk.toString("latin1")).slice(-16);
    });
    return this;
  }
}

async function serveWorld(clock: Clock) {
  const world = await streamWorld({ clock, bufferBytes: 512 * 1024 });
  let client = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    development: false,
    fetch: () =>
      new Response(world.streams.body(++client, STREAM), { headers: { "Content-Type": "video/mp2t" } }),
  });
  const wires: Wire[] = [];
  return {
    world,
    server,
    url: `http://127.0.0.1:${server.port}/`,
    /** Connects, and waits until the client is there. */
    async wire(): Promise<Wire> {
      const wire = new Wire(server.port ?? 0);
      wires.push(wire);
      const id = client + 1;
      await until("the client is there", () => world.streams.taken(id));
      return wire;
    },
    async [Symbol.asyncDispose]() {
      for (const { socket } of wires) socket.destroy();
      await server.stop(true);
      await world[Symbol.asyncDispose]();
    },
  };
}

/** Sends the same five seconds again and again, as fast as they are taken; answers how many bytes were. */
function flood(playback: Playback): { readonly sentBytes: number } {
  const sent = { sentBytes: 0 };
  const { response } = playback;
  const send = () => {
    while (sent.sentBytes < A_LOT_BYTES) {
      sent.sentBytes += HEAVY.length;
      if (!response.write(HEAVY)) return;
    }
  };
  response.on("drain", send);
  send();
  return sent;
}

async function begun(world: World): Promise<Playback> {
  const playback = await world.play(STREAM, 1);
  playback.send(FIVE_SECONDS);
  await until("media is told", () => world.told.includes("media 1"));
  return playback;
}

/** Resolves when `count` has stayed the same for a while. */
async function settled(count: () => number): Promise<number> {
  let before = -1;
  let turns = 0;
  return until("it moves no more", () => {
    turns = count() === before ? turns + 1 : 0;
    before = count();
    return turns >= 10 ? before : null;
  });
}

describe("over HTTP", () => {
  test("two clients get the same bytes", async () => {
    // Its time stands still: after two seconds whoever comes would not begin at the very start.
    await using serving = await serveWorld(new HandClock());
    const playback = await begun(serving.world);
    const bodies = await Promise.all([fetch(serving.url), fetch(serving.url)]);
    playback.send(FIVE_SECONDS);
    const texts = await Promise.all(
      bodies.map(async ({ body }) => {
        const parts: Uint8Array[] = [];
        let bytes = 0;
        for await (const part of body ?? []) {
          parts.push(part);
          bytes += part.length;
          if (bytes === 2 * FIVE_SECONDS.length) break;
        }
        return Buffer.concat(parts);
      }),
    );
    for (const text of texts)
      expect(Buffer.compare(text, Buffer.concat([FIVE_SECONDS, FIVE_SECONDS]))).toBe(0);
  });

  test("a client that reads 1 KiB and closes is told of, and disturbs nobody", async () => {
    await using serving = await serveWorld(liveClock);
    const playback = await begun(serving.world);
    const stays = (await serving.wire()).read();
    const response = await fetch(serving.url);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThanOrEqual(PACKET);
    await reader?.cancel();
    await until("it is told of", () => serving.world.told.includes("left 2: closed the connection"));
    const before = await settled(() => stays.bytes);
    playback.send(FIVE_SECONDS);
    await until("the other reads on", () => stays.bytes > before + FIVE_SECONDS.length);
    expect(serving.world.told).toHaveLength(2);
  });

  const goodbyes: [string, (socket: Socket) => void][] = [
    ["closes", (socket) => socket.destroy()],
    ["shuts down its side", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
  ];
  test.each(goodbyes)(
    "a client that %s is told of, while bytes flow, while there are none, while they are stuck",
    async (_, leave) => {
      await using serving = await serveWorld(new HandClock());
      const { told } = serving.world;
      const playback = await begun(serving.world);
      const silent = (await serving.wire()).read();
      await until("it has everything", () => serving.world.streams.taken(1)?.moreWaiting === false);
      leave(silent.socket);
      await until("the silent one is told of", () => told.includes("left 1: closed the connection"));

      flood(playback);
      const stuck = await serving.wire();
      const flowing = (await serving.wire()).read();
      await until("bytes flow", () => flowing.bytes > FIVE_SECONDS.length);
      leave(flowing.socket);
      await until("the flowing one is told of", () => told.includes("left 3: closed the connection"));
      // A connection whose bytes nobody takes learns of an orderly end only from the reset that follows it.
      stuck.socket.resetAndDestroy();
      await until("the stuck one is told of", () => told.includes("left 2: closed the connection"));
      expect(told).toHaveLength(4);
    },
  );

  test("a frozen client costs no more than its socket, is dropped, and its connection is broken", async () => {
    const clock = new HandClock();
    await using serving = await serveWorld(clock);
    const playback = await begun(serving.world);
    const reads = (await serving.wire()).read();
    const frozen = await serving.wire();
    frozen.socket.pause();
    flood(playback);
    // While the clock stands still the frozen one keeps up with it, and is waited for.
    await settled(() => reads.bytes);
    for (let second = 0; second < 15; second++) await clock.pass(1000);
    await until("the other has it all", () => reads.bytes > A_LOT_BYTES);
    const bytes = await settled(() => serving.world.streams.taken(2)?.bytes ?? 0);
    expect(bytes).toBeLessThan(SOCKETS_HOLD_BYTES);
    expect(serving.world.told).toEqual(["media 1"]);
    // The source is silent now; that ends the session some time, and is no matter here.
    await clock.pass(32_000);
    const left = serving.world.told.filter((line) => line.startsWith("left "));
    expect(left).toEqual(["left 2: takes nothing"]);
    await until("only the other's request is left", () => serving.server.pendingRequests === 1);
    frozen.read().socket.resume();
    await until("the connection is over", () => frozen.over !== null);
    expect(frozen.tail).not.toEndWith("\r\n0\r\n\r\n");
    expect(reads.over).toBeNull();
  });

  test("a client that is dropped while it waits has its connection broken, not ended", async () => {
    await using serving = await serveWorld(new HandClock());
    await begun(serving.world);
    const wire = (await serving.wire()).read();
    await until("it has everything", () => serving.world.streams.taken(1)?.moreWaiting === false);
    serving.world.streams.drop(1, "zapped");
    await until("the connection is over", () => wire.over !== null);
    expect(wire.over).toBe("ECONNRESET");
    expect(wire.tail).not.toEndWith("\r\n0\r\n\r\n");
    expect(serving.world.told).toEqual(["media 1"]);
  });
});

describe("a reader", () => {
  test("that must wait takes no more from the engine than its socket holds", async () => {
    await using world = await streamWorld({ clock: new HandClock() });
    const sent = flood(await world.play(STREAM, 1));
    // Nobody has come yet, so that the stream's start is kept.
    await until("media is told", () => world.told.includes("media 1"));
    expect(await settled(() => sent.sentBytes)).toBeLessThan(SOCKETS_HOLD_BYTES);
    expect(world.streams.figures(STREAM)?.bufferedBytes).toBeLessThanOrEqual(1024 * 1024);
  });

  test("is one of as many as there are streams", async () => {
    await using world = await streamWorld({ clock: new HandClock() });
    const count = 300;
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        (await world.play(index, index)).send(FIVE_SECONDS.subarray(0, 100 * PACKET));
      }),
    );
    await until("all play", () => world.told.length === count);
  }, 60_000);
});
