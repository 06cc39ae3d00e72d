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
 * A first write that does not fit into Bun's 16 KiB with the headers makes each part of each header a packet.
 */
import { CHUNK_BYTES, CHUNK_BYTES_MAX, FIRST_CHUNK_BYTES } from "../limits.ts";
import { BrokenOff } from "./broken-off.ts";
import type { ClientSink } from "./sink.ts";

interface DirectController {
  write(chunk: Uint8Array): number | Promise<number>;
  /** Undefined where no socket takes the bytes but a reader in this process, which must not hope for a clean end. */
  flush(): number | Promise<number> | undefined;
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
  /** Large writes cost less; what a full socket does not take of one is copied, and kept for this client alone. */
  let bytesMax = FIRST_CHUNK_BYTES;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });

  /** Ends `pull`, unless that would end a body cleanly that is not over. */
  function breakOff(): void {
    if (broken !== null && !isCancelled) control?.close(broken);
    end();
  }

  /** Sends what is too small to have been sent at once; false: `pump` is called when that is done. */
  function flush(to: DirectController): boolean {
    const sent = to.flush();
    if (typeof sent === "number") return true;
    void Promise.resolve(sent).then(pump, pump);
    return false;
  }

  function goOn(): void {
    if (!over && control !== null && flush(control)) pump();
  }

  /** Writes what there is, until the socket is full or there is nothing more. Called by whoever has bytes for it. */
  function pump(): void {
    while (!over && control !== null) {
      // `write` sends or copies it.
      const chunk = source.hasMore === false ? null : source.take(bytesMax, true);
      if (chunk === null) {
        if (!source.isOver) {
          source.whenReady(pump);
          return;
        }
        over = true;
        source.gone("the content is over");
        end();
        return;
      }
      const room = control.write(chunk);
      if (room instanceof Promise) {
        bytesMax = CHUNK_BYTES;
        void room.then(goOn, goOn);
        return;
      }
      bytesMax = Math.min(2 * bytesMax, CHUNK_BYTES_MAX);
      if (!flush(control)) return;
    }
  }

  const body = new DirectStream({
    type: "direct",
    async pull(controller) {
      control = controller;
      setTimeout(() => {
        canBreak = true;
        if (over) breakOff();
      }, 0);
      pump();
      await ended;
    },
    cancel() {
      isCancelled = true;
      if (!over) {
        over = true;
        source.gone("closed the connection");
      }
      end();
    },
  });
  return {
    body,
    break(reason) {
      if (over) return;
      over = true;
      broken = new BrokenOff(reason);
      if (canBreak) breakOff();
    },
  };
};
