/**
 * Slates: instead of an error a picture that says why there is none. They are no streams: no slot, no engine and no
 * decision has a part in them, and whoever looks at one is no client of the broker.
 * `http/` shows them; only `proxy.ts` makes them.
 */
import type { Log } from "../../log.ts";
import type { Clock } from "../../ports.ts";
import { bestSink } from "../sinks/best-sink.ts";
import type { BreakOff, ClientSink, OpenSink } from "../sinks/sink.ts";
import { SLATE_CLIENTS_MAX, SLATE_MS } from "./limits.ts";
import { Pictures } from "./pictures.ts";
import { Reel, STEP_MS } from "./reel.ts";
import { SlateViewer } from "./viewer.ts";
import { type Refused, wordsOf } from "./words.ts";

export type { Refused } from "./words.ts";

export interface SlatesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How bytes leave this runtime; default: the best that there is. */
  readonly sink?: ClientSink;
  /** How long each is shown; default: `SLATE_MS`. */
  readonly shownMs?: number;
}

export interface Slates {
  /** A picture of the refusal in real time, which is broken off in the end; null: too many look at one already. `breakOff`: see `ClientSink`. */
  show(refused: Refused, breakOff?: BreakOff): ReadableStream<Uint8Array> | null;
  /** Clients that look at one now, and slates that were shown so far. */
  readonly figures: { readonly viewers: number; readonly shown: number };
  /** Breaks all off. */
  shutDown(): void;
}

export function createSlates({ clock, log, sink, shownMs = SLATE_MS }: SlatesOptions): Slates {
  const openSink = sink ?? bestSink;
  const viewers = new Map<SlateViewer, OpenSink>();
  const pictures = new Pictures();
  let shown = 0;
  let cancelTick: (() => void) | null = null;

  /** One timer for all, and none while nobody looks. */
  function tick(): void {
    cancelTick = viewers.size === 0 ? null : clock.after(STEP_MS, tick);
    for (const [viewer, body] of viewers) {
      if (viewer.shownMs >= shownMs) {
        viewers.delete(viewer);
        // Never a clean end: players would take it for the end of the programme, and go on to the next channel.
        body.break("the slate is over");
      } else viewer.deliver();
    }
  }

  return {
    show(refused, breakOff) {
      if (viewers.size >= SLATE_CLIENTS_MAX) return null;
      const { code, message, hash } = refused;
      const viewer: SlateViewer = new SlateViewer(
        new Reel(pictures.of(wordsOf(refused))),
        () => clock.monotonicMs(),
        () => viewers.delete(viewer),
      );
      const body = openSink(viewer, breakOff);
      viewers.set(viewer, body);
      shown += 1;
      cancelTick ??= clock.after(STEP_MS, tick);
      log.info("slate shown", { code, content: hash, reason: message });
      return body.body;
    },
    get figures() {
      return { viewers: viewers.size, shown };
    },
    shutDown() {
      cancelTick?.();
      cancelTick = null;
      for (const body of viewers.values()) body.break("shutdown");
      viewers.clear();
    },
  };
}
