/** The bench's own programs, compiled into a folder that goes away with it, and those of the machine. */
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NATIVE = join(import.meta.dir, "native");

export interface Programs {
  /** A folder for configurations and binaries. */
  readonly folder: string;
  readonly engine: string;
  readonly load: string;
  readonly relay: string;
  readonly aceslot: string;
  /** Null: it cannot be compiled on this machine. */
  readonly acexy: string | null;
  /** Null: it is not on this machine. */
  readonly nginx: string | null;
  readonly haproxy: string | null;
  /** Names and versions, for the report. */
  readonly versions: readonly string[];
  /** One line for each program that is missing. */
  readonly missing: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where Debian and others put what is not in every user's path. */
const FURTHER_FOLDERS = ["/usr/sbin", "/usr/local/sbin", "/usr/local/go/bin"];

function find(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...FURTHER_FOLDERS];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

function output(command: readonly string[]): string {
  const [file = "", ...args] = command;
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return (stdout + stderr).trim();
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

const GO_NEEDED = "Go 1.19 or newer is needed";

/** Null: this Go cannot build it; why is added to what is told. */
function builtAcexy(go: string, folder: string, told: string[]): string | null {
  const file = join(folder, "acexy");
  try {
    output([go, "build", "-o", file, join(NATIVE, "acexy.go")]);
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : error;
    const version = firstLine(output([go, "version"]));
    told.push(`acexy's design is left out: ${version} does not build it (${GO_NEEDED}): ${reason}`);
    return null;
  }
}

export async function preparePrograms(): Promise<Programs> {
  const gcc = find("gcc");
  if (gcc === null) throw new Error("gcc is missing: apt install gcc libc6-dev");
  const aceslot = process.env.ACESLOT_TEST_BINARY ?? join(import.meta.dir, "../../dist/aceslot");
  if (!existsSync(aceslot)) throw new Error("dist/aceslot is missing: make build");
  const folder = await mkdtemp(join(tmpdir(), "aceslot-bench-"));
  // A bench that is broken off cleans up as well.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const compiled = (name: string): string => {
    const file = join(folder, name);
    output([gcc, "-O2", "-o", file, join(NATIVE, `${name}.c`)]);
    return file;
  };
  const missing: string[] = [];
  const sought = (name: string, told: string): string | null => {
    const file = find(name);
    if (file === null)
      missing.push(
        `${told} is left out: ${name} is missing (${name === "go" ? `apt install golang-go; ${GO_NEEDED}` : `apt install ${name}`})`,
      );
    return file;
  };
  const nginx = sought("nginx", "nginx");
  const haproxy = sought("haproxy", "haproxy");
  const go = sought("go", "acexy's design");
  const acexy = go === null ? null : builtAcexy(go, folder, missing);
  const versions = [
    firstLine(output([aceslot, "--version"])),
    firstLine(output([gcc, "--version"])),
    ...(nginx === null ? [] : [firstLine(output([nginx, "-v"]))]),
    ...(haproxy === null ? [] : [firstLine(output([haproxy, "-v"]))]),
    ...(go === null ? [] : [firstLine(output([go, "version"]))]),
  ];
  return {
    folder,
    engine: compiled("engine"),
    load: compiled("load"),
    relay: compiled("relay"),
    aceslot,
    acexy,
    nginx,
    haproxy,
    versions,
    missing,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
