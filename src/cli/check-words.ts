// The words of `aceslot check`: its flags, and what each size and budget of a world means.
import { SMALLEST, type WorldSize } from "../../model/world/size.ts";

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
};

export const WORLD_NAMES = Object.keys(WORLD_WORDS) as readonly (keyof WorldSize)[];

export const CHECK_FLAGS = [
  {
    flag: "--preset",
    placeholder: "ci|deep|incident",
    choices: CHECK_PRESETS,
    help: "what to walk through [ci]",
  },
  ...WORLD_NAMES.map((name) => {
    const usual = SMALLEST[name];
    const isSwitch = typeof usual === "boolean";
    return {
      flag: `--${name}`,
      placeholder: isSwitch ? "yes|no" : "N",
      ...(isSwitch ? { choices: ["yes", "no"] as const } : {}),
      help:
        name === "contents"
          ? WORLD_WORDS[name]
          : `${WORLD_WORDS[name]} [${isSwitch ? (usual ? "yes" : "no") : usual}]`,
    };
  }),
  {
    flag: "--mutant",
    placeholder: "NAME",
    help: "put this known bug in place of our code; all: each of them in turn",
  },
  { flag: "--list-mutants", help: "name the known bugs, with their history" },
  { flag: "--list-properties", help: "name what is checked, a sentence each" },
  {
    flag: "--format",
    placeholder: CHECK_FORMATS.join("|"),
    choices: CHECK_FORMATS,
    help: "how to print the result [pretty]",
  },
  { flag: "--out", placeholder: "DIR", help: "write the report, and the trace of a violation, there" },
  { flag: "--replay", placeholder: "TRACE", help: "run the trace of a violation again" },
  { flag: "--explore", help: "open a page that walks through the world by hand" },
  { flag: "--port", placeholder: "N", help: "the page's port [any free one]" },
  { flag: "--time", placeholder: "TIME", help: "stop after so long; what is not seen by then is incomplete" },
  { flag: "--max-states", placeholder: "N", help: "stop after so many states of a world" },
  { flag: "--seed", placeholder: "N", help: "of the random walks [20251012]" },
  {
    flag: "--symmetry",
    placeholder: "yes|no",
    choices: ["yes", "no"] as const,
    help: "count states that differ in names only as one [yes]",
  },
];
