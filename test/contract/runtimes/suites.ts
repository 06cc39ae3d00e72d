/** All that must be the same on Bun, Deno and Node. `test` is the runtime's own runner. */
import * as seam from "#async";
import { asyncContract } from "../async.ts";
import { breakingSuite } from "./breaking.ts";
import { coreSuite } from "./core.ts";
import { filesSuite } from "./files.ts";
import { leasesSuite } from "./leases.ts";
import { leavingSuite } from "./leaving.ts";
import { lifecycleSuite } from "./lifecycle.ts";
import { listenNode } from "./listen-node.ts";
import type { Runtime, Test } from "./runtime.ts";
import { selectorSuite } from "./selector.ts";
import { servingSuite } from "./serving.ts";
import { simSuite } from "./sim.ts";
import { worldSuite } from "./world.ts";

export function suites(test: Test, runtime: Runtime): void {
  const named =
    (suite: string): Test =>
    (name, run) =>
      test(`${suite}: ${name}`, run);
  asyncContract(named("#async"), seam);
  coreSuite(named("core"), runtime.coreFacts);
  selectorSuite(named("selector"));
  simSuite(named("sim"));
  servingSuite(named("serving"), runtime);
  filesSuite(named("files"), runtime);
  leavingSuite(named("leaving"), runtime);
  breakingSuite(named("breaking"), runtime);
  // A Hono app of one's own may be served by it anywhere.
  if (runtime.name !== "Node")
    breakingSuite(named("breaking behind node:http"), { ...runtime, listen: listenNode, resets: false });
  worldSuite(named("end to end"), runtime);
  leasesSuite(named("leases"), runtime);
  lifecycleSuite(named("lifecycle"), runtime);
}
