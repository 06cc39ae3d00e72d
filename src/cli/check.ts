// `aceslot check`: every interleaving of the selector that ships, in small worlds; large ones at random.
import { check as runCheck } from "../../model/checker.ts";
import { CLUSTER_PROPERTIES } from "../../model/cluster/index.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { Line } from "../../model/report/line.ts";
import { wrap } from "../../model/report/text.ts";
import { EXIT_CODE } from "../../model/result.ts";
import { SHELL_PROPERTIES } from "../../model/shell/properties.ts";
import { quoted } from "../config/error.ts";
import { explore } from "./check-explore.ts";
import { everyMutant, isOfCluster, isOfShell, knownMutant, listMutants } from "./check-mutants.ts";
import { outFolder, progress, publish, terminal } from "./check-output.ts";
import { replay } from "./check-replay.ts";
import { type Own, taskOf, time, wholeNumber } from "./check-rules.ts";
import { worldsOf } from "./check-worlds.ts";
import { EXIT, print, UsageError } from "./run.ts";

const STATES_MAX = 1_000_000_000;
/** Of a world of one's own, which may be far larger than its author thinks. */
const STATES_USUAL = 1_000_000;
const SEED_MAX = 999_999_999;

export async function check(own: Own, file: string | null): Promise<number> {
  switch (taskOf(own, file)) {
    case "list-mutants":
      return listMutants();
    case "list-properties":
      return listProperties();
    case "replay":
      return replay(own);
    case "explore":
      return explore(own, file);
    case "every mutant":
      return everyMutant(own);
    case "check":
      return walkThrough(own, file);
  }
}

async function walkThrough(own: Own, file: string | null): Promise<number> {
  const preset = worldsOf(own, file);
  const mutant = typeof own.mutant === "string" ? own.mutant : null;
  if (mutant !== null) knownMutant("--mutant", mutant);
  if (mutant !== null && isOfShell(mutant) && preset.shell === null)
    throw new UsageError(
      `--mutant: ${quoted(mutant)} is a bug of the broker, which these worlds do not look at: it needs --preset ci or deep`,
    );
  if (mutant !== null && isOfCluster(mutant) && preset.cluster.length === 0)
    throw new UsageError(
      `--mutant: ${quoted(mutant)} is a bug of several proxies, and these worlds have one: it needs --preset ci or deep, or --proxies 2`,
    );
  if (own.seed !== undefined && preset.randomRuns === 0)
    throw new UsageError(
      "--seed: there are no random walks here: they belong to --preset ci and deep; leave it out",
    );
  const usual = preset.name === "custom" ? STATES_USUAL : null;
  const maxStates = wholeNumber(own, "max-states", 1, STATES_MAX) ?? usual;
  const maxMs = time(own);
  const seed = wholeNumber(own, "seed", 0, SEED_MAX);
  outFolder(own);
  const result = await runCheck({
    preset,
    mutant,
    maxStates,
    maxMs,
    clock: () => performance.now(),
    symmetry: own.symmetry !== "no",
    ...(seed === null ? {} : { seed }),
    onProgress: progress,
  });
  progress("");
  await publish(result, own);
  return EXIT_CODE[result.verdict];
}

interface Said {
  readonly name: string;
  readonly sentence: string;
  readonly sometimes: string;
}

async function listProperties(): Promise<number> {
  const { color, columns } = terminal();
  const block = ({ name, sentence, sometimes }: Said): string =>
    [
      Line.of(name, "bold"),
      ...wrap(sentence, columns - 2).map((part) => new Line().put(2, part)),
      ...wrap(`Put to the test when ${sometimes}.`, columns - 2).map((part) =>
        new Line().put(2, part, "soft"),
      ),
    ]
      .map((line) => `${line.render(color)}\n`)
      .join("");
  const all = (title: string, properties: readonly Said[]): string =>
    [`${Line.of(title, "cyan").render(color)}\n`, ...properties.map(block)].join("\n");
  await print(
    `${all("The selector, in every state and step of its worlds", PROPERTIES)}\n${all("The broker with its real awaits", SHELL_PROPERTIES)}\n${all("Several proxies and a store of leases", CLUSTER_PROPERTIES)}`,
  );
  return EXIT.done;
}
