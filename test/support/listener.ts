/** Someone who listens to a feed of events, over a socket of its own. */
import { connect, type Socket } from "node:net";
import { until } from "./until.ts";

export interface FeedEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: unknown;
}

export interface FeedListener {
  readonly status: number | null;
  readonly head: string;
  readonly events: readonly FeedEvent[];
  /** Comments so far. */
  readonly comments: number;
  /** How the connection ended; null: it has not. `whole`: the answer came to its end. */
  readonly over: "whole" | "broken" | null;
  /** The journal's lines among the events. `hello` has an id too, that of the line before them. */
  lines(): FeedEvent[];
  /** The ids of those. */
  ids(): string[];
  /** Takes nothing from now on. */
  pause(): void;
  leave(): void;
  [Symbol.dispose](): void;
}

/** Connects and reads; resolves when the answer has begun. */
export async function listen(
  base: string,
  target = "/api/v1/events",
  headers: readonly string[] = [],
): Promise<FeedListener> {
  const { hostname, port } = new URL(base);
  const socket: Socket = connect(Number(port), hostname);
  let head = "";
  /** What has come and is no whole chunk, or no whole event, yet. */
  let raw = "";
  let body = "";
  const events: FeedEvent[] = [];
  let comments = 0;
  let over: FeedListener["over"] = null;
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    raw += part;
    if (head === "") [head, raw] = headAndRest(raw);
    if (head === "") return;
    const [chunks, rest] = wholeChunks(raw);
    raw = rest;
    const blocks = (body + chunks).split("\n\n");
    body = blocks.pop() ?? "";
    for (const block of blocks) {
      if (block.startsWith(":")) comments++;
      const event = eventOf(block);
      if (event !== null) events.push(event);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    over = raw === "0\r\n\r\n" ? "whole" : "broken";
  });
  socket.write(
    [`GET ${target} HTTP/1.1`, `Host: ${hostname}:${port}`, ...headers, "Connection: close", "", ""].join(
      "\r\n",
    ),
  );
  const lines = () => events.filter(({ id, event }) => id !== null && event !== "hello");
  const listener: FeedListener = {
    get status() {
      const [, status] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
      return status === undefined ? null : Number(status);
    },
    get head() {
      return head;
    },
    events,
    get comments() {
      return comments;
    },
    get over() {
      return over;
    },
    lines,
    ids: () => lines().flatMap(({ id }) => id ?? []),
    pause: () => void socket.pause(),
    leave: () => void socket.destroy(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
  await until("the answer begins", () => head !== "" || over !== null);
  return listener;
}

function headAndRest(text: string): [head: string, rest: string] {
  const end = text.indexOf("\r\n\r\n");
  return end === -1 ? ["", text] : [text.slice(0, end), text.slice(end + 4)];
}

/** What whole chunks hold, and what is left. Lengths count bytes: all that is sent here must be ASCII. */
function wholeChunks(text: string): [whole: string, rest: string] {
  let whole = "";
  let at = 0;
  for (;;) {
    const end = text.indexOf("\r\n", at);
    const length = end === -1 ? 0 : Number.parseInt(text.slice(at, end), 16);
    // The last chunk, which is empty, stays.
    if (!(length > 0) || text.length < end + 4 + length) return [whole, text.slice(at)];
    whole += text.slice(end + 2, end + 2 + length);
    at = end + 4 + length;
  }
}

function eventOf(block: string): FeedEvent | null {
  const fields = new Map(
    block.split("\n").map((line) => {
      const [name = "", ...rest] = line.split(": ");
      return [name, rest.join(": ")] as const;
    }),
  );
  const event = fields.get("event");
  if (event === undefined) return null;
  return { id: fields.get("id") ?? null, event, data: JSON.parse(fields.get("data") ?? "null") as unknown };
}
