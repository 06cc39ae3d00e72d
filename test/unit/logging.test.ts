import { afterEach, expect, test } from "bun:test";
import { reset } from "@logtape/logtape";
import { startLogging } from "../../src/cli/logging.ts";
import { roomLog } from "../../src/cli/room-log.ts";

afterEach(() => reset());

test("a field takes none of the names that every JSON line has", async () => {
  const lines: string[] = [];
  startLogging("info", "json", (line) => lines.push(line));
  roomLog("pool").warn("it is full", { message: "m", at: "never", level: "debug", room: "r", engine: "a" });
  const { at, ...rest } = JSON.parse(lines[0] ?? "");
  expect(rest).toEqual({ level: "warn", room: "pool", message: "it is full", engine: "a" });
  expect(at).toMatch(/^\d{4}-\d\d-\d\dT/);
});
