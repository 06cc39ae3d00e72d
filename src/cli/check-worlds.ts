// Which worlds `aceslot check` walks through: a preset's, one made of flags, or those of a file.
import { readFileSync } from "node:fs";
import { parse } from "smol-toml";
import * as z from "zod";
import { PRESETS, type Preset } from "../../model/presets.ts";
import { SMALLEST, type WorldSize } from "../../model/world/size.ts";
import { quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { WORLD_NAMES } from "./check-words.ts";
import { UsageError } from "./run.ts";

/** Bounds of what can be explored in a life, and of what the state's names can hold. */
const WORLD_MAX: Partial<Record<keyof WorldSize, number>> = {
  engines: 5,
  cap: 8,
  requests: 12,
  contents: 12,
  players: 4,
  spares: 2,
};
const BUDGET_MAX = 9;

export type Own = Readonly<Record<string, string | true>>;

/** The worlds asked for; several at once are an error that names them. */
export function worldsOf(own: Own, file: string | null): Preset {
  const given = WORLD_NAMES.filter((name) => own[name] !== undefined);
  const ways = [
    own.preset === undefined ? [] : ["--preset"],
    given.length > 0 ? [`--${given[0]}`] : [],
    file === null ? [] : ["--config"],
  ].flat();
  if (ways.length > 1)
    throw new UsageError(
      `${ways.join(" and ")}: only one of them at a time: each says which worlds to walk through; leave the others out`,
    );
  if (file !== null) return custom(readWorlds(file));
  if (given.length > 0) return custom([worldOfFlags(own)]);
  return PRESETS[own.preset as keyof typeof PRESETS] ?? PRESETS.ci;
}

const custom = (ladder: readonly WorldSize[]): Preset => ({
  name: "custom",
  ladder,
  randomRuns: 0,
  shell: null,
  incident: false,
});

export function worldOfFlags(own: Own): WorldSize {
  const read: Record<string, number | boolean> = {};
  for (const name of WORLD_NAMES) {
    const text = own[name];
    if (typeof text !== "string") continue;
    if (typeof SMALLEST[name] === "boolean") read[name] = text === "yes";
    else read[name] = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    checkNumber(`--${name}`, name, text, read[name]);
  }
  return complete(read);
}

/** `[[world]]` tables with the flags' names as keys; `world = […]` is the same. */
function readWorlds(file: string): WorldSize[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `--config: ${quoted(file)} cannot be read (${(error as NodeJS.ErrnoException).code}); name a TOML file with [[world]] tables`,
    );
  }
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(
      `--config: ${quoted(file)} is no TOML: ${line}; see aceslot check --help for the keys of a [[world]]`,
    );
  }
  const shape = z.strictObject({ world: z.array(z.record(z.string(), z.unknown())).min(1) });
  const worlds = shape.safeParse(parsed);
  if (!worlds.success)
    throw new UsageError(
      `--config: ${quoted(file)} must hold [[world]] tables and nothing else; begin with [[world]] and engines = 2`,
    );
  return worlds.data.world.map((world, index) => {
    for (const [key, value] of Object.entries(world)) {
      const name = WORLD_NAMES.find((one) => one === key);
      if (!name) {
        const guess = nearest(key, [...WORLD_NAMES]);
        throw new UsageError(
          `--config: world ${index + 1} has a key ${quoted(key)} that there is none of${guess ? `; did you mean ${guess}?` : "; see aceslot check --help"}`,
        );
      }
      checkNumber(`--config: world ${index + 1}, ${name}`, name, String(value), value);
    }
    return complete(world as Record<string, number | boolean>);
  });
}

function checkNumber(where: string, name: keyof WorldSize, text: string, value: unknown): void {
  if (typeof SMALLEST[name] === "boolean") {
    if (typeof value === "boolean") return;
    throw new UsageError(`${where}: ${quoted(text)} is not allowed: it must be true or false; try true`);
  }
  const least = ["engines", "cap", "requests", "contents", "players"].includes(name) ? 1 : 0;
  const most = WORLD_MAX[name] ?? BUDGET_MAX;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `${where}: ${quoted(text)} is not allowed: it must be a whole number from ${least} to ${most}; try ${Math.max(least, 1)}`,
  );
}

const complete = (given: Readonly<Record<string, number | boolean>>): WorldSize => {
  const size = { ...SMALLEST, ...given } as WorldSize;
  return { ...size, contents: typeof given.contents === "number" ? given.contents : size.requests };
};
