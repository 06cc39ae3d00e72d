/**
 * A client's body as a web stream: for every runtime that has no way of its own.
 * `pull` is called when the connection has taken what came before; nothing is kept here.
 */
import { CHUNK_BYTES, CHUNK_BYTES_MAX, QUICK_CHUNK_MS } from "../limits.ts";
import { BrokenOff } from "./broken-off.ts";
import type { ClientSink } from "./sink.ts";

/** How long a server may take to cancel the body of a connection that was broken off. */
const CANCEL_MS = 1_000;

export const webSink: ClientSink = (source, breakOff) => {
  let control: ReadableStreamDefaultController<Uint8Array> | null = null;
  let over = false;
  let errLater: ReturnType<typeof setTimeout> | undefined;
  let wake = (): void => {};
  /** Large chunks cost less. Whoever takes long for one gets small ones, or it would seem to take nothing at all. */
  let bytesMax = CHUNK_BYTES;
  let givenAtMs = Number.NEGATIVE_INFINITY;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        control = controller;
      },
      async pull(controller) {
        const isQuick = performance.now() - givenAtMs < QUICK_CHUNK_MS;
        bytesMax = isQuick ? Math.min(2 * bytesMax, CHUNK_BYTES_MAX) : CHUNK_BYTES;
        for (;;) {
          if (over) return;
          const chunk = source.take(bytesMax);
          if (chunk !== null) {
            givenAtMs = performance.now();
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
        clearTimeout(errLater);
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
      const err = (): void => control?.error(new BrokenOff(reason));
      if (breakOff === undefined) err();
      else {
        // The server cancels the body of a connection that has ended. Somebody else may be reading it, though.
        errLater = setTimeout(err, CANCEL_MS);
        errLater.unref?.();
        breakOff();
      }
      wake();
    },
  };
};
