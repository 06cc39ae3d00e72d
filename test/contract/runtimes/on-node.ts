/** The suites on Node, by `node --test` on a bundle of this file; `runtimes.test.ts` starts it. */
import { test } from "node:test";
import { node } from "./listen-node.ts";
import { suites } from "./suites.ts";

suites((name, run) => void test(name, run), node);
