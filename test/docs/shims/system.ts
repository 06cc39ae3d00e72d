/** What changes the machine: checked for sense, and not done. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { refuse } from "./refuse.ts";

const UNITS = ["aceslot", "aceslot.service", "redis-server", "prometheus", "nginx", "caddy"];
const VERBS = ["enable", "disable", "start", "stop", "restart", "reload", "status", "daemon-reload", "edit"];

export function systemctl(args: readonly string[]): number {
  const [verb = "", ...units] = args.filter((word) => !word.startsWith("-"));
  if (!VERBS.includes(verb)) refuse(`systemctl ${verb} is not known here`);
  for (const unit of units) if (!UNITS.includes(unit)) refuse(`there is no unit ${unit}`);
  return 0;
}

export function journalctl(args: readonly string[]): number {
  const unit = args[args.indexOf("-u") + 1];
  return unit !== undefined && UNITS.includes(unit) ? 0 : refuse(`journalctl ${args.join(" ")}`);
}

/** Runs the rest, as who one is. */
export const sudo = (args: readonly string[]): number => {
  const [program = "", ...rest] = args;
  return spawnSync(program, rest, { stdio: "inherit" }).status ?? 96;
};

/** The targets must exist, in the repository's Makefile; what they do is tested elsewhere. */
export function make(args: readonly string[], root: string): number {
  const makefile = readFileSync(`${root}/Makefile`, "utf8");
  for (const target of args.filter((word) => !word.includes("=") && !word.startsWith("-")))
    if (!new RegExp(`^(?:[a-z0-9-]+ )*${target}\\b.*:.*## `, "m").test(makefile))
      refuse(`no target ${target}`);
  return 0;
}

export function git(args: readonly string[]): number {
  const [verb, , folder] = args;
  if (verb !== "clone" || folder === undefined) refuse(`git ${args.join(" ")}`);
  mkdirSync(folder, { recursive: true });
  return 0;
}

export function aptGet(args: readonly string[]): number {
  return args.includes("install") || args.includes("update") ? 0 : refuse(`apt-get ${args.join(" ")}`);
}

/** The proxy of the test, and no other on this machine. */
export function pidof(args: readonly string[]): number {
  if (args[0] !== "aceslot") refuse(`pidof ${args.join(" ")}`);
  process.stdout.write(`${process.env.DOCS_PID}\n`);
  return 0;
}

/** There is no other machine: its command is run here. */
export function ssh(args: readonly string[]): number {
  const [host, ...command] = args;
  return host === undefined || command.length === 0 ? refuse("ssh without a command") : sudo(command);
}
