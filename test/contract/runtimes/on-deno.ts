/** The suites on Deno, by `deno test`; `runtimes.test.ts` starts it. */
import { deno, test } from "./listen-deno.ts";
import { suites } from "./suites.ts";

suites(test, deno);
