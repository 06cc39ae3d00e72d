/** What a shared store answers: its words checked one by one, and bytes of a server that is none, through a real connection. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { createRedisStore } from "../../../../src/leases/redis.ts";
import { readAnswer, readBooks, readChange } from "../../../../src/leases/redis-answers.ts";
import { SILENT } from "../../../../src/log.ts";
import { at } from "../../../contract/redis-door.ts";
import { damaged, damagedText, word } from "./mutate.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const LEASE = { id: "a/1", owner: "a", fence: 1, contents: ["id:a"], detail: "{}" };
const HEAD = { fence: 3, seq: 9, recoveringMs: 0, isMember: true };
const SOUND = [
  { ...HEAD, type: "granted", held: [LEASE] },
  { ...HEAD, type: "refused", why: "full", waitMs: 1, held: [LEASE] },
  { ...HEAD, type: "beaten", orphans: [{ ...LEASE, place: "e:1" }] },
  { ...HEAD, type: "joined", lost: ["a"] },
  { seq: 1, place: "e:1", held: [LEASE], queue: [] },
  {
    run: null,
    time: 1,
    clock: 1,
    fence: 1,
    seq: 1,
    grantsFrom: 0,
    ttl: 1,
    hasOrphans: false,
    engines: [["e:1", [LEASE]]],
    members: [["a", { end: 1, info: "" }]],
    queue: [],
    freed: [],
  },
].map((value) => JSON.stringify(value));
const words = fc.oneof(damagedText(fc.constantFrom(...SOUND)), fc.json(), word);

/** Answers as RESP writes them. */
const resp: fc.Arbitrary<Buffer> = damaged(
  fc
    .oneof(
      words.map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`),
      fc.constantFrom(
        "+OK\r\n",
        "-ERR no\r\n",
        ":1\r\n",
        "$-1\r\n",
        "*-1\r\n",
        "*1\r\n$2\r\nab\r\n",
        "$9999999999\r\n",
        "*9999999999\r\n",
      ),
      fc.constantFrom(10, 5_000).map((depth) => "*1\r\n".repeat(depth)),
      fc.constantFrom("HTTP/1.1 400 Bad Request\r\n\r\n", "\u0016\u0003\u0001"),
    )
    .map((text) => Buffer.from(text)),
);

function wordsHold(text: unknown): void {
  for (const read of [readAnswer, readBooks])
    try {
      must(typeof read(text) === "object", "what is read is an object");
    } catch (error) {
      must(error instanceof Error && error.constructor === Error, `it is refused in words: ${String(error)}`);
      mustBeOneLine(error.message, 300);
    }
  readChange(text);
}

const ANSWER_MS = 300;
/** By when it must be told, on a machine that has much else to do. */
const TOLD_MS = 30_000;
/** Each of them mostly waits for its time-out. */
const AT_ONCE = 20;

/** A connection that comes about, or a reason why not; whatever it was, it ends when it is closed. */
async function bytesHold(answers: readonly Buffer[]): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let turn = 0;
    socket.on("data", () => void socket.write(answers[turn++ % answers.length] ?? Buffer.of()));
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  const { port } = server.address() as AddressInfo;
  const address = at(port, { password: "s3cret-word" });
  const store = createRedisStore({ address, prefix: "fuzz", caFile: null, answerMs: ANSWER_MS, log: SILENT });
  const told = new Promise<string>((tell) => store.open({ change() {}, up: () => tell(""), down: tell }));
  const why = await Promise.race([
    told,
    new Promise<null>((late) => setTimeout(late, TOLD_MS, null).unref()),
  ]);
  must(why !== null, "the store is told to be there or not");
  if (why !== "") mustBeOneLine(why, 1_000);
  must(!why.includes("s3cret-word"), "nobody is told the password");
  await store.close();
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
}

export const storeWords: Target = {
  name: "store",
  short: 600,
  run: (plan) => each(plan, fc.oneof(words, fc.anything()), wordsHold),
};

export const storeBytes: Target = {
  name: "resp",
  short: 4,
  async run({ seed, runs }) {
    const some = fc.array(fc.array(resp, { minLength: 1, maxLength: 3 }), {
      minLength: AT_ONCE,
      maxLength: AT_ONCE,
    });
    const batches = await each({ seed, runs: Math.ceil(runs / AT_ONCE) }, some, async (batch) => {
      await Promise.all(batch.map(bytesHold));
    });
    return batches * AT_ONCE;
  },
};
