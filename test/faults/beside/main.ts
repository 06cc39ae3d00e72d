/** `make bench-faults`: the same faults put to aceslot, acexy's design and nginx, side by side; docs/bench-faults.md. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lines } from "../../bench/table.ts";
import { SCENES } from "./scenes.ts";
import { compileAcexy, SUBJECTS } from "./subjects.ts";

const only = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), "aceslot-bench-faults-"));
process.once("exit", () => void rm(folder, { recursive: true, force: true }));
const missing = compileAcexy(folder);
if (missing !== null) console.log(missing);
for (const scene of SCENES) {
  if (only.length > 0 && !only.some((word) => scene.name.includes(word))) continue;
  console.log(`\n${scene.name}: ${scene.told}`);
  const rows: (readonly string[])[] = [["", ...scene.columns]];
  for (const subject of SUBJECTS) {
    const cells = await scene.run({ subject, folder });
    if (cells !== null) rows.push([subject, ...cells]);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${scene.name} ${subject}`);
  }
  for (const line of lines(rows)) console.log(`  ${line}`);
}
await rm(folder, { recursive: true, force: true });
process.exit(0);
