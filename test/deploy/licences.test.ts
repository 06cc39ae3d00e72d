/** What may be shipped, and what must be said of it: deploy/licences.ts and deploy/runtime-parts.ts. */
import { describe, expect, test } from "bun:test";
import { type LicensedPackage, thirdPartyLicences } from "../../deploy/licences.ts";
import { bunRuntime, runtimeParts } from "../../deploy/runtime-parts.ts";
import packageJson from "../../package.json" with { type: "json" };

const RUNTIME = { version: "1.0.0", page: "Bun itself is free.", parts: [] };
const MIT_TEXT = "Permission is hereby granted…";
const of = (more: Partial<LicensedPackage>): LicensedPackage => ({
  ...{ name: "thing", version: "1.2.3", licence: "MIT", path: "", texts: ["The text."], author: null },
  ...more,
});
const licencesOf = (...packages: LicensedPackage[]): string =>
  thirdPartyLicences(packages, RUNTIME, MIT_TEXT);

describe("the licences of what is shipped", () => {
  test("are given with their texts, and the runtime's own page", () => {
    const text = licencesOf(
      of({}),
      of({ name: "@a/b", licence: "(GPL-3.0 OR Apache-2.0)", texts: ["Apache.", "Notice."] }),
    );
    for (const part of [
      "thing 1.2.3 (MIT)",
      "The text.",
      "@a/b 1.2.3",
      "Apache.\n\nNotice.",
      "Bun itself is free.",
    ])
      expect(text).toContain(part);
  });

  test("a package that declares MIT without a text gets the text, with its author", () => {
    expect(licencesOf(of({ texts: [], author: "Ann" }))).toContain(`Copyright (c) Ann\n\n${MIT_TEXT}`);
    expect(licencesOf(of({ texts: [] }))).toContain("Copyright (c) the authors of thing 1.2.3");
  });

  test.each([
    ["none", { licence: null }, "thing 1.2.3: declares no licence"],
    [
      "one that nobody has agreed to",
      { licence: "GPL-3.0-only" },
      "thing 1.2.3: its licence, GPL-3.0-only, is not one of MIT",
    ],
    [
      "two, of which one is not agreed to",
      { licence: "MIT AND SSPL-1.0" },
      "MIT AND SSPL-1.0, is not one of",
    ],
    ["one whose text is missing", { licence: "Apache-2.0", texts: [] }, "Apache-2.0 without its text"],
  ])("stop the release: %s", (_, more, message) => {
    expect(() => licencesOf(of(more))).toThrow(message);
  });
});

test("the runtime's parts are read from the page that comes with it, in its own version", () => {
  const { version, parts } = bunRuntime();
  expect(version).toBe(packageJson.devDependencies.bun);
  expect(parts).toContainEqual({
    name: "mimalloc",
    licence: "MIT",
    url: "https://github.com/microsoft/mimalloc",
  });
  expect(parts.length).toBeGreaterThan(20);
  expect(
    runtimeParts("| Library | License |\n| --- | --- |\n| [`a`](https://a.org) 72 | [b](https://b.org) |\n"),
  ).toEqual([{ name: "a 72", licence: "b", url: "https://a.org" }]);
});
