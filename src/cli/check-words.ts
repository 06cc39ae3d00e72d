// The words of `aceslot check`: its flags, and what each size and budget of a world means.
import { SMALLEST, type WorldSize } from "../../model/world/size.ts";
import type { FlagWords } from "./flag-words.ts";

export const CHECK_PRESETS = ["ci", "deep", "incident"] as const;
export const CHECK_FORMATS = ["pretty", "json", "junit", "github", "sarif", "mermaid", "itf"] as const;

/** What a world's sizes and budgets mean. */
export const WORLD_WORDS: Readonly<Record<keyof WorldSize, string>> = {
  engines: "engines",
  cap: "streams that an engine may carry",
  requests: "requests in one run",
  contents: "different contents [as many as requests]",
  players: "players that can be told apart",
  hashes: "contents asked for by id and by infohash",
  reports: "report starts and ends to the orchestrator",
  labels: "the orchestrator keeps our labels",
  refusals: "starts that an engine refuses",
  losses: "starts whose answer is lost",
  timeouts: "start time-outs",
  deaths: "sessions that break, engines that die",
  expiries: "sessions that an engine ends by itself",
  delays: "stops that nobody answers for a while",
  doubles: "answers that come twice, or late",
  looks: "looks at the pool that may be stale",
  foreign: "streams that somebody else starts",
  vanishings: "engines that vanish, or drain, and come back",
  twins: "engines listed under two ids",
  spares: "engines that can be provisioned",
  zaps: "players that stop reading and want another content",
  ends: "streams ended by hand",
  recaps: "changes of the cap",
  drains: "shutdowns",
  crashes: "crashes, each followed by a next life",
  proxies: "proxies that share the engines through a store of leases",
  faults: "with several proxies: pauses, cut links, crashes, lost messages, stores that forget",
  lags: "with several proxies: news of the store that comes late; with --prompt yes: what may lag at a time",
  prompt: "with several proxies: what is under way arrives first, but for what may lag",
};

export const WORLD_NAMES = Object.keys(WORLD_WORDS) as readonly (keyof WorldSize)[];

/** How large a world is and of what kind; all others are budgets: how often a thing may happen. */
const SIZES: readonly (keyof WorldSize)[] = [
  "engines",
  "cap",
  "requests",
  "contents",
  "players",
  "spares",
  "proxies",
  "hashes",
  "reports",
  "labels",
  "prompt",
];

const YES_NO = ["yes", "no"] as const;

const worldFlag = (group: string) => (name: keyof WorldSize) => {
  const usual = SMALLEST[name];
  const words = WORLD_WORDS[name];
  if (typeof usual === "boolean")
    return {
      group,
      flag: `--${name}`,
      placeholder: "yes|no",
      choices: YES_NO,
      help: `${words} [${usual ? "yes" : "no"}]`,
    };
  // Every budget is 0 unless given: the group's title says so.
  const shown = name === "contents" || (usual === 0 && !SIZES.includes(name)) ? "" : ` [${usual}]`;
  return { group, flag: `--${name}`, placeholder: "N", help: `${words}${shown}` };
};

const WHAT = "What to check";
const WORLD = "A world of your own, in place of a preset's";
const BUDGET = "How often a thing may happen in it, at most [0]";
const RESULT = "The result";
const HAND = "By hand";

export const CHECK_FLAGS: readonly FlagWords[] = [
  {
    group: WHAT,
    flag: "--preset",
    placeholder: "ci|deep|incident",
    choices: CHECK_PRESETS,
    help: "ci: seconds; deep: many minutes; incident: that of 2025-10-12 [ci]",
  },
  {
    group: WHAT,
    flag: "--config",
    placeholder: "FILE",
    ofSettings: true,
    help: "worlds from a TOML file: [[world]] tables with the names below as keys",
  },
  {
    group: WHAT,
    flag: "--mutant",
    placeholder: "NAME",
    completes: "mutants",
    help: "put this known bug in place of our code; all: each in turn, and each must be caught",
  },
  {
    group: WHAT,
    flag: "--time",
    placeholder: "TIME",
    help: "stop after so long; what is not seen by then is incomplete",
  },
  {
    group: WHAT,
    flag: "--max-states",
    placeholder: "N",
    help: "stop after so many states of a world [presets: no limit; else 1000000]",
  },
  { group: WHAT, flag: "--seed", placeholder: "N", help: "of the random walks of ci and deep [20251012]" },
  {
    group: WHAT,
    flag: "--symmetry",
    placeholder: "yes|no",
    choices: YES_NO,
    help: "count states that differ in names only as one [yes]",
  },
  ...SIZES.map(worldFlag(WORLD)),
  ...WORLD_NAMES.filter((name) => !SIZES.includes(name)).map(worldFlag(BUDGET)),
  {
    group: RESULT,
    flag: "--format",
    placeholder: "FORMAT",
    choices: CHECK_FORMATS,
    help: `how to write it: ${CHECK_FORMATS.join(", ")} [pretty]`,
  },
  {
    group: RESULT,
    flag: "--out",
    placeholder: "DIR",
    completes: "folders",
    help: "write it, and the trace of a violation, into this folder",
  },
  {
    group: RESULT,
    flag: "--replay",
    placeholder: "TRACE",
    completes: "files",
    help: "run the trace of a violation again",
  },
  { group: HAND, flag: "--explore", help: "open a page that walks through a world" },
  { group: HAND, flag: "--port", placeholder: "N", help: "the page's port [any free one]" },
  { group: HAND, flag: "--list-mutants", help: "name the known bugs, with their history" },
  { group: HAND, flag: "--list-properties", help: "name what is checked, a sentence each" },
];
