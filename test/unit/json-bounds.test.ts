/** Which JSON of others is parsed at all: by its depth and its values, whatever stands in its strings. */
import { expect, test } from "bun:test";
import { parsedWithin } from "../../src/net/json.ts";

const BOUNDS = { depthMax: 3, valuesMax: 6 };

test.each([
  ["1", 1],
  ["[[[1]]]", [[[1]]]],
  ['{"a":{"b":[1]}}', { a: { b: [1] } }],
  ["[1,2,3,4,5]", [1, 2, 3, 4, 5]],
  ["[[],[]]", [[], []]],
  ['"[[[[{{{{,,,,,,,"', "[[[[{{{{,,,,,,,"],
  ['["\\"[[[[", "\\\\", "\\\\\\"]]]]{{{{"]', ['"[[[[', "\\", '\\"]]]]{{{{']],
])("%s is parsed", (text, value) => expect(parsedWithin(text, BOUNDS)).toEqual(value));

test.each([
  ["[[[[1]]]]", "too deep"],
  ['{"a":[{"b":{}}]}', "too deep"],
  ["[1,2,3,4,5,6]", "too many values"],
  ["[{},{},{},{}]", "too many values"],
  ['["\\\\",[[[]]]]', "too deep behind a string that ends with a backslash"],
  ['"never ends', "no JSON"],
  ['"never ends\\"', "no JSON"],
  ["[1", "no JSON"],
  ["", "no JSON"],
])("%s is not: %s", (text) => expect(parsedWithin(text, BOUNDS)).toBeUndefined());
