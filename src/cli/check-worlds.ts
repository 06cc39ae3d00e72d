// Which worlds `aceslot check` walks through: a preset's, one made of flags, or those of a file.
import { parse } from "smol-toml";
import * as z from "zod";
import { CONTENTS_MAX } from "../../model/cluster/index.ts";
import { PRESETS, type Preset } from "../../model/presets.ts";
import { SMALLEST, type WorldSize } from "../../model/world/size.ts";
import { typeName } from "../config/candidates.ts";
import { quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { readText } from "./check-input.ts";
import type { Own } from "./check-rules.ts";
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
  proxies: 3,
};

/** Where several proxies share them: a claim is one bit, a count of what is left four. */
const CLUSTER_MAX: Partial<Record<keyof WorldSize, number>> = {
  engines: 3,
  contents: CONTENTS_MAX,
  requests: 8,
};
/** Also among several proxies. */
const OF_CLUSTERS: readonly (keyof WorldSize)[] = [
  "engines",
  "cap",
  "requests",
  "contents",
  "proxies",
  "faults",
  "lags",
  "prompt",
];
const BUDGET_MAX = 9;

/** More cannot be told apart by the bits of a number. */
const SLOTS_MAX = 31;

/** The worlds asked for; two ways of naming them are an error that names both. */
export function worldsOf(own: Own, file: string | null): Preset {
  const given = givenWorlds(own, file);
  if (given) return custom(given);
  return PRESETS[own.preset as keyof typeof PRESETS] ?? PRESETS.ci;
}

/** Worlds of one's own, by flags or from a file; null: there are none. */
export function givenWorlds(own: Own, file: string | null): WorldSize[] | null {
  const flag = WORLD_NAMES.find((name) => own[name] !== undefined);
  const ways = [
    ...(own.preset === undefined ? [] : ["--preset"]),
    ...(flag === undefined ? [] : [`--${flag}`]),
    ...(file === null ? [] : ["--config"]),
  ];
  if (ways.length > 1)
    throw new UsageError(
      `${ways.join(" and ")}: only one of them at a time: each says which worlds to walk through; leave the others out`,
    );
  if (file !== null) return readWorlds(file);
  return flag === undefined ? null : [worldOfFlags(own)];
}

const custom = (worlds: readonly WorldSize[]): Preset => ({
  name: "custom",
  ladder: worlds.filter(({ proxies }) => proxies === 1),
  cluster: worlds.filter(({ proxies }) => proxies > 1),
  randomRuns: 0,
  shell: null,
  incident: false,
  bugsOwnWorld: false,
});

export function worldOfFlags(own: Own): WorldSize {
  const read: Record<string, number | boolean> = {};
  for (const name of WORLD_NAMES) {
    const text = own[name];
    if (typeof text !== "string") continue;
    const value = typeof SMALLEST[name] === "boolean" ? text === "yes" : numberOf(text);
    checkValue(`--${name}`, name, text, value);
    read[name] = value;
  }
  return complete("", read);
}

const numberOf = (text: string): number => (/^\d{1,6}$/.test(text) ? Number(text) : Number.NaN);

/** A size as a trace holds it. */
export function readSize(where: string, given: Readonly<Record<string, number | boolean>>): WorldSize {
  const read: Record<string, number | boolean> = {};
  for (const name of WORLD_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    checkValue(`${where}: ${name}`, name, String(value), value);
    read[name] = value;
  }
  return complete(`${where}: `, read);
}

/** `[[world]]` tables with the flags' names as keys; `world = […]` is the same. */
function readWorlds(file: string): WorldSize[] {
  const text = readText("--config", file, "name a TOML file with [[world]] tables");
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
      checkValue(`--config: world ${index + 1}, ${name}`, name, typeName(value), value);
    }
    return complete(`--config: world ${index + 1}, `, world as Record<string, number | boolean>);
  });
}

function checkValue(where: string, name: keyof WorldSize, text: string, value: unknown): void {
  if (typeof SMALLEST[name] === "boolean") {
    if (typeof value === "boolean") return;
    throw new UsageError(`${where}: ${quoted(text)} is not allowed: it must be true or false; try true`);
  }
  const least = ["engines", "cap", "requests", "contents", "players", "proxies"].includes(name) ? 1 : 0;
  const most = WORLD_MAX[name] ?? BUDGET_MAX;
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `${where}: ${quoted(text)} is not allowed: it must be a whole number from ${least} to ${most}; try ${Math.max(least, 1)}`,
  );
}

function complete(where: string, given: Readonly<Record<string, number | boolean>>): WorldSize {
  const size = { ...SMALLEST, ...given } as WorldSize;
  const engines = size.engines + size.spares;
  const slots = engines * (size.cap + size.recaps);
  if (slots > SLOTS_MAX)
    throw new UsageError(
      `${where}engines × cap: ${engines} × ${size.cap + size.recaps} is ${slots} slots, spares and changes of the cap among them: there may be ${SLOTS_MAX}; make engines or cap smaller`,
    );
  const contents = typeof given.contents === "number" ? given.contents : size.requests;
  checkTogether(where, { ...size, contents });
  return { ...size, contents };
}

/** What one proxy has and several have not, and the other way round. */
function checkTogether(where: string, size: WorldSize): void {
  const flag = (name: string): string => (where === "" ? `--${name}` : `${where}${name}`);
  if (size.proxies === 1) {
    const stray = (["faults", "lags", "prompt"] as const).find((name) => size[name] !== SMALLEST[name]);
    if (stray)
      throw new UsageError(
        `${flag(stray)}: it goes with several proxies only; add proxies, as in --proxies 2`,
      );
    return;
  }
  const stray = WORLD_NAMES.find((name) => !OF_CLUSTERS.includes(name) && size[name] !== SMALLEST[name]);
  if (stray)
    throw new UsageError(
      `${flag(stray)}: worlds of several proxies have none of that: they take ${OF_CLUSTERS.join(", ")}; leave it out`,
    );
  for (const [name, most] of Object.entries(CLUSTER_MAX))
    if (Number(size[name as keyof WorldSize]) > most)
      throw new UsageError(`${flag(name)}: with several proxies it may be ${most} at most; make it smaller`);
}
