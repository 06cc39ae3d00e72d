/** Line-ups out of text, and text out of line-ups. */
import { type Lineup, lineUp } from "../../src/playlist/lineup.ts";
import { readM3u } from "../../src/playlist/m3u.ts";
import { type WriteOptions, writeM3u, writeM3uInTurns } from "../../src/playlist/write.ts";

export const lineupOf = (...texts: readonly string[]): Lineup =>
  lineUp(
    texts.map((text) => readM3u(text, null)),
    new Map(),
  );

const OPTIONS: WriteOptions = { base: "http://nas:6879", format: "ts", groups: [], guide: false };

export const written = (lineup: Lineup, options: Partial<WriteOptions> = {}): string =>
  writeM3u(lineup, { ...OPTIONS, ...options });

/** As clients get it. */
export const writtenInTurns = (lineup: Lineup, options: Partial<WriteOptions> = {}): Promise<string> =>
  writeM3uInTurns(lineup, { ...OPTIONS, ...options });

/** What the work comes to, and how often others had their turns meanwhile. */
export async function withOthers<T>(
  work: Promise<T>,
): Promise<{ readonly value: T; readonly turns: number }> {
  let turns = 0;
  let isOver = false;
  const takeTurns = () => {
    turns += 1;
    if (!isOver) setImmediate(takeTurns);
  };
  setImmediate(takeTurns);
  const value = await work.finally(() => {
    isOver = true;
  });
  return { value, turns };
}

/** An id of 40 hex digits for each number. */
export const hashOf = (n: number): string => n.toString(16).padStart(40, "0");
