import { describe, expect, test } from "bun:test";
import { AcexyJudge } from "../../model/replay/acexy.ts";
import { readAcexyLine, readAcexyRow } from "../../model/replay/acexy-line.ts";
import type { Told } from "../../model/replay/told.ts";

const FILES = { files: ["log"], cutOff: [] };

/** Judges rows `seconds event engine seen content`, blanks where a row has none. */
function judge(rows: string, cap: number | null = 2): Told {
  const judge = new AcexyJudge(cap);
  const lines = rows.trim().split("\n");
  for (const [index, text] of lines.entries()) {
    const [seconds = "", event = "", ...more] = text.trim().split(/\s+/);
    const [port = "", seen = ""] = event === "select" ? more : [];
    const row = `${Number(seconds) * 1_000},${event},${port},${seen},${event === "select" ? "" : more[0]}`;
    const reading = readAcexyRow(row);
    judge.take(reading ?? "damaged", { file: 0, line: index + 1, at: seconds });
  }
  return judge.told({ ...FILES, lines: lines.length });
}

const loads = (told: Told): string[] =>
  told.engines.map(({ id, certain, possible }) => `${id} ${certain?.load ?? 0} ${possible?.load ?? 0}`);

describe("a stream", () => {
  test("is certain on the engine that its only possible selection chose", () => {
    const told = judge(`
      1 select 9 0
      2 start a
      3 select 9 1
      4 start b`);
    expect(told.verdict).toBe("fine");
    expect(loads(told)).toEqual(["9 2 2"]);
  });

  test("is possible from its selection on, and certain only from its start on", () => {
    expect(loads(judge("1 select 9 0"))).toEqual(["9 0 1"]);
  });

  test("is certain until the first line that speaks of its end, and possible until the proxy is done with it", () => {
    const told = judge(`
      1 select 9 0
      2 start a
      3 client_stopped a
      4 select 9 1
      5 start b
      6 done a
      7 select 9 1
      8 start c`);
    expect(loads(told)).toEqual(["9 2 2"]);
    expect(told.verdict).toBe("fine");
  });

  test("whose end is told was there all the time; one whose end never comes is certain for a minute", () => {
    const begun = `
      0 select 9 0
      1 start a
      100 select 9 1
      101 start b
      200 select 9 2
      201 start c`;
    expect(loads(judge(begun))).toEqual(["9 1 3"]);
    expect(judge(begun).verdict).toBe("unknown");
    expect(loads(judge(`${begun}\n300 done a`))).toEqual(["9 2 3"]);
    const told = judge(`${begun}\n300 done a\n301 done b`);
    expect(loads(told)).toEqual(["9 3 3"]);
    expect(told).toMatchObject({ verdict: "broken", above: { certainly: { where: { line: 6 } } } });
  });

  test("whose content starts again without an end is lost: not certain any more, possible for a minute", () => {
    const told = judge(`
      0 select 9 0
      1 start a
      100 select 9 1
      101 start a
      102 select 9 1
      103 start b`);
    expect(loads(told)).toEqual(["9 2 3"]);
  });

  test("that is lost was not there for certain when a later one started", () => {
    const told = judge(`
      0 select 9 0
      1 start a
      100 select 9 1
      101 start b
      200 select 8 0
      201 start a`);
    expect(loads(told)).toEqual(["9 1 2", "8 1 1"]);
  });

  test("is certain while clients are told to be left", () => {
    const judge = new AcexyJudge(2);
    const line = (minute: number, message: string) =>
      judge.take(readAcexyLine(`2025/10/12 10:${minute}:00 INFO ${message}`) ?? "damaged", {
        file: 0,
        line: minute,
        at: "",
      });
    const select = "Selected best available engine host=h port=9 active_streams=0 max_streams=1";
    line(10, select);
    line(10, 'Started new stream id="{id: a}" clients=0');
    line(15, 'Client stopped stream="{id: a}" clients=1');
    line(15, select);
    line(15, 'Started new stream id="{id: b}" clients=0');
    expect(loads(judge.told({ ...FILES, lines: 5 }))).toEqual(["h:9 2 2"]);
  });
});

