/** Which packages the bill of materials names: deploy/sbom.ts. */
import { expect, test } from "bun:test";
import { type Bom, shippedPackages, withOnly } from "../../deploy/sbom.ts";

const component = (name: string, group?: string) => ({
  ...{ name, version: "1.0.0", "bom-ref": `ref ${name}` },
  ...(group !== undefined && { group }),
});
const BILL: Bom = {
  metadata: { component: { "bom-ref": "root" }, tools: { components: [] } },
  components: [
    component("client", "@redis"),
    component("tree"),
    component("page"),
    component("linter"),
    component("parser"),
    component("shared"),
  ],
  dependencies: [
    { ref: "root", dependsOn: ["ref client", "ref page", "ref linter"] },
    { ref: "ref client", dependsOn: ["ref tree", "ref shared"] },
    // Packages may go round in a circle.
    { ref: "ref tree", dependsOn: ["ref client"] },
    { ref: "ref page" },
    { ref: "ref linter", dependsOn: ["ref parser", "ref shared"] },
    { ref: "ref parser", dependsOn: [] },
    { ref: "ref shared", dependsOn: [] },
  ],
};

test("the bill names what is shipped, with all that it needs, and nothing that is only used to build", () => {
  const bill = withOnly(new Set(["@redis/client", "page"]), BILL);
  expect(
    shippedPackages(bill)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["@redis/client", "page", "shared", "tree"]);
  expect(bill.dependencies.find(({ ref }) => ref === "root")?.dependsOn).toEqual(["ref client", "ref page"]);
  expect(bill.dependencies.map(({ ref }) => ref)).not.toContain("ref linter");
});
