/** Line-ups out of text, and text out of line-ups. */
import { type Lineup, lineUp } from "../../src/playlist/lineup.ts";
import { readM3u } from "../../src/playlist/m3u.ts";
import { type WriteOptions, writeM3u } from "../../src/playlist/write.ts";

export const lineupOf = (...texts: readonly string[]): Lineup =>
  lineUp(
    texts.map((text) => readM3u(text, null)),
    new Map(),
  );

export const written = (lineup: Lineup, options: Partial<WriteOptions> = {}): string =>
  writeM3u(lineup, { base: "http://nas:6879", format: "ts", groups: [], guide: false, ...options });

/** An id of 40 hex digits for each number. */
export const hashOf = (n: number): string => n.toString(16).padStart(40, "0");
