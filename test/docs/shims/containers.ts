/**
 * docker and kubectl, which tests do not have. They check that the files exist and are valid, that the image is the
 * one that is built here, that the flags are known, and run the command of the container with the real binary.
 */
import { readFileSync } from "node:fs";
import { VERSION } from "../../../src/version.ts";
import { composeFaults } from "../compose.ts";
import { aceslot } from "./aceslot.ts";
import { refuse } from "./refuse.ts";

/** Of `docker run`; true: a value follows. */
const RUN_FLAGS: Readonly<Record<string, boolean>> = {
  ...{
    "-d": false,
    "--detach": false,
    "--rm": false,
    "-it": false,
    "-i": false,
    "-t": false,
    "--init": false,
  },
  ...{
    "--read-only": false,
    "-p": true,
    "--publish": true,
    "-v": true,
    "--volume": true,
    "-e": true,
    "--env": true,
  },
  ...{ "--name": true, "--user": true, "--network": true, "--restart": true, "--stop-timeout": true },
  ...{
    "--env-file": true,
    "--mount": true,
    "--entrypoint": true,
    "--add-host": true,
    "--cap-drop": true,
    "--security-opt": true,
    "--tmpfs": true,
  },
};
const COMPOSE_VERBS = [
  "up",
  "down",
  "pull",
  "logs",
  "exec",
  "ps",
  "restart",
  "run",
  "kill",
  "config",
  "stop",
];

export async function docker(args: readonly string[]): Promise<number> {
  const [verb = "", ...rest] = args;
  switch (verb) {
    case "compose":
      return compose(rest);
    case "run":
      return runContainer(rest);
    case "exec": {
      const [, ...command] = rest.filter((word) => !word.startsWith("-"));
      return inContainer(rest.slice(rest.indexOf(command[0] ?? "")));
    }
    case "build": {
      readFileSync(after(rest, "-f") ?? "Dockerfile", "utf8");
      ours(after(rest, "-t") ?? "");
      return 0;
    }
    case "save":
      ours(rest.find((word) => word.includes(":")) ?? "");
      return 0;
    case "buildx":
    case "load":
    case "rm":
    case "kill":
    case "logs":
    case "pull":
    case "stop":
      return 0;
    default:
      return refuse(`docker ${verb} is not known here`);
  }
}

async function compose(args: readonly string[]): Promise<number> {
  const files = args.flatMap((word, index) => (args[index - 1] === "-f" ? [word] : []));
  const rest = args.filter((word, index) => word !== "-f" && args[index - 1] !== "-f");
  const texts = (files.length > 0 ? files : ["compose.yaml"]).map((file) => readFileSync(file, "utf8"));
  for (const text of texts) {
    const faults = composeFaults(text);
    if (faults !== null) refuse(faults);
  }
  const [verb = "", ...words] = rest;
  if (!COMPOSE_VERBS.includes(verb)) refuse(`docker compose ${verb} is not known here`);
  const [service, ...command] = words.filter((word, index) => !word.startsWith("-") || index > 0);
  if (verb !== "up" && service !== undefined && !service.startsWith("-")) {
    if (!texts.some((text) => new RegExp(`^  ${service}:`, "m").test(text))) refuse(`no service ${service}`);
  }
  return verb === "exec" || verb === "run" ? inContainer(command) : 0;
}

async function runContainer(args: readonly string[]): Promise<number> {
  let at = 0;
  for (; at < args.length && args[at]?.startsWith("-"); at++) {
    const [flag = "", inline] = (args[at] ?? "").split("=", 2);
    const takes = RUN_FLAGS[flag];
    if (takes === undefined) refuse(`docker run ${flag} is not known here`);
    if (takes && inline === undefined) at++;
    if (flag === "-e" || flag === "--env") {
      const [name = "", value = ""] = (inline ?? args[at] ?? "").split(/=(.*)/s);
      process.env[name] = value;
    }
  }
  ours(args[at] ?? "");
  return inContainer(["aceslot", ...args.slice(at + 1)]);
}

function ours(image: string): void {
  if (image !== `aceslot:${VERSION}`) refuse(`the image ${image} is not the one that is built here`);
}

async function inContainer([program = "", ...args]: readonly string[]): Promise<number> {
  if (!["aceslot", "/usr/local/bin/aceslot"].includes(program)) refuse(`the image has no ${program}`);
  return aceslot(args);
}

export function kubectl(args: readonly string[]): number {
  const [verb = ""] = args;
  if (!["apply", "get", "logs", "rollout", "create", "delete"].includes(verb)) refuse(`kubectl ${verb}`);
  const file = after(args, "-f");
  if (file !== undefined && file !== "-") Bun.YAML.parse(readFileSync(file, "utf8"));
  return 0;
}

const after = (args: readonly string[], flag: string): string | undefined =>
  args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
