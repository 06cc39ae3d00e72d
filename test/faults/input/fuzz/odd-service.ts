/** A server that answers each connection with bytes written by hand, and then closes it, or leaves it open for a while. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { damaged, word } from "./mutate.ts";

/** One answer, as it stands on the wire. */
export type Raw = Buffer;

export interface OddService extends AsyncDisposable {
  readonly port: number;
  /** What is answered from now on, by the target of the request. */
  answer(of: (target: string) => Raw): void;
}

export async function oddService(): Promise<OddService> {
  let answer: (target: string) => Raw = () => Buffer.of();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", (head) => {
      const target = /^[A-Z]+ (\S+)/.exec(head.toString("latin1"))?.[1] ?? "";
      socket.end(answer(target));
    });
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  return {
    port: (server.address() as AddressInfo).port,
    answer(of) {
      answer = of;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export const http = (body: string, status = 200, more = ""): string =>
  `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Bodies in answers that are whole, or damaged below HTTP. */
export const answersOf = (body: fc.Arbitrary<string>): fc.Arbitrary<Raw> => {
  const sound = fc
    .tuple(body, fc.constantFrom(200, 200, 200, 201, 204, 302, 401, 404, 422, 500, 503))
    .map(([text, status]) => Buffer.from(http(text, status)));
  const chunked = body.map((text) =>
    Buffer.from(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    ),
  );
  return fc.oneof(sound, chunked, damaged(sound), damaged(chunked));
};

/** Any JSON, with odd words for names and values, and in places deep. */
export const json: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  word,
  fc.constantFrom(30, 2_000).map((depth) => JSON.parse("[".repeat(depth) + "]".repeat(depth)) as unknown),
);
