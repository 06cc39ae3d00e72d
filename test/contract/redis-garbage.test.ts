/** What the store's connection makes of a server that does not speak as one: the connection is lost, and nothing else. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import type { Command } from "../../src/leases/books.ts";
import { until } from "../support/until.ts";
import { at, openDoor } from "./redis-door.ts";
import { type RedisServer, redisServer } from "./redis-server.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await redisServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const BEAT: Command = { type: "beat", member: "a/1", ttl: 1_000, seen: 0, waiting: false, adopts: true };
/** An answer that is owed for so long breaks the connection: longer than this process may stand still. */
const ANSWER_MS = 3_000;

/** Something that a server says: once, or without end. */
interface Saying {
  readonly text: string;
  readonly isEndless?: boolean;
}

/** A server that passes everything on to a real one, until it is told what to say instead. */
interface Mouth extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  /** On all connections there are, and as the answer to whatever new ones ask. Null: the real one speaks. */
  say(what: Saying | null): void;
}

async function openMouth(to: number): Promise<Mouth> {
  const sockets = new Set<Socket>();
  let saying: Saying | null = null;
  const speak = (socket: Socket): void => {
    if (saying === null || socket.destroyed) return;
    const { text, isEndless = false } = saying;
    socket.write(text, () => {
      if (isEndless) setImmediate(() => speak(socket));
    });
  };
  const server = createServer((near) => {
    sockets.add(near);
    near.on("error", () => {});
    near.on("close", () => sockets.delete(near));
    const far = connect(to, "127.0.0.1");
    far.on("error", () => near.destroy());
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    far.on("data", (bytes) => void (saying === null && near.write(bytes)));
    let isFirst = true;
    near.on("data", (bytes) => {
      far.write(bytes);
      if (isFirst) speak(near);
      isFirst = false;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get connections() {
      return sockets.size;
    },
    say(what) {
      saying = what;
      for (const socket of sockets) speak(socket);
    },
    async [Symbol.asyncDispose]() {
      saying = null;
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const sayings: Readonly<Record<string, Saying>> = {
  "another protocol": { text: "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" },
  "bytes that are no text": { text: "\u0000\u0001\u0002\u0016\u0003\u0001\r\n\u0000" },
  "a text of 512 MB of which nothing comes": { text: "$536870912\r\n" },
  "a text of a length that is no number": { text: "$x9-\r\nabc\r\n" },
  "a text that is longer than any": { text: "$99999999999999999999\r\n" },
  "a list of 4,294,967,295 values that never come": { text: "*4294967295\r\n" },
  "a list of more values than a list can have": { text: "*99999999999999999999\r\n" },
  "lists in lists in lists": { text: "*1\r\n".repeat(200_000) },
  "answers that nobody asked for": { text: "+OK\r\n".repeat(1_000) },
  "errors that nobody asked for": { text: "-ERR no\r\n".repeat(1_000) },
  "messages that nobody subscribed to": { text: "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\ny\r\n".repeat(100) },
  "a list without end": { text: `*4294967295\r\n${":1\r\n".repeat(1_000)}`, isEndless: true },
  "a line without end": { text: `+${"x".repeat(4_000)}`, isEndless: true },
};

for (const [what, saying] of Object.entries(sayings))
  test.concurrent(`a server that says ${what}: the connection is lost, at its beginning or later, and joined again`, async () => {
    await using mouth = await openMouth(server.port);
    mouth.say(saying);
    await using door = openDoor(at(mouth.port), { answerMs: ANSWER_MS });
    const { store, told } = door;
    const last = (): string | undefined => told.at(-1);
    await until("it is down", () => last()?.startsWith("down: "));
    await expect(store.ask(BEAT)).rejects.toThrow();
    mouth.say(null);
    await until("it is up", () => last() === "up");
    mouth.say(saying);
    const answer = await store.ask(BEAT).then(
      () => "an answer",
      () => "none",
    );
    expect(answer).toBe("none");
    await until("it is down again", () => last()?.startsWith("down: "));
    mouth.say(null);
    await until("it is up again", () => last() === "up");
    expect((await store.ask(BEAT)).type).toBe("beaten");
    // Nothing is left of those that were lost: one for commands, one for changes.
    await until("the others are closed", () => mouth.connections === 2);
  }, 60_000);
