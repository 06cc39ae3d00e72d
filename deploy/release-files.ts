/**
 * What lies beside the binary in every archive: README and the pages that it leads to, licences, the bill of
 * materials, a sample configuration, completions, the man page; for Linux the systemd unit too. Only deploy/ imports this.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { ArchivedFile } from "./archives.ts";
import { MAIN } from "./compile.ts";
import { thirdPartyLicences, withTexts } from "./licences.ts";
import { bunRuntime } from "./runtime-parts.ts";
import { type Bom, shippedPackages } from "./sbom.ts";
import type { Target } from "./targets.ts";

/** The pages, which help texts and messages name too, and their pictures; at the same places as here. */
const PAGES = ["docs", "docs/images"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(?:md|png)$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`),
);
/** Name in the archive → file here. */
export const COPIED: Readonly<Record<string, string>> = {
  LICENSE: "LICENSE",
  "README.md": "README.md",
  "CHANGELOG.md": "CHANGELOG.md",
  "SECURITY.md": "SECURITY.md",
  "aceslot.toml": "deploy/aceslot.toml",
  // Editors look for it beside the sample.
  "aceslot.schema.json": "deploy/aceslot.schema.json",
  ...Object.fromEntries(PAGES.map((path) => [path, path])),
};
export const COPIED_FOR_LINUX: Readonly<Record<string, string>> = {
  "aceslot.service": "deploy/systemd/aceslot.service",
};
/** Name in the archive → the command of aceslot that prints it. */
export const PRINTED: Readonly<Record<string, readonly string[]>> = {
  "completions/aceslot.bash": ["completion", "bash"],
  "completions/_aceslot": ["completion", "zsh"],
  "completions/aceslot.fish": ["completion", "fish"],
  "completions/aceslot.ps1": ["completion", "powershell"],
  "aceslot.1": ["man"],
};
export const LICENCES = "THIRD-PARTY-LICENSES.txt";
export const BILL = "aceslot.cdx.json";

/** Made once for all archives. @throws Error that names the file and what is wrong with it. */
export function filesForAll(bill: Bom): ArchivedFile[] {
  const [, mitText = ""] = readFileSync("LICENSE", "utf8").split(/^Copyright .*\n+/m);
  const licences = thirdPartyLicences(shippedPackages(bill).map(withTexts), bunRuntime(), mitText.trim());
  return [
    ...copied(COPIED),
    textFile(LICENCES, licences),
    textFile(BILL, billText(bill)),
    ...Object.entries(PRINTED).map(([name, command]) => textFile(name, printed(command))),
  ];
}

export function filesFor(target: Target): ArchivedFile[] {
  return target.os === "linux" ? copied(COPIED_FOR_LINUX) : [];
}

export function billText(bill: Bom): string {
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function copied(files: Readonly<Record<string, string>>): ArchivedFile[] {
  return Object.entries(files).map(([name, path]) => ({
    name,
    bytes: readFileSync(path),
    executable: false,
  }));
}

function textFile(name: string, text: string): ArchivedFile {
  return { name, bytes: Buffer.from(text), executable: false };
}

function printed(command: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [MAIN, ...command], {
    encoding: "utf8",
  });
  if (status !== 0 || stdout === "")
    throw new Error(`aceslot ${command.join(" ")}: ${error?.message ?? (stderr || "printed nothing")}`);
  return stdout;
}
