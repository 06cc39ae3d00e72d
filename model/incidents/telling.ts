/** The incident told back, in sentences. */
import type { Run } from "./log.ts";
import { CAP, type Replica } from "./replica.ts";
import { seconds } from "./tale.ts";

/** Choices that come so close together that no list can have shown the earlier ones. */
const BURST_MS = 12_000;

export function tellIncident(runs: readonly Run[], replica: Replica): string[] {
  const ports = new Set(runs.map((run) => run.port));
  const [first] = runs;
  const last = runs.at(-1);
  return [
    `The log has ${runs.length} selections within ${seconds((last?.selectedMs ?? 0) - (first?.selectedMs ?? 0))}, over ${ports.size} engines that may carry ${CAP} streams each.`,
    ...burst(runs),
    ...choices(runs, replica),
    ...loads(replica),
    ...answers(runs, replica),
  ];
}

/** The engine that the log chose most often in one moment. */
function burst(runs: readonly Run[]): string[] {
  const close = (run: Run) =>
    runs.filter(
      ({ port, selectedMs }) =>
        port === run.port && selectedMs >= run.selectedMs && selectedMs < run.selectedMs + BURST_MS,
    );
  const most = runs.map(close).reduce<Run[]>((a, b) => (b.length > a.length ? b : a), []);
  const [begin] = most;
  const end = most.at(-1);
  if (!begin || !end) return [];
  const all = runs.filter((run) => run.port === begin.port);
  const seen = [...new Set(all.map((run) => run.seen))].join(" or ");
  return [
    `Engine ${begin.port} was chosen ${all.length} times, each time with ${seen} streams in view; ${most.length} of them within ${BURST_MS / 1000} s, from ${seconds(begin.selectedMs)} to ${seconds(end.selectedMs)}.`,
  ];
}

function choices(runs: readonly Run[], { chosen, seenAsLogged }: Replica): string[] {
  const same = runs.filter((run) => chosen.get(run.number) === run.port).length;
  return [
    `Played again, ${chosen.size} of the ${runs.length} requests were given a place of their own (the others shared a stream); ${same} of these on the engine that the log names. ${seenAsLogged} times the list showed there what the log says was seen.`,
  ];
}

function loads({ above, highest }: Replica): string[] {
  const [first] = above;
  if (!first) return [`No engine ever carried more than ${Math.max(0, ...highest.values())} streams.`];
  const worst = above.reduce((a, b) => (b.load > a.load ? b : a));
  const ports = new Set(above.map(({ port }) => port));
  return [
    `Engine ${first.port} was the first above its cap, at ${seconds(first.at)} with ${first.load} streams; ${ports.size} engines were, some time.`,
    `Engine ${worst.port} carried the most: ${worst.load} streams at ${seconds(worst.at)}.`,
  ];
}

function answers(runs: readonly Run[], { served, refused }: Replica): string[] {
  const waits = runs.flatMap((run) => {
    const at = served.get(run.number);
    return at === undefined ? [] : [at - Math.max(run.selectedMs, run.startedMs)];
  });
  return [
    `${served.size} of ${runs.length} clients were served${refused.size > 0 ? `, ${refused.size} refused` : ""}; nobody had media later than ${seconds(Math.max(0, ...waits))} after the log's own start.`,
  ];
}
