/** `make fuzz`: the long runs. RUNS= for each entry, SEED= to run one again, TARGET= for some entries by name. */
import { wholeNumber } from "../../../support/whole-number.ts";
import { TARGETS } from "./targets.ts";

const DEFAULT_RUNS = 2_000;

const seed = wholeNumber("SEED", Math.floor(Math.random() * 2 ** 31));
const runs = wholeNumber("RUNS", DEFAULT_RUNS);
const asked = (process.env.TARGET ?? "").split(",").filter((name) => name !== "");
const unknown = asked.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined) {
  console.error(`TARGET: there is no "${unknown}"; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(4);
}

let failed = 0;
for (const target of TARGETS.filter(({ name }) => asked.length === 0 || asked.includes(name))) {
  const began = performance.now();
  try {
    const inputs = await target.run({ seed, runs });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `${target.name}: ${inputs} inputs in ${seconds} s, nothing found (SEED=${seed} RUNS=${runs})`,
    );
  } catch (error) {
    failed += 1;
    console.log(`${target.name}: found with SEED=${seed} RUNS=${runs} TARGET=${target.name}`);
    console.log(error instanceof Error ? [error.message, error.cause].map(String).join("\n") : String(error));
  }
}
process.exit(failed === 0 ? 0 : 1);
