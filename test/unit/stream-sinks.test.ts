/** How bytes leave: as a web stream, and broken off without a word on Bun's own server. */
import { expect, spyOn, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { CHUNK_BYTES, CHUNK_BYTES_MAX, QUICK_CHUNK_MS } from "../../src/stream/limits.ts";
import { breakOffOf } from "../../src/stream/sinks/connection-node.ts";
import { webSink } from "../../src/stream/sinks/sink-web.ts";
import { lookAt, PACKET, Program } from "./stream-media.ts";
import { streamWorld } from "./stream-world.ts";

const CHUNK = new Uint8Array(10 * PACKET).fill(0x47);

/** A client with so many chunks, which then waits for more. */
class Stock {
  takes = 0;
  readonly gone_: string[] = [];
  #wake: (() => void) | null = null;
  #chunks: number;

  constructor(chunks: number) {
    this.#chunks = chunks;
  }

  add(): void {
    this.#chunks += 1;
    this.#wake?.();
    this.#wake = null;
  }

  take(): Uint8Array | null {
    if (this.#chunks === 0) return null;
    this.#chunks -= 1;
    this.takes += 1;
    return CHUNK;
  }

  whenReady(wake: () => void): void {
    if (this.#chunks > 0) wake();
    else this.#wake = wake;
  }

  gone(reason: string): void {
    this.gone_.push(reason);
  }
}

test("a web stream takes a chunk when it is read, and no sooner", async () => {
  const stock = new Stock(3);
  const reader = webSink(stock).body.getReader();
  await Promise.resolve();
  expect(stock.takes).toBe(0);
  await reader.read();
  expect(stock.takes).toBe(1);
  await reader.read();
  expect(stock.takes).toBe(2);
  await reader.cancel();
});

test("a web stream gives more at once to whoever takes it quickly, and little to whoever does not", async () => {
  let nowMs = 1_000;
  const clock = spyOn(performance, "now").mockImplementation(() => nowMs);
  const asked: (number | undefined)[] = [];
  const take = (bytesMax?: number): Uint8Array => {
    asked.push(bytesMax);
    return CHUNK;
  };
  try {
    const reader = webSink({ take, whenReady() {}, gone() {} }).body.getReader();
    for (const passedMs of [0, 1, 1, 1, 1, QUICK_CHUNK_MS, 1]) {
      nowMs += passedMs;
      await reader.read();
    }
    await reader.cancel();
  } finally {
    clock.mockRestore();
  }
  const sizes = [1, 2, 4, 8, 8, 1, 2].map((times) => times * CHUNK_BYTES);
  expect(asked).toEqual(sizes);
  expect(Math.max(...sizes)).toBe(CHUNK_BYTES_MAX);
});

test("a web stream that waits goes on with the next bytes", async () => {
  const stock = new Stock(0);
  const reader = webSink(stock).body.getReader();
  for (let i = 1; i <= 3; i++) {
    const read = reader.read();
    await Promise.resolve();
    stock.add();
    expect((await read).value?.length).toBe(CHUNK.length);
  }
  await reader.cancel();
});

test("a web stream tells once that it was left, and takes nothing more", async () => {
  for (const chunks of [0, 2]) {
    const stock = new Stock(chunks);
    const sink = webSink(stock);
    const reader = sink.body.getReader();
    const read = reader.read();
    if (chunks > 0) await read;
    await reader.cancel();
    sink.break("too late");
    const { takes } = stock;
    stock.add();
    await Promise.resolve();
    expect(stock.takes).toBe(takes);
    expect(stock.gone_).toHaveLength(1);
  }
});

test("a web stream that is broken off errs, whether it is waited for, read later or never began", async () => {
  const waiting = new Stock(0);
  const sink = webSink(waiting);
  const read = sink.body.getReader().read();
  await Promise.resolve();
  sink.break("stopped");
  await expect(read).rejects.toThrow("stopped");

  const full = webSink(new Stock(5));
  full.break("stopped");
  await expect(full.body.getReader().read()).rejects.toThrow("stopped");
  expect(waiting.gone_).toEqual([]);
});

test("a web stream with a way to break its connection uses that, and errs only for a reader that goes on", async () => {
  let broken = 0;
  const breakOff = (): void => {
    broken += 1;
  };
  const sinks = [0, 1].map(() => webSink(new Stock(0), breakOff));
  const [left, readOn] = sinks.map(({ body }) => body.getReader());
  const reads = [left?.read(), readOn?.read()] as const;
  for (const sink of sinks) sink.break("stopped");
  expect(broken).toBe(2);
  // As servers do when a connection has ended.
  await left?.cancel();
  expect(await reads[0]).toEqual({ done: true, value: undefined });
  await expect(reads[1]).rejects.toThrow("a client was broken off: stopped");
});

test("only a connection of node:http can be broken by its own means", () => {
  let destroyed = 0;
  const outgoing = {
    destroy() {
      destroyed += 1;
    },
  };
  breakOffOf({ incoming: {}, outgoing })?.();
  breakOffOf({ outgoing: { ...outgoing, socket: { resetAndDestroy: refuse } } })?.();
  expect(destroyed).toBe(2);
  for (const other of [undefined, null, "x", {}, { incoming: {} }, { outgoing: null }, { remoteAddr: {} }])
    expect(breakOffOf(other)).toBeUndefined();
});

/** As sockets of TLS do. */
const refuse = (): never => {
  throw new TypeError("not a TCP socket");
};

test("clients of web streams get the same, and are told of in the same way", async () => {
  await using world = await streamWorld({ sink: webSink });
  const program = new Program(2_000_000);
  const playback = await world.play(1, 1);
  const stays = world.client(1, 1);
  const leaves = world.client(2, 1);
  const media = program.seconds(4);
  await playback.send(media);
  for (const client of [stays, leaves]) await client.take(media.length);
  expect(stays.body.equals(media)).toBe(true);
  expect(lookAt(leaves.body)).toMatchObject({ breaks: 0, unaligned: 0 });
  leaves.leave();
  await world.hasTold("left 2");
  world.streams.drop(1, "stopped");
  stays.thaw();
  expect(world.told).toEqual(["media 1", "left 2"]);
});

test("clients that are broken off or leave print nothing and upset nothing, whatever they were doing", async () => {
  const program = fileURLToPath(new URL("./stream-breaking.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, program], { stdout: "pipe", stderr: "pipe" });
  const [said, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect(errors).toBe("");
  expect(said).toBe("broken broken broken broken broken\n");
  expect(await child.exited).toBe(0);
});
