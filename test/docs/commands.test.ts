/**
 * Every `sh` block of the pages is run, in one shell a block and one folder a page, against simulated engines and a
 * real redis-server. Which programs are stand-ins, and what they check instead, is told in test/docs/shims/.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Block, blocksOf, pages, placeOf } from "./blocks.ts";
import { sandbox } from "./sandbox.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";

let standIns: StandIns;
beforeAll(async () => {
  standIns = await startStandIns();
}, 120_000);
afterAll(() => standIns?.[Symbol.asyncDispose]());

for (const page of pages()) {
  const blocks = blocksOf(page);
  const commands = blocks.filter(({ language, notRun }) => language === "sh" && notRun === null);
  if (commands.length === 0) continue;
  test(`the ${commands.length} commands of ${page} do what they say`, async () => {
    await using place = await sandbox(
      standIns,
      commands.some(({ text }) => text.includes("docs/examples/")),
    );
    for (const block of blocks) {
      keepIfFile(place.path, block);
      if (!commands.includes(block)) continue;
      const { code, said } = await place.run(block.text);
      expect(code, `${placeOf(block)}\n${said.slice(-4000)}`).toBe(0);
    }
  }, 180_000);
}

/** A file that the page shows is there for the commands that follow it. */
function keepIfFile(folder: string, { language, text }: Block): void {
  const name = /^# (?:\S*\/)?([\w.-]+\.(?:toml|ya?ml|m3u8?))\b/.exec(text)?.[1];
  const isCompose = language === "yaml" && /^services:/m.test(text);
  if (isCompose) writeFileSync(join(folder, "compose.yaml"), text);
  if (name !== undefined) writeFileSync(join(folder, name), text);
}
