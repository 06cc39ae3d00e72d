/** One client of a stream, cheap enough for hundreds: a socket that counts bytes and says what became of it. */
import { connect } from "node:net";

export type ClientState = "asking" | "playing" | "refused" | "broken" | "left";

export interface Client {
  readonly content: string;
  /** Index of the proxy that was asked. */
  readonly proxy: number;
  readonly state: ClientState;
  /** It played, whatever came later. */
  readonly played: boolean;
  /** Status and code of a refusal, such as `503 no_capacity`. */
  readonly refusal: string | null;
  readonly bytes: number;
  readonly askedAtMs: number;
  /** When the state was entered, by `performance.now()`. */
  readonly sinceMs: number;
  leave(): void;
}

/** So much of an answer is kept to read what it says. */
const HEAD_CHARACTERS_MAX = 4096;

/** `tell`: called on every change of state. */
export function ask(
  options: { readonly host: string; readonly port: number; readonly content: string; readonly proxy: number },
  tell: (client: Client) => void = () => {},
): Client {
  const askedAtMs = performance.now();
  let state: ClientState = "asking";
  let sinceMs = askedAtMs;
  let refusal: string | null = null;
  let played = false;
  let bytes = 0;
  let text = "";
  const turn = (next: ClientState): void => {
    if (state === next || state === "left" || state === "refused" || state === "broken") return;
    state = next;
    played ||= next === "playing";
    sinceMs = performance.now();
    tell(client);
  };
  const socket = connect({ host: options.host, port: options.port });
  socket.write(
    `GET /ace/getstream?id=${options.content} HTTP/1.1\r\nHost: ${options.host}:${options.port}\r\nConnection: close\r\n\r\n`,
  );
  socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (state === "playing") return;
    if (text.length < HEAD_CHARACTERS_MAX) text += chunk.toString("latin1");
    const bodyAt = text.indexOf("\r\n\r\n");
    if (bodyAt >= 0 && text.startsWith("HTTP/1.1 200") && bytes > bodyAt + 4) {
      text = "";
      turn("playing");
    }
  });
  const over = (): void => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    if (status !== undefined && status !== "200") {
      refusal = `${status} ${/"code":\s*"(\w+)"/.exec(text)?.[1] ?? "?"}`;
      turn("refused");
    } else turn("broken");
  };
  socket.on("error", over);
  socket.on("end", over);
  socket.on("close", over);
  const client: Client = {
    content: options.content,
    proxy: options.proxy,
    get state() {
      return state;
    },
    get played() {
      return played;
    },
    get refusal() {
      return refusal;
    },
    get bytes() {
      return bytes;
    },
    askedAtMs,
    get sinceMs() {
      return sinceMs;
    },
    leave() {
      turn("left");
      socket.destroy();
    },
  };
  return client;
}
