/** The fastest way out that is right where this runs. */
import type { ClientSink } from "./sink.ts";
import { bunSink, isBun } from "./sink-bun.ts";
import { webSink } from "./sink-web.ts";

/** Bun's own stream is for Bun's own server: that of `node:http`, which has a `breakOff`, reads it like any other. */
export const bestSink: ClientSink = (source, breakOff) =>
  (isBun && breakOff === undefined ? bunSink : webSink)(source, breakOff);
