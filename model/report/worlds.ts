/** The table of the worlds that were explored. */
import type { CheckResult } from "../result.ts";
import type { Line } from "./line.ts";
import { MARK } from "./marks.ts";
import { table } from "./table.ts";
import { count, decimals, plural } from "./text.ts";
import { cutShort, totals, violatedIn } from "./words.ts";

export function worlds(result: CheckResult, room: number): Line[] {
  const acyclic = { true: "yes", false: "no", null: "–" } as const;
  const rate = (states: number, seconds: number): string => (seconds > 0 ? count(states / seconds) : "–");
  const cut = cutShort(result);
  const rows = result.rungs.map((rung) => ({
    cells: [
      cut.includes(rung) ? `${rung.name} (cut)` : rung.name,
      rung.method,
      count(rung.states),
      count(rung.edges),
      count(rung.depth),
      count(rung.terminals),
      acyclic[`${rung.acyclic}`],
      decimals(rung.seconds),
      rate(rung.states, rung.seconds),
    ],
    mark: MARK[violatedIn(result, rung) ? "violated" : rung.complete ? "holds" : "incomplete"],
  }));
  const sum = totals(result);
  const all = {
    cells: [
      plural(rows.length, "world", "worlds"),
      "",
      count(sum.states),
      count(sum.edges),
      "",
      "",
      "",
      decimals(sum.seconds),
      rate(sum.states, sum.seconds),
    ],
    mark: { text: " ", tone: "soft" as const },
    tone: "soft" as const,
  };
  const columns = [
    { title: "world" },
    { title: "method", align: "left" as const },
    { title: "states" },
    { title: "transitions" },
    { title: "depth" },
    { title: "terminals", spare: 2 },
    { title: "acyclic", align: "left" as const, spare: 1 },
    { title: "seconds" },
    { title: "states/s", spare: 3 },
  ];
  return table(columns, rows.length > 1 ? [...rows, all] : rows, room);
}
