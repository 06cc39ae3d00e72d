/**
 * The release's bill of materials, CycloneDX 1.6 as JSON: the packages that are shipped, with Bun's runtime and its
 * parts. The same sources and lock give the same bytes. Only deploy/ imports this.
 *
 * Shipped is what the binary holds and what the npm package brings. package.json's `dependencies` are the latter alone:
 * the binary also holds packages that only the command line imports, and the page's, as text.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { MAIN } from "./compile.ts";
import { bunRuntime, type Runtime } from "./runtime-parts.ts";
import { textPackages } from "./text-modules.ts";

const COLLECTOR = "node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js";
/** Spec 1.6 is what the well-known scanners read. */
const FLAGS = [
  ...["--omit", "optional", "--omit", "peer"],
  ...["--spec-version", "1.6", "--output-format", "JSON", "--output-reproducible", "--validate"],
];
/** npm names everything that is amiss, in thousands of lines. */
const COMPLAINT_CHARS_MAX = 2_000;
/** Of everything that is installed; about a megabyte. */
const BILL_BYTES_MAX = 64 * 2 ** 20;

const Package = z.object({ dependencies: z.record(z.string(), z.string()) });
const Licence = z.looseObject({
  license: z.looseObject({ id: z.string().optional(), name: z.string().optional() }).optional(),
  expression: z.string().optional(),
});
const Component = z.looseObject({
  name: z.string(),
  group: z.string().optional(),
  version: z.string(),
  "bom-ref": z.string(),
  licenses: z.array(Licence).optional(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
  components: z.array(z.looseObject({})).optional(),
});
const Bom = z.looseObject({
  metadata: z.looseObject({
    component: z.looseObject({ "bom-ref": z.string() }),
    tools: z.looseObject({ components: z.array(z.looseObject({ name: z.string() })) }),
  }),
  components: z.array(Component),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});

export type Bom = z.infer<typeof Bom>;
/** One shipped package: `licence` is an SPDX expression, or null where it declares none; `path` is its folder. */
export type ShippedPackage = { name: string; version: string; licence: string | null; path: string };

/** @throws Error with what the collector says, or naming packages that the binary holds and the bill does not. */
export async function billOfMaterials(): Promise<Bom> {
  const { status, stdout, stderr, error } = spawnSync("node", [COLLECTOR, ...FLAGS], {
    encoding: "utf8",
    maxBuffer: BILL_BYTES_MAX,
  });
  if (status !== 0)
    throw new Error(`cyclonedx-npm: ${error?.message ?? stderr.slice(0, COMPLAINT_CHARS_MAX)}`);
  const { dependencies } = Package.parse(JSON.parse(readFileSync("package.json", "utf8")));
  const held = [...(await bundledPackages()), ...textPackages()];
  const all = Bom.parse(JSON.parse(stdout));
  const bom = withRuntime(withOnly(new Set([...Object.keys(dependencies), ...held]), all), bunRuntime());
  const listed = new Set(shippedPackages(bom).map(({ name }) => name));
  const missing = held.filter((name) => !listed.has(name));
  if (missing.length > 0)
    throw new Error(`in the binary, but not in the bill of materials: ${missing.join(", ")}`);
  return bom;
}

/** With these of the root's dependencies, and what they depend on; nothing that is only used to build and test. */
export function withOnly(roots: ReadonlySet<string>, bom: Bom): Bom {
  const root = bom.metadata.component["bom-ref"];
  const names = new Map(bom.components.map((each) => [each["bom-ref"], fullName(each)]));
  const dependsOn = new Map(bom.dependencies.map(({ ref, dependsOn: on = [] }) => [ref, on]));
  const direct = (dependsOn.get(root) ?? []).filter((ref) => roots.has(names.get(ref) ?? ""));
  const kept = new Set([root]);
  const left = [...direct];
  for (let ref = left.pop(); ref !== undefined; ref = left.pop()) {
    if (kept.has(ref)) continue;
    kept.add(ref);
    left.push(...(dependsOn.get(ref) ?? []));
  }
  return {
    ...bom,
    components: bom.components.filter((each) => kept.has(each["bom-ref"])),
    dependencies: bom.dependencies
      .filter(({ ref }) => kept.has(ref))
      .map((each) => (each.ref === root ? { ...each, dependsOn: direct } : each)),
  };
}

export function shippedPackages({ components }: Bom): ShippedPackage[] {
  return components
    .filter((component) => component["bom-ref"] !== RUNTIME_REF)
    .map(({ name, group, version, licenses = [], properties = [] }) => ({
      name: fullName({ name, group }),
      version,
      licence:
        licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name).join(" AND ") ||
        null,
      path: properties.find((each) => each.name === "cdx:npm:package:path")?.value ?? `node_modules/${name}`,
    }));
}

function fullName({ name, group }: { name: string; group?: string | undefined }): string {
  return group === undefined ? name : `${group}/${name}`;
}

const RUNTIME_REF = "bun";

/** Without the version of the npm that happens to be here: it decides nothing, and would change the bytes. */
function withRuntime(bom: Bom, { version, parts }: Runtime): Bom {
  const root = bom.metadata.component["bom-ref"];
  const tools = bom.metadata.tools.components.filter(({ name }) => name !== "npm");
  const runtime = {
    type: "platform",
    name: "bun",
    version,
    "bom-ref": RUNTIME_REF,
    purl: `pkg:npm/bun@${version}`,
    licenses: [{ license: { id: "MIT" } }],
    components: parts.map(({ name, licence, url }) => ({
      type: "library",
      name,
      licenses: [{ license: { name: licence } }],
      ...(url !== null && { externalReferences: [{ type: "website", url }] }),
    })),
  };
  return {
    ...bom,
    metadata: { ...bom.metadata, tools: { ...bom.metadata.tools, components: tools } },
    components: [...bom.components, runtime],
    dependencies: [
      ...bom.dependencies.map(({ ref, dependsOn = [] }) => ({
        ref,
        dependsOn: ref === root ? [...dependsOn, RUNTIME_REF] : dependsOn,
      })),
      { ref: RUNTIME_REF, dependsOn: [] },
    ],
  };
}

/** The packages whose files the bundler puts into the binary. */
export async function bundledPackages(): Promise<string[]> {
  const { metafile } = await Bun.build({
    entrypoints: [MAIN],
    target: "bun",
    splitting: true,
    metafile: true,
  });
  const names = Object.keys(metafile?.inputs ?? {}).map(
    (path) => path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1],
  );
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}
