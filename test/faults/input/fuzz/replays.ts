/** Journals, logs of acexy and a store's stream, damaged: a verdict or one line, and the same with other line ends. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { generateJournal } from "../../../../model/replay/generate.ts";
import { pretty } from "../../../../model/replay/pretty.ts";
import { ReplayFileError, ReplayLimitError, replay } from "../../../../model/replay/replay.ts";
import { EXIT_CODE } from "../../../../model/replay/told.ts";
import { damagedText } from "./mutate.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const JOURNAL = [...generateJournal({ engines: 2, cap: 2, lines: 60 })];
const INCIDENT = readFileSync(
  join(import.meta.dir, "../../../../model/incidents/2025-10-12.csv"),
  "utf8",
).split("\n");
const ACEXY = [
  "acexy | 2025/10/12 10:00:00 INFO Selected best available engine container_name=a host=e port=19000 active_streams=0 max_streams=1",
  "acexy | 2025/10/12 10:00:01 INFO Started new stream id={id: 0123456789012345678901234567890123456789}",
  "acexy | 2025/10/12 10:00:09 INFO Client stopped stream={id: 0123456789012345678901234567890123456789} clients=0",
  "acexy | 2025/10/12 10:00:09 INFO Stream done id={id: 0123456789012345678901234567890123456789}",
];
const MONITOR = [
  "OK",
  '1764500000.000001 [0 lua] "HSET" "{aceslot}:engines" "e:1" "[{\\"id\\":\\"a\\",\\"owner\\":\\"b\\",\\"fence\\":1}]"',
  '1764500001.000001 [0 lua] "HDEL" "{aceslot}:engines" "e:1"',
  '1764500002.000001 [0 127.0.0.1:1] "FLUSHALL"',
];

/** Lines in another order, twice, or left out, before bytes of them are damaged. */
const shuffled = (lines: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(lines.length - 1)), { maxLength: 3 }),
      fc.subarray([...lines], { minLength: Math.min(lines.length, 4) }),
    )
    .map(([swaps, some]) => {
      const moved = [...some];
      for (const [a, b] of swaps)
        [moved[a % moved.length], moved[b % moved.length]] = [
          moved[b % moved.length] ?? "",
          moved[a % moved.length] ?? "",
        ];
      return `${moved.join("\n")}\n`;
    });
const file = fc.oneof(...[JOURNAL, INCIDENT, ACEXY, MONITOR].map((lines) => damagedText(shuffled(lines))));

async function outcome(path: string, text: string, cap: number | null): Promise<string> {
  await writeFile(path, text);
  try {
    const told = await replay([path], { cap, shown: () => "the file" });
    const shown = pretty(told, { colours: false, safe: (each) => each.replace(/\p{Cc}/gu, "?") });
    must(told.verdict in EXIT_CODE, `${told.verdict} is a verdict`);
    must(!/[^\n\P{Cc}]/u.test(shown), "nothing of the file moves the terminal's cursor");
    return JSON.stringify({ ...told, files: [] });
  } catch (error) {
    must(
      error instanceof ReplayFileError || error instanceof ReplayLimitError,
      `a file is refused in words: ${error instanceof Error ? error.stack : error}`,
    );
    mustBeOneLine(error.message);
    return error.message;
  }
}

export const replays: Target = {
  name: "replay",
  short: 80,
  async run(plan) {
    const folder = await mkdtemp(join(tmpdir(), "aceslot-fuzz-"));
    const path = join(folder, "file");
    try {
      return await each(plan, fc.tuple(file, fc.constantFrom(null, 1, 2)), async ([text, cap]) => {
        // Of one kind of line end, so that the others can be put in its place.
        const plain = text.replaceAll(/\r+\n?/g, "\n").replace(/^\uFEFF+/, "");
        const once = await outcome(path, plain, cap);
        const others = [plain.replaceAll("\n", "\r\n"), `\uFEFF${plain}`];
        for (const other of plain === "" ? [] : others)
          must((await outcome(path, other, cap)) === once, `line ends and marks change nothing: ${once}`);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
