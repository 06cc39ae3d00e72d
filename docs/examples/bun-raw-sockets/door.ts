/**
 * HTTP/1.1 on bare TCP sockets, as little of it as players need: GET and HEAD, one request a connection. It stands
 * before any `fetch(request)`, and writes what the body gives straight into the socket: no faster than the client takes it.
 *
 * Bodies have no length here, so the end of the connection is the end of the body (RFC 9112, 6.3). A body that errs must
 * not look like one that is over: its connection is reset instead of closed.
 */
import type { Socket, TCPSocketListener } from "bun";
import { read, refused } from "./head.ts";

const HEAD_BYTES_MAX = 16 * 1024;
const HEAD_SECONDS = 10;

export type Fetch = (
  request: Request,
  connection: { readonly address: string },
) => Response | Promise<Response>;

export interface Door {
  readonly port: number;
  /** Bytes of bodies that sockets have taken so far. */
  readonly bytes: number;
  /** Connections that are being answered now. */
  readonly connections: number;
  /** Takes no new connections, and breaks off those that are open. */
  stop(): void;
}

/** What is known of one connection. */
interface Connection {
  /** What has come of the request's head; null: it is complete, and whatever comes now is ignored. */
  head: string | null;
  /** Goes on with a write when the socket has room again, or is closed. */
  wake: (() => void) | null;
  /** The client is gone: aborts the request. */
  readonly gone: AbortController;
}
type Client = Socket<Connection>;

export function openDoor(port: number, fetch: Fetch): Door {
  const count = { bytes: 0, connections: 0 };
  const listener: TCPSocketListener<Connection> = Bun.listen<Connection>({
    hostname: "0.0.0.0",
    port,
    socket: {
      open(client) {
        client.data = { head: "", wake: null, gone: new AbortController() };
        client.timeout(HEAD_SECONDS);
      },
      data(client, bytes) {
        const { data } = client;
        if (data.head === null) return;
        data.head += bytes.toString("latin1");
        const end = data.head.indexOf("\r\n\r\n");
        if (end === -1 && data.head.length <= HEAD_BYTES_MAX) return;
        const isLong = end === -1 || end > HEAD_BYTES_MAX;
        const asked = isLong ? refused(431) : read(data.head.slice(0, end), data.gone.signal);
        data.head = null;
        // From here on the proxy minds the time: it breaks off a client that takes no byte.
        client.timeout(0);
        count.connections += 1;
        void answer(client, asked, fetch, count).finally(() => {
          count.connections -= 1;
        });
      },
      drain: ({ data }) => data.wake?.(),
      close({ data }) {
        data.gone.abort();
        data.wake?.();
      },
      timeout: (client) => client.terminate(),
      // `close` comes after it.
      error() {},
    },
  });
  return {
    port: listener.port,
    get bytes() {
      return count.bytes;
    },
    get connections() {
      return count.connections;
    },
    stop: () => listener.stop(true),
  };
}

async function answer(
  client: Client,
  asked: Request | Response,
  fetch: Fetch,
  count: { bytes: number },
): Promise<void> {
  try {
    const { status, headers, body } =
      asked instanceof Response ? asked : await fetch(asked, { address: client.remoteAddress });
    headers.set("Connection", "close");
    headers.set("Date", new Date().toUTCString());
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const socket = new WritableStream<Uint8Array>({
      start: () => write(client, Buffer.from(`HTTP/1.1 ${status} \r\n${lines}\r\n`, "latin1")),
      async write(chunk) {
        await write(client, chunk);
        count.bytes += chunk.length;
      },
    });
    if (body !== null && asked instanceof Request && asked.method === "GET")
      // A client that leaves cancels the body at once, even one that gives nothing just now.
      await body.pipeTo(socket, { signal: client.data.gone.signal });
    else {
      await body?.cancel();
      await socket.close();
    }
    client.end();
  } catch {
    client.terminate();
  }
}

/** Resolves when the socket has taken all of it; rejects when it is closed. */
async function write(client: Client, bytes: Uint8Array): Promise<void> {
  for (let left = bytes; ; ) {
    const taken = client.write(left);
    if (taken < 0) throw new Error("the client is gone");
    if (taken === left.length) return;
    left = left.subarray(taken);
    await new Promise<void>((room) => {
      client.data.wake = room;
    });
  }
}
