/** The manifest: valid by Kubernetes' own schemas, and by the rules of its `restricted` profile. No cluster is needed. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StatefulSet } from "kubernetes-models/apps/v1";
import { Namespace, Secret, Service } from "kubernetes-models/v1";
import { parseAllDocuments } from "yaml";
import { settingsOf } from "./settings-of.ts";

const PATH = join(import.meta.dir, "../../deploy/kubernetes/aceslot.yaml");
const documents = parseAllDocuments(readFileSync(PATH, "utf8"), { strict: true, uniqueKeys: true });
if (!Array.isArray(documents)) throw new Error(`${PATH}: empty`);
const ofKind = (kind: string) => documents.map((each) => each.toJS()).find((each) => each.kind === kind);

const namespace = new Namespace(ofKind("Namespace"));
const secret = new Secret(ofKind("Secret"));
const service = new Service(ofKind("Service"));
const stateful = new StatefulSet(ofKind("StatefulSet"));
const pod = stateful.spec?.template.spec;
const [container] = pod?.containers ?? [];

test("every object is valid by Kubernetes' schemas", () => {
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  expect(documents).toHaveLength(4);
  for (const each of [namespace, secret, service, stateful]) expect(() => each.validate()).not.toThrow();
});

test("no field is misspelt: the schemas know the name of everything that is written", () => {
  const written = documents.map((each) => each.toJS());
  expect(unknownFields(written)).toEqual([]);
});

test("the pod keeps the rules of the restricted profile, which its namespace enforces", () => {
  expect(namespace.metadata?.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
  expect(pod?.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  });
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
  expect(pod?.automountServiceAccountToken).toBe(false);
});

test("the settings are ones that the binary takes, and secrets come as files that are mounted", () => {
  const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? ""]));
  expect(settingsOf({ ...env, ACESLOT_STATE_DIR: "/state" }).orchestrator).toBe("http://orchestrator:8000");
  const keys = Object.keys(secret.stringData ?? {});
  expect(keys.map((key) => `/run/secrets/aceslot/${key}`)).toEqual([env.ACESLOT_ORCHESTRATOR_KEY_FILE ?? ""]);
  expect(container?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
    "/state",
    "/run/secrets/aceslot",
  ]);
  expect(pod?.enableServiceLinks).toBe(false);
});

test("service, probes and selectors meet the container", () => {
  const [port] = container?.ports ?? [];
  expect(port).toEqual({ name: "http", containerPort: settingsOf({}).listen.port });
  expect(service.spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(["http"]);
  expect(service.spec?.selector).toEqual(stateful.spec?.template.metadata?.labels);
  expect(stateful.spec?.selector.matchLabels).toEqual(stateful.spec?.template.metadata?.labels);
  expect(stateful.spec?.serviceName).toBe(service.metadata?.name);
  expect([container?.livenessProbe?.httpGet?.path, container?.readinessProbe?.httpGet?.path]).toEqual([
    "/healthz",
    "/readyz",
  ]);
});

const SCHEMAS = [
  "kubernetes-models/_schemas/IoK8sApi{Apps,Core}V1[A-Z]*.js",
  "@kubernetes-models/apimachinery/_schemas/*.js",
];

/** Validation lets unknown fields pass, as an API server may; the field names of all schemas together do not. */
function unknownFields(written: readonly unknown[]): string[] {
  const known = new Set(["apiVersion", "kind", "metadata"]);
  const folder = join(import.meta.dir, "../../node_modules");
  for (const schema of SCHEMAS)
    for (const path of new Bun.Glob(schema).scanSync({ cwd: folder }))
      for (const [, name = ""] of readFileSync(join(folder, path), "utf8").matchAll(/\bdata\w*\.(\w+)/g))
        known.add(name);
  const free = new Set([
    "labels",
    "annotations",
    "matchLabels",
    "selector",
    "stringData",
    "requests",
    "limits",
  ]);
  const visit = (value: unknown, isFree: boolean): string[] => {
    if (Array.isArray(value)) return value.flatMap((each) => visit(each, isFree));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => [
      ...(isFree || known.has(name) ? [] : [name]),
      ...visit(inner, free.has(name)),
    ]);
  };
  return written.flatMap((each) => visit(each, false));
}
