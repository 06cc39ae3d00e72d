/** Which name a wrong one was probably meant to be: the shorter it is, the fewer letters may be wrong. */
import { describe, expect, test } from "bun:test";
import { knownVariables } from "../../src/config/environment.ts";
import { nearest } from "../../src/config/nearest.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";

const KEYS = ALL_OPTIONS.map(({ name }) => name);

describe("a key", () => {
  test.each([
    ["tokn", "token"],
    ["engines", "engine"],
    ["enigne", "engine"],
    ["listne", "listen"],
    ["epgs", "epg"],
    ["slat", "slate"],
    ["bufer", "buffer"],
    ["log-lvl", "log-level"],
    ["start-time", "start-timeout"],
    ["trusted-proxies", "trusted-proxy"],
  ])("%s was meant to be %s", (name, meant) => expect(nearest(name, KEYS)).toBe(meant));

  test.each([
    ...["foo", "log", "xyz", "a", "", "ep", "cfg", "tok"],
    ...["port", "host", "levl", "poll", "least-of-all", "timeout", "max-streams", "buffer-size"],
    "x".repeat(65),
  ])("%p is like none", (name) => expect(nearest(name, KEYS)).toBeNull());
});

describe("a variable", () => {
  test.each([
    ["ACESLOT_FOO", null],
    ["ACESLOT_PORTS", null],
    ["ACESLOT_TOKN", "ACESLOT_TOKEN"],
    ["ACESLOT_EPGS", "ACESLOT_EPG"],
    ["ACESLOT_LISTNE", "ACESLOT_LISTEN"],
    ["ACEXY_FOO", null],
    ["ACEXY_BUFER", "ACEXY_BUFFER"],
  ])("%s: its beginning makes it like none; meant is %p", (name, meant) => {
    const { faults, warnings } = knownVariables({ [name]: "1" });
    const [told = ""] = [...faults.map(({ message }) => message), ...warnings];
    expect(told).toStartWith(name);
    expect(/did you mean (\w+)\?/.exec(told)?.[1] ?? null).toBe(meant);
  });
});
