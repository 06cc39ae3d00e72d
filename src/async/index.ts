/**
 * The `#async` seam: the functions of `@std/async` that this program uses, over p-timeout, where JSR
 * cannot be reached. Under Deno the seam is `deno.ts`, the real package; one contract suite holds for both.
 * It does nothing that `@std/async` does not promise too. Anybody may import it, as `#async`.
 */
export { type DeadlineOptions, deadline } from "./deadline.ts";
