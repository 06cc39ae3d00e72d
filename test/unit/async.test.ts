import { describe, test } from "bun:test";
import * as seam from "#async";
import { asyncContract } from "../contract/async.ts";

describe("the #async seam over npm packages", () => {
  asyncContract(test, seam);
});