describe("overlapping requests", () => {
  test("that chose different engines make none of them certain while either may be meant", () => {
    const told = judge(`
      1 select 8 0
      2 select 9 0
      3 start a`);
    expect(loads(told)).toEqual(["9 0 2", "8 0 1"]);
  });

  test("leave what one can count: as many starts as selections were open belong to nobody, the rest is certain", () => {
    const told = judge(`
      1 select 8 0
      2 select 9 0
      3 select 9 0
      4 select 9 0
      5 start a
      6 start b
      7 start c
      8 start d`);
    expect(loads(told)).toEqual(["9 3 4", "8 0 1"]);
    expect(told.verdict).toBe("broken");
  });

  test("leave the doubt to the next stream when the doubtful one ends", () => {
    const told = judge(`
      1 select 8 0
      2 select 9 0
      3 start a
      4 start b
      5 done a
      6 select 9 1
      7 start c
      8 done b
      9 done c`);
    // When c started, b might have been the stream on engine 8.
    expect(loads(told)).toEqual(["9 1 2", "8 0 1"]);
  });

  test("leave the doubt where a stream may be, too, be it one that is there already or the next one", () => {
    const there = judge(`
      1 select 8 0
      2 select 9 0
      3 start a
      4 start b
      5 done a
      6 select 8 0
      7 start c`);
    // b may be on engine 8, and a has been on 9.
    expect(loads(there)).toEqual(["8 1 2", "9 1 2"]);
    const next = judge(`
      1 select 8 0
      2 select 9 0
      3 start a
      4 done a
      5 start b
      6 select 8 0
      7 start c`);
    expect(loads(next)).toEqual(["8 1 2", "9 0 2"]);
  });

  test("of which one never started are apart again after a minute", () => {
    const told = judge(`
      1 select 8 0
      70 select 9 0
      71 start a`);
    expect(loads(told)).toEqual(["9 1 1", "8 0 1"]);
    expect(told.notes).toEqual(["Of 1 selections no start came within a minute."]);
  });
});

describe("what the log does not hold", () => {
  test("at its begin shows: ends without a start, starts without a selection", () => {
    expect(judge("1 done a\n2 select 9 0\n3 start b")).toMatchObject({
      verdict: "unknown",
      doubts: ["line 1: a stream ends whose start is missing"],
    });
    expect(judge("1 client_stopped a\n2 select 9 0\n3 start b").doubts).toEqual([
      "line 1: a client leaves a stream whose start is missing",
    ]);
    expect(judge("1 start a\n2 select 9 0\n3 start b").doubts).toEqual([
      "line 1: a stream starts and no selection is left that it could come from",
    ]);
  });

  test("and the proxy saw all the same is possible", () => {
    expect(judge("1 select 9 2\n2 start a")).toMatchObject({
      verdict: "unknown",
      above: { possibly: { sentence: "engine 9 may carry 3 streams here, more than its cap of 2" } },
    });
  });

  test("the cap: without it, it cannot be told", () => {
    expect(judge("1 select 9 0\n2 start a", null)).toMatchObject({
      verdict: "unknown",
      doubts: ["no line says what the cap is; give --cap N"],
    });
  });
});

