/**
 * The contract of the `#async` seam by `deno test`, over whatever the import map puts there: `deno task test:std-async`
 * takes the real `@std/async` from JSR. Where JSR cannot be reached, `runtimes/` runs the same suite over the adapter.
 */
import * as seam from "#async";
import { asyncContract, type Test } from "./async.ts";

/** What of Deno is called here: the compiler knows Bun's globals only. */
const { Deno: deno } = globalThis as unknown as { readonly Deno: { readonly test: Test } };

asyncContract(deno.test, seam);
