/** `bun check.ts [aborted-waiter|double-release]`: checks the pool, or one with a bug, and says what it found. */
import { checkModel, EXIT_CODE, report } from "aceslot/check";
import { semaphore } from "./model.ts";
import { BUGS } from "./pool.ts";

const bug = BUGS.find((one) => one === process.argv[2]) ?? null;
const result = checkModel(semaphore(1, 3, bug), { maxMs: 60_000 });
console.log(report("pretty", result));
process.exitCode = EXIT_CODE[result.verdict];
