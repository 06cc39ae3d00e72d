/** `make soak`: see docs/soak.md. Exit 0: all is as it was; 1: something is not, and what; 4: bad usage. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSoakOptions, type SoakOptions } from "./options.ts";
import { tableOf, wrongs } from "./report.ts";
import { soak } from "./soak.ts";

async function run(options: SoakOptions): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "aceslot-soak-"));
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
  const { clients, streams, minutes, seed } = options;
  console.log(
    `${clients} clients on ${streams} streams for ${minutes} min, SEED=${seed}; journal in ${folder}`,
  );
  const soaked = await soak(options, folder, (line) => console.log(line), ending.signal);
  console.log(`\n${tableOf(soaked).join("\n")}`);
  const found = wrongs(soaked);
  for (const wrong of found) console.log(`WRONG: ${wrong}`);
  console.log(found.length === 0 ? "all is as it was" : `${found.length} wrong`);
  if (found.length === 0 && process.env.KEEP !== "1") await rm(folder, { recursive: true });
  return found.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  let options: SoakOptions | null = null;
  try {
    options = readSoakOptions(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
  }
  process.exit(options === null ? 4 : await run(options));
}
