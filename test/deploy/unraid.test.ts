/** Unraid's template: well-formed, with what Unraid asks for, and settings that the binary takes. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DOMParser, type Element } from "@xmldom/xmldom";
import { settingsOf } from "./settings-of.ts";

const PATH = join(import.meta.dir, "../../deploy/unraid/aceslot.xml");
const complaints: string[] = [];
const template = new DOMParser({
  onError: (level, message) => void complaints.push(`${level}: ${message}`),
}).parseFromString(readFileSync(PATH, "utf8"), "text/xml").documentElement as Element;
const textOf = (name: string): string => template.getElementsByTagName(name)[0]?.textContent?.trim() ?? "";
const configs = [...template.getElementsByTagName("Config")].map((config) => {
  const of = (name: string): string => config.getAttribute(name) ?? "";
  return {
    target: of("Target"),
    type: of("Type"),
    mask: of("Mask"),
    given: of("Default"),
    value: config.textContent ?? "",
  };
});
const variables = configs.filter(({ type }) => type === "Variable");

test("it is well-formed, and has the elements that a template must have", () => {
  expect(complaints).toEqual([]);
  expect([template.tagName, template.getAttribute("version")]).toEqual(["Container", "2"]);
  for (const name of [
    "Name",
    "Repository",
    "Network",
    "Privileged",
    "Overview",
    "Category",
    "WebUI",
    "ExtraParams",
  ])
    expect(textOf(name), name).not.toBe("");
  expect(textOf("Repository")).not.toContain(":latest");
});

test("it runs as nobody:users, with no more rights than it needs", () => {
  expect(textOf("Privileged")).toBe("false");
  for (const part of ["--user=99:100", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"])
    expect(textOf("ExtraParams").split(" ")).toContain(part);
});

test("its settings are ones that the binary takes, and secrets are masked", () => {
  const values = variables
    .map(({ target, value, given }) => [target, value || given])
    .filter(([, value]) => value !== "");
  expect(settingsOf(Object.fromEntries(values)).maxStreamsPerEngine).toBe(1);
  for (const { target, mask } of variables)
    expect([target, mask]).toEqual([target, /TOKEN|KEY|PASSWORD/.test(target) ? "true" : "false"]);
});

test("its port is the one that aceslot listens on, and its folder the image's state", () => {
  const { port } = settingsOf({}).listen;
  expect(configs.find(({ type }) => type === "Port")?.target).toBe(String(port));
  expect(textOf("WebUI")).toBe(`http://[IP]:[PORT:${port}]/`);
  const image = readFileSync(join(PATH, "../../docker/Dockerfile"), "utf8");
  expect(image).toContain(`ACESLOT_STATE_DIR=${configs.find(({ type }) => type === "Path")?.target}\n`);
});
