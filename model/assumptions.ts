/** What every result of the core's exploration rests on, and what it leaves out: printed with each of them. */
import { BUDGETS, sizeName, type WorldSize } from "./world/size.ts";

export const ASSUMPTIONS: readonly string[] = [
  "An engine ends a session that nobody reads before the release deadline is over (--release-timeout, 90 s, against about a minute). That includes a session whose start was never answered: the engine begins it early enough, or never.",
  "A stream that somebody else starts counts from the moment the orchestrator's list shows it, not before.",
  "The state file is written as a whole, and a start leaves the proxy only after the file has it.",
  "Fair: where an answer, a delivery or a time-out stays possible, one of its kind happens some day; requests, leavings and misfortunes need not.",
  "Engines and contents are interchangeable, and so are clients of one player: states that differ only in their names are one. Where engines are provisioned they keep their names.",
];

/** What was not looked at: the budgets as they stood. */
export function limitsOf(ladder: readonly WorldSize[]): string[] {
  if (ladder.length === 0) return [];
  const most = (name: keyof WorldSize): number => Math.max(...ladder.map((size) => Number(size[name])));
  const budgets = BUDGETS.filter((name) => name !== "requests").map((name) => `${name} ${most(name)}`);
  const largest = ladder.reduce((a, b) => (weight(b) > weight(a) ? b : a));
  return [
    `Exhaustive only up to these sizes; the largest world is ${sizeName(largest)}. Beyond them: random walks, and the argument that small worlds show most bugs.`,
    `At most so many of each in one world: ${budgets.join(", ")}; spares ${most("spares")}. Kinds that no world combines are not explored together.`,
    "Times are order only: a time-out may fire at any point after it was armed.",
    "Engines' health, forwarded ports and use by others never vary, and no stream is asked for in variants: only the selector's tests, and its older random world, look at these.",
  ];
}

const weight = (size: WorldSize): number => size.engines * size.cap * 100 + size.requests;
