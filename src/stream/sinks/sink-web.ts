/**
 * A client's body as a web stream: for every runtime that has no way of its own.
 * `pull` is called when the connection has taken what came before; nothing is kept here.
 */
import type { ClientSink } from "./sink.ts";

export const webSink: ClientSink = (source, breakOff) => {
  let control: ReadableStreamDefaultController<Uint8Array> | null = null;
  let over = false;
  let isCancelled = false;
  let wake = (): void => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        control = controller;
      },
      async pull(controller) {
        for (;;) {
          if (over) return;
          const chunk = source.take();
          if (chunk !== null) {
            controller.enqueue(chunk);
            return;
          }
          if (source.isOver) {
            over = true;
            controller.close();
            source.gone("the content is over");
            return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
            source.whenReady(resolve);
          });
        }
      },
      cancel() {
        isCancelled = true;
        if (over) return;
        over = true;
        source.gone("closed the connection");
        wake();
      },
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    break(reason) {
      if (over) return;
      over = true;
      const err = (): void => {
        if (!isCancelled) control?.error(new BrokenOff(reason));
      };
      if (breakOff === undefined) err();
      else {
        breakOff();
        // Of a connection that has ended the server cancels the body. Somebody else may be reading it, though.
        setTimeout(err, 0);
      }
      wake();
    },
  };
};

/** Servers print it: one line says all there is to say, and where it was made nothing. */
class BrokenOff extends Error {
  override readonly name = "BrokenOff";

  constructor(reason: string) {
    super(`a client was broken off: ${reason}`);
    this.stack = `${this.name}: ${this.message}`;
  }
}
