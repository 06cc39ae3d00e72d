import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { historyOf } from "../../model/replay/history.ts";
import { pretty } from "../../model/replay/pretty.ts";
import { replay } from "../../model/replay/replay.ts";
import { Journal, Monitor } from "../support/history.ts";

const ROOT = join(import.meta.dir, "../..");
const INCIDENT = "model/incidents/2025-10-12.csv";
const PAGE = readFileSync(join(ROOT, "docs/replay.md"), "utf8");
const OPTIONS = { cap: 2, shown: (name: string) => name };

test("the page shows the incident as the command tells it", async () => {
  const told = await replay([join(ROOT, INCIDENT)], OPTIONS);
  const out = pretty({ ...told, files: [INCIDENT] }, { colours: false, safe: (text) => text });
  expect(PAGE).toContain(`\`\`\`text\n${out}\`\`\``);
});

/** What nothing but the engine could prevent: a proxy is paused right before it sends, for longer than all that waits. */
function pausedForTooLong() {
  const north = new Journal("north.ndjson", "north@:6878", "north/1");
  const south = new Journal("south.ndjson", "south@:6878", "south/1");
  const store = new Monitor("store.txt");
  store.reserve(1_000, "north/1", 1, 1);
  north.pending(1_000);
  north.lease(1_001, "granted", { fence: 1 });
  store.ask(12_000, { type: "beat", member: "south/1" });
  store.show(12_000, "lua", "HDEL", "{aceslot}:members", "north/1");
  store.adopt(12_000, "south/1");
  south.adopt(12_001, "north/1/1");
  south.free(102_000, "release deadline");
  store.release(102_000, "south/1", "north/1/1");
  store.reserve(103_000, "south/1", 2, 2);
  south.play(103_001, 2);
  north.move(110_000, "pending", "active", "started");
  for (const journal of [north, south]) journal.tick(111_000);
  return [north, south, store].map(({ text }) => text);
}

test("the page shows several proxies as the command tells them", async () => {
  const out = pretty(await historyOf(pausedForTooLong()), { colours: false, safe: (text) => text });
  expect(PAGE).toContain(`\`\`\`text\n${out}\`\`\``);
});

test("colours are of a terminal only, and change no word", async () => {
  const told = await replay([join(ROOT, INCIDENT)], OPTIONS);
  const [plain, coloured] = [false, true].map((colours) => pretty(told, { colours, safe: (text) => text }));
  expect(plain).not.toContain("\u001b");
  expect(coloured).toContain("\u001b[31m");
  expect(Bun.stripANSI(coloured ?? "")).toBe(plain ?? "");
});

test("every relative link of the page leads to a file", () => {
  for (const [, target = ""] of PAGE.matchAll(/\]\((?!https?:)([^)#]+)/g))
    expect(() => readFileSync(join(ROOT, "docs", target))).not.toThrow();
});
