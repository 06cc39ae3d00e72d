/** The suites on Bun, by `bun test`. */
import { test } from "bun:test";
import { bun } from "./listen-bun.ts";
import { suites } from "./suites.ts";

suites(test, bun);
