/**
 * A client's body on Bun, as a stream of type "direct", which writes to the socket itself.
 *
 * Found on Bun 1.4.5: `write` answers a promise as soon as the socket is full, and that promise (not the one of
 * `flush`) must be awaited, or everything is buffered; it settles when the socket has drained. `close(error)`
 * resets the connection at once, even of a client that has stopped reading, which no error of a web stream
 * does; `end()` would end the body cleanly. `cancel()` tells of every disconnect within milliseconds: closed,
 * reset or half-closed (so a client that shuts down its sending side is gone), while bytes flow, wait or are
 * stuck. The request's `signal` fires at the same moments, so it is not needed. A body that errs within the tick
 * in which it is first asked for bytes makes Bun print a stack trace; a tick later the connection is just reset.
 */
import type { ClientSink } from "./sink.ts";

interface DirectController {
  write(chunk: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  close(error?: Error): void;
}

interface DirectSource {
  readonly type: "direct";
  pull(controller: DirectController): Promise<void>;
  cancel(): void;
}

const DirectStream = ReadableStream as unknown as new (source: DirectSource) => ReadableStream<Uint8Array>;

export const isBun = "Bun" in globalThis;

export const bunSink: ClientSink = (source) => {
  let control: DirectController | null = null;
  let broken: Error | null = null;
  let over = false;
  let isCancelled = false;
  let canBreak = false;
  let wake: (() => void) | null = null;

  function breakOff(): void {
    if (broken !== null && !isCancelled) control?.close(broken);
    wake?.();
  }

  const body = new DirectStream({
    type: "direct",
    async pull(controller) {
      control = controller;
      setTimeout(() => {
        canBreak = true;
        if (broken !== null) breakOff();
      }, 0);
      while (!over) {
        const chunk = source.take();
        if (chunk === null && source.isOver) {
          over = true;
          source.gone("the content is over");
          // To return ends the body cleanly.
          return;
        }
        if (chunk === null) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            source.whenReady(resolve);
          });
          continue;
        }
        const room = controller.write(chunk);
        if (typeof room !== "number") await room;
        if (over) break;
        const sent = controller.flush();
        if (typeof sent !== "number") await sent;
      }
      // To return now would end the body cleanly.
      if (!canBreak && !isCancelled) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    cancel() {
      isCancelled = true;
      if (!over) {
        over = true;
        source.gone("closed the connection");
      }
      wake?.();
    },
  });
  return {
    body,
    break(reason) {
      if (over) return;
      over = true;
      broken = new Error(reason);
      if (canBreak) breakOff();
    },
  };
};
