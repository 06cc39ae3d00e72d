/** What a replay found, for people: the verdict first, then the story, then the engines. Pure: text out. */

import { excessStory, leaseFacts, proxyTable } from "./history-pretty.ts";
import type { HistoryTold } from "./history-told.ts";
import { table } from "./table.ts";
import {
  aligned,
  clock,
  duration,
  type Look,
  millis,
  nameOf,
  type Paint,
  painter,
  shortContent,
  shortIds,
  span,
} from "./text.ts";
import { type EngineTold, type Fault, placeOf, type StreamTold, type Told, type Where } from "./told.ts";

/** Engines of which it is told how they came to be above the cap: the worst. */
const STORIES_MAX = 1;

export function pretty(told: Told, look: Look): string {
  const paint = painter(look.colours);
  const place = (where: Where): string => look.safe(placeOf(where, told.files));
  const blocks = [
    [`${paint.bold(heading(told, look))}`, `  ${paint.dim(facts(told).join(" · "))}`],
    verdict(told, paint, place, look),
    ...told.engines
      .filter(({ streams }) => streams.length > 0)
      .slice(0, STORIES_MAX)
      .map((engine) => story(engine, paint, place, look)),
    excessStory(told, paint, place, look),
    proxyTable(told, paint, look),
    table(told, paint, look),
    remarks(told, paint, look),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading({ kind, files, history }: Told, { safe }: Look): string {
  const names = files.map((file) => (file === "-" ? "standard input" : safe(file)));
  const shown = names.length > 3 ? `${names.length} files` : names.join(", ");
  const journals = files.length > 1 ? "journals" : "a journal";
  return `${shown}: ${kind === "acexy" ? "an acexy log" : history?.store ? `${journals} and their store's stream` : journals}`;
}

function facts({ lines, from, to, cap, counts, proxies, history }: Told): string[] {
  const { transition, grant, selections, starts, ends } = counts;
  const number = (count: number, one: string, many = `${one}s`): string =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const known = (count: number | undefined, one: string): string[] =>
    count === undefined ? [] : [number(count, one)];
  return [
    number(lines, "line"),
    ...known(transition, "move"),
    // The store may have refused some of them.
    ...known(grant, history ? "claim" : "grant"),
    ...known(selections, "selection"),
    ...known(starts, "start"),
    ...known(ends, "end"),
    ...(history ? leaseFacts(history) : []),
    ...(proxies.length > 1 && !history ? [number(proxies.length, "proxy", "proxies")] : []),
    ...(from === null || to === null ? [] : [span(from, to)]),
    cap === null ? "cap not told" : `cap ${cap.value}${cap.source === "--cap" ? " (--cap)" : ""}`,
  ];
}

function verdict(told: Told, paint: Paint, place: (where: Where) => string, { safe }: Look): string[] {
  const { illegal, illegalSteps, above } = told;
  const fault = ({ where, sentence }: Fault): string =>
    `    ${place(where)}, ${clock(where.at)}: ${safe(shortIds(sentence))}.`;
  if (told.verdict === "fine") {
    const why =
      told.kind === "journal"
        ? `every step is legal, and no engine was given more than its cap${told.history ? heldWhen(told.history) : ""}`
        : "no engine can have carried more than its cap";
    return [`  ${paint.good("✓ Nothing wrong")}: ${why}.`];
  }
  if (told.verdict === "unknown")
    return [
      `  ${paint.maybe("? It cannot be told")}: nothing is certainly wrong, but not everything can be known.`,
      ...(above.possibly ? [fault(above.possibly)] : []),
      ...told.doubts.map((doubt) => `    ${safe(shortIds(doubt))}.`),
    ];
  const lines: string[] = [];
  if (illegal) {
    const more = illegalSteps > 1 ? `; ${illegalSteps - 1} more follow` : "";
    lines.push(`  ${paint.bad("✗ An illegal step")}${more}`, fault(illegal));
  }
  if (above.certainly)
    lines.push(`  ${paint.bad("✗ The cap was certainly exceeded")}`, fault(above.certainly));
  return lines;
}

/** What a lone proxy's journal tells is only what that proxy did. */
const heldWhen = ({ proxies, store }: HistoryTold): string =>
  proxies.length === 1 && store === null ? " by this proxy" : " at any instant";

function story(engine: EngineTold, paint: Paint, place: (where: Where) => string, { safe }: Look): string[] {
  const { certain, streams } = engine;
  if (!certain) return [];
  const head = `  ${paint.bold(`engine ${safe(nameOf(engine))}`)} at ${clock(certain.where.at)}, ${place(certain.where)}: ${certain.load} streams, cap ${certain.cap}`;
  const rows = streams.map(({ chosen, seen, started, content }) => [
    chosen === null ? "?" : clock(chosen.at),
    seen === null ? "?" : String(seen),
    clock(started.at),
    safe(shortContent(content)),
    place(started),
  ]);
  const lines = aligned([["chosen", "in view", "started", "content", ""], ...rows], 4);
  return [
    head,
    paint.dim(lines[0] ?? ""),
    ...lines.slice(1).map((line, row) => (row < (certain.cap ?? 0) ? line : paint.bad(line))),
    ...burst(streams),
  ];
}

/** `6 selections within 7.8 s, each with 0 streams in view.` */
function burst(streams: readonly StreamTold[]): string[] {
  const times = streams.flatMap(({ chosen }) => (chosen ? [millis(chosen.at)] : []));
  const [seen] = streams.map((stream) => stream.seen);
  if (times.length < 2 || seen == null || streams.some((stream) => stream.seen !== seen)) return [];
  const within = Math.max(...times) - Math.min(...times);
  return [
    `    ${times.length} selections within ${duration(within)}, each with ${seen} ${seen === 1 ? "stream" : "streams"} in view:`,
    "    none of them saw what the others had taken.",
  ];
}

function remarks({ verdict: found, doubts, notes, above }: Told, paint: Paint, { safe }: Look): string[] {
  const possibly = found === "broken" && above.possibly && !above.certainly ? [above.possibly.sentence] : [];
  const all = [...(found === "broken" ? doubts : []), ...possibly, ...notes];
  return all.map((sentence) => paint.dim(`  note: ${safe(shortIds(sentence)).replace(/\.?$/, ".")}`));
}
