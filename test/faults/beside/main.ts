/** `make bench-faults`: the same faults put to aceslot, acexy's design and nginx, side by side; docs/bench-faults.md. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lines } from "../../bench/table.ts";
import { SCENES } from "./scenes.ts";
import { compileAcexy, SUBJECTS } from "./subjects.ts";

const only = process.argv.slice(2);
const scenes = SCENES.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
if (scenes.length === 0) {
  console.error(
    `no scene has "${only.join(" ")}" in its name; there are: ${SCENES.map(({ name }) => name).join(", ")}`,
  );
  process.exit(4);
}
const folder = mkdtempSync(join(tmpdir(), "aceslot-bench-faults-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const missing = compileAcexy(folder);
if (missing !== null) console.log(missing);
/** What is under way, on one line of a terminal that the next one takes. */
const underWay = (words: string): void =>
  void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${words}`));
for (const scene of scenes) {
  console.log(`\n${scene.name}: ${scene.told}`);
  const rows: (readonly string[])[] = [["", ...scene.columns]];
  for (const subject of SUBJECTS) {
    underWay(`${subject} …`);
    const cells = await scene.run({ subject, folder });
    if (cells !== null) rows.push([subject, ...cells]);
  }
  underWay("");
  for (const line of lines(rows)) console.log(`  ${line}`);
}
process.exit(0);
