/** One player over a bare socket: a thousand of them must cost this machine less than what they test. */
import type { Socket } from "bun";
import { Answer, Numbers } from "./numbers.ts";

export type Ending =
  /** It left by itself. */
  | "left"
  /** The proxy broke the connection off, in mid-play or before. */
  | "broken"
  /** A clean end, which a stream that is not over never has. */
  | "clean"
  /** Another status than 200. */
  | { readonly refused: number };

export interface ClientEvents {
  /** Its first byte of media, ms after it began to connect. */
  first(ms: number): void;
  gap(missing: number, isSeam: boolean): void;
  over(ending: Ending): void;
}

export class WireClient {
  readonly content: string;
  isPlaying = false;
  readonly #events: ClientEvents;
  readonly #numbers: Numbers;
  readonly #beganMs = performance.now();
  #socket: Socket | null = null;
  #isOver = false;

  constructor(
    place: { readonly port: number; readonly agent: string },
    content: string,
    events: ClientEvents,
  ) {
    this.content = content;
    this.#events = events;
    this.#numbers = new Numbers({ gap: (missing, isSeam) => events.gap(missing, isSeam) });
    const answer = new Answer((bytes) => this.#take(answer.status, bytes));
    const request = `GET /ace/getstream?id=${content} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: ${place.agent}\r\n\r\n`;
    Bun.connect({
      hostname: "127.0.0.1",
      port: place.port,
      socket: {
        open: (socket) => {
          this.#socket = socket;
          if (this.#isOver) socket.terminate();
          else socket.write(request);
        },
        data: (_socket, bytes) => {
          answer.push(bytes);
          if (answer.status !== 0 && answer.status !== 200) this.#end({ refused: answer.status });
          else if (answer.isOver) this.#end("clean");
        },
        close: () => this.#end("broken"),
        error: () => this.#end("broken"),
        connectError: () => this.#end("broken"),
      },
    }).catch(() => this.#end("broken"));
  }

  get broken(): number {
    return this.#numbers.broken;
  }

  get packets(): number {
    return this.#numbers.packets;
  }

  /** Stops reading, or goes on. */
  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  /** With a proper end of the connection, or without. */
  leave(isPolite: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isPlaying = false;
    if (isPolite) this.#socket?.end();
    else this.#socket?.terminate();
    this.#events.over("left");
  }

  #take(status: number, bytes: Buffer): void {
    if (status !== 200 || this.#isOver) return;
    if (!this.isPlaying) {
      this.isPlaying = true;
      this.#events.first(performance.now() - this.#beganMs);
    }
    this.#numbers.push(bytes);
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isPlaying = false;
    this.#socket?.terminate();
    this.#events.over(ending);
  }
}
