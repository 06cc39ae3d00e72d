import { describe, expect, test } from "bun:test";
import { Looking } from "../../src/broker/looking.ts";
import type { PoolView } from "../../src/ports.ts";
import { handClock } from "./odd-server.ts";

const NOTHING: PoolView = { engines: [], streams: [], skipped: [] };

function lookingAt(answers: readonly (string | null)[]) {
  const log: string[] = [];
  const at = (level: string) => (message: string) => void log.push(`${level}: ${message}`);
  const clock = handClock();
  let looks = 0;
  const looking = new Looking({
    pool: {
      async look() {
        const failure = answers[looks++] ?? null;
        if (failure !== null) throw new Error(failure);
        return NOTHING;
      },
      provision: null,
      fallback: [],
      describe: () => "the source",
    },
    clock,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    onView() {},
    onDown() {},
    isSomebodyWaiting: () => false,
  });
  return { looking, log };
}

describe("a source that does not answer", () => {
  test("is warned of once, however its reasons change, and again when it fails another time", async () => {
    const { looking, log } = lookingAt(["refused", "reset", "refused", "late", "late", null, "refused"]);
    const levels: string[] = [];
    for (let n = 0; n < 7; n++) {
      const before = log.length;
      await looking.look();
      levels.push(
        log
          .slice(before)
          .map((line) => line.split(":")[0])
          .join(),
      );
    }
    looking.close();
    expect(levels).toEqual(["warn", "info", "info", "info", "", "info", "warn"]);
  });
});
