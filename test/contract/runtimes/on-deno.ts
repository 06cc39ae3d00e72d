/** The suites on Deno, by `deno test`; `others.test.ts` starts it. */
import { deno, test } from "./listen-deno.ts";
import { suites } from "./suites.ts";

suites(test, deno);
