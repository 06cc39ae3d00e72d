/** All that must be the same on Bun, Deno and Node. `test` is the runtime's own runner. */
import * as seam from "#async";
import { asyncContract } from "../async.ts";
import { coreSuite } from "./core.ts";
import type { Runtime, Test } from "./runtime.ts";
import { simSuite } from "./sim.ts";

export function suites(test: Test, runtime: Runtime): void {
  const named =
    (suite: string): Test =>
    (name, run) =>
      test(`${suite}: ${name}`, run);
  asyncContract(named("#async"), seam);
  coreSuite(named("core"), runtime.coreFacts);
  simSuite(named("sim"));
}
