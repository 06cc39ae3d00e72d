import { describe, expect, test } from "bun:test";
import { ACEXY_LOG, ACEXY_ROWS, formatOf, JOURNAL } from "../../model/replay/formats.ts";
import { Splitter } from "../../model/replay/lines.ts";

describe("chunks of bytes", () => {
  const text = "één\n\nzwei €\r\nlast";
  const bytes = Buffer.from(text);

  test("become the same lines wherever they are cut", () => {
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new Splitter();
      const lines: (string | null)[] = [];
      for (let at = 0; at < bytes.length; at += size)
        lines.push(...splitter.push(bytes.subarray(at, at + size)));
      expect(lines).toEqual(["één", "", "zwei €\r"]);
      expect(splitter.rest()).toBe("last");
    }
  });

  test("hold nothing after the last line end: there is no rest", () => {
    const splitter = new Splitter();
    expect(splitter.push(Buffer.from("a\n"))).toEqual(["a"]);
    expect(splitter.rest()).toBeUndefined();
  });

  test("of a line that is too long are not kept, and the lines after it are whole", () => {
    const splitter = new Splitter(100);
    const chunk = Buffer.alloc(60, "x");
    for (let n = 0; n < 1_000; n++) {
      expect(splitter.push(chunk)).toEqual([]);
      expect(splitter.kept).toBeLessThanOrEqual(100);
    }
    expect(splitter.push(Buffer.from("x\nshort\n"))).toEqual([null, "short"]);
    expect(splitter.push(chunk)).toEqual([]);
    splitter.push(chunk);
    expect(splitter.rest()).toBeNull();
  });
});

test("a file is recognised by its lines", () => {
  expect(formatOf('{"seq":1,"at":"2026-01-01T00:00:00Z","proxy":"p","type":"configure","cap":2}\r')).toBe(
    JOURNAL,
  );
  expect(formatOf("ms,event,engine_port,active_seen,content\r")).toBe(ACEXY_ROWS);
  expect(formatOf("81603,select,19009,0,")).toBe(ACEXY_ROWS);
  expect(formatOf('x | 2025/10/12 10:11:12 INFO Stream done stream="{id: a}"')).toBe(ACEXY_LOG);
  for (const other of ['{"level":"info"}', "hello", "1,2,3,4,5", "{", ""]) expect(formatOf(other)).toBeNull();
});
