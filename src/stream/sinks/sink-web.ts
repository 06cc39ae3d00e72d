/**
 * A client's body as a web stream: for every runtime that has no way of its own.
 * `pull` is called when the connection has taken what came before; nothing is kept here.
 */
import type { ClientSink } from "./sink.ts";

export const webSink: ClientSink = (source) => {
  let control: ReadableStreamDefaultController<Uint8Array> | null = null;
  let over = false;
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
      control?.error(new Error(reason));
      wake();
    },
  };
};