describe("a line of the log", () => {
  const selection =
    "INFO Selected best available engine container_id=3f container_name=ace-7 host=gluetun port=19014 active_streams=1 max_streams=2 health_status=healthy last_health_check=2025-10-12T10:00:00Z last_stream_usage=never";

  test("is read with and without the container's prefix, with colours, and as key=value throughout", () => {
    const told = { type: "select", engine: "gluetun:19014", name: "ace-7", seen: 1, cap: 2, repeated: false };
    expect(readAcexyLine(`2025/10/12 10:11:12 ${selection}`)).toMatchObject({
      ...told,
      source: "",
      ms: Date.parse("2025-10-12T10:11:12Z"),
    });
    expect(
      readAcexyLine(`acexy | 2025-10-12T10:11:12.123456789Z 2025/10/12 12:11:12 ${selection}`),
    ).toMatchObject({
      ...told,
      source: "acexy",
      ms: Date.parse("2025-10-12T10:11:12.123Z"),
    });
    expect(readAcexyLine(`\u001b[36macexy |\u001b[0m 2025/10/12 10:11:12 ${selection}`)).toMatchObject({
      ...told,
      source: "acexy",
    });
    expect(
      readAcexyLine('time=2025-10-12T10:11:12.5Z level=INFO msg="Stream done" stream="{id: abc}"'),
    ).toMatchObject({ type: "done", content: "abc", ms: Date.parse("2025-10-12T10:11:12.5Z") });
  });

  test("names its content by id or infohash", () => {
    const at = "2025/10/12 10:11:12 INFO";
    expect(readAcexyLine(`${at} Started new stream id="{id: aa}" clients=0`)).toMatchObject({
      type: "start",
      content: "aa",
    });
    expect(
      readAcexyLine(`${at} Reusing existing active stream stream="{infohash: bb}" clients=2`),
    ).toMatchObject({
      type: "reuse",
      content: "bb",
    });
    expect(readAcexyLine(`${at} Client stopped stream="{id: aa}" clients=3`)).toMatchObject({
      type: "left",
      content: "aa",
      clients: 3,
    });
  });

  test("that tells nothing of this is passed over, one that is cut off is damaged", () => {
    expect(readAcexyLine("2025/10/12 10:11:12 INFO Ready")).toBeNull();
    expect(readAcexyLine("2025/10/12 10:11:12 INFO Selected best available engine host=h")).toBe("damaged");
    expect(readAcexyLine('INFO Stream done stream="{id: aa}"')).toBe("damaged");
    expect(readAcexyRow("12,select,,0,")).toBe("damaged");
  });

  test("that repeats a selection is not a second one, and is one where no other tells it", () => {
    const again = "INFO Selected engine from orchestrator host=gluetun port=19014";
    const counts = (lines: readonly string[]) => {
      const judge = new AcexyJudge(2);
      for (const line of lines)
        judge.take(readAcexyLine(`2025/10/12 10:11:12 ${line}`) ?? "damaged", { file: 0, line: 1, at: "" });
      return judge.told({ ...FILES, lines: 1 }).counts.selections;
    };
    expect(counts([selection, again, selection, selection, again, again])).toBe(3);
    expect(counts([again, again])).toBe(2);
  });
});

test("what is kept grows with engines and open streams, not with lines", () => {
  const judge = new AcexyJudge(2);
  for (let n = 0; n < 5_000; n++)
    for (const [at, row] of [
      `select,${n % 7},0,`,
      `start,,,c${n}`,
      `client_stopped,,,c${n}`,
      `done,,,c${n}`,
    ].entries())
      judge.take(readAcexyRow(`${n * 10 + at},${row}`) ?? "damaged", { file: 0, line: n, at: "" });
  expect(judge.size).toEqual({ engines: 7, streams: 0, kept: 0 });
});

test("nor does it grow while there is always a request under way", () => {
  const judge = new AcexyJudge(2);
  const take = (ms: number, row: string) =>
    judge.take(readAcexyRow(`${ms},${row}`) ?? "damaged", { file: 0, line: ms, at: "" });
  take(0, "select,9,0,");
  for (let n = 1; n < 5_000; n++) {
    take(n * 10, `select,${n % 2},0,`);
    take(n * 10 + 1, `start,,,c${n}`);
    take(n * 10 + 2, `done,,,c${n}`);
  }
  const { engines, streams, kept } = judge.size;
  expect([engines, streams]).toEqual([3, 0]);
  expect(kept).toBeLessThan(10);
});
