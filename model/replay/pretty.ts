/** What a replay found, for people: the verdict first, then the story, then the engines. Pure: text out. */
import {
  type EngineTold,
  type Fault,
  type Peak,
  placeOf,
  type StreamTold,
  type Told,
  type Where,
} from "./told.ts";

export interface Look {
  readonly colours: boolean;
  /** Makes a text from a file safe to be shown. */
  readonly safe: (text: string) => string;
}

/** Engines in the table; the others are summed up in one line. */
const ENGINES_SHOWN_MAX = 24;
/** Engines of which it is told how they came to be above the cap: the worst. */
const STORIES_MAX = 1;
/** Dots of one bar. */
const DOTS_MAX = 24;

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
    table(told, paint, look),
    remarks(told, paint, look),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading({ kind, files }: Told, { safe }: Look): string {
  const names = files.map((file) => (file === "-" ? "standard input" : safe(file)));
  const shown = names.length > 3 ? `${names.length} files` : names.join(", ");
  return `${shown}: ${kind === "journal" ? (files.length > 1 ? "journals" : "a journal") : "an acexy log"}`;
}

function facts({ lines, from, to, cap, counts, proxies }: Told): string[] {
  const { transition, grant, selections, starts, ends } = counts;
  const number = (count: number, one: string, many = `${one}s`): string =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const known = (count: number | undefined, one: string): string[] =>
    count === undefined ? [] : [number(count, one)];
  return [
    number(lines, "line"),
    ...known(transition, "move"),
    ...known(grant, "grant"),
    ...known(selections, "selection"),
    ...known(starts, "start"),
    ...known(ends, "end"),
    ...(proxies.length > 1 ? [number(proxies.length, "proxy", "proxies")] : []),
    ...(from === null || to === null ? [] : [`${clock(from)} – ${clock(to)}`]),
    cap === null ? "cap not told" : `cap ${cap.value}${cap.source === "--cap" ? " (--cap)" : ""}`,
  ];
}

function verdict(told: Told, paint: Paint, place: (where: Where) => string, { safe }: Look): string[] {
  const { illegal, illegalSteps, above } = told;
  const fault = ({ where, sentence }: Fault): string =>
    `    ${place(where)}, ${clock(where.at)}: ${safe(sentence)}.`;
  if (told.verdict === "fine")
    return [
      `  ${paint.good("✓ Nothing wrong")}: every step is legal, and no engine was given more than its cap.`,
    ].map((line) =>
      told.kind === "journal"
        ? line
        : `  ${paint.good("✓ Nothing wrong")}: no engine can have carried more than its cap.`,
    );
  if (told.verdict === "unknown")
    return [
      `  ${paint.maybe("? It cannot be told")}: nothing is certainly wrong, but not everything can be known.`,
      ...(above.possibly ? [fault(above.possibly)] : []),
      ...told.doubts.map((doubt) => `    ${safe(doubt)}.`),
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

function table({ engines, folded, kind }: Told, paint: Paint, { safe }: Look): string[] {
  const loaded = engines.filter(({ possible, certain }) => possible !== null || certain !== null);
  if (engines.length === 0) return [];
  const shown = loaded.slice(0, ENGINES_SHOWN_MAX);
  const rows = shown.map((engine) => [
    safe(nameOf(engine)),
    String(engine.certain?.load ?? 0),
    String(engine.possible?.load ?? 0),
    bar(engine),
    remark(engine, kind),
  ]);
  const lines = aligned([["engine", "certain", "possible", "", ""], ...rows], 2);
  const rest = loaded.slice(ENGINES_SHOWN_MAX);
  const idle = engines.length - loaded.length;
  const highest = (of: "certain" | "possible"): number =>
    Math.max(folded[of], ...rest.map((engine) => engine[of]?.load ?? 0));
  const others = rest.length + folded.engines;
  return [
    paint.dim(lines[0] ?? ""),
    ...lines.slice(1).map((line, row) => colourOf(shown[row], paint)(line)),
    ...(others > 0
      ? [
          paint.dim(
            `  and ${others} more: certain ${highest("certain")}, possible ${highest("possible")} at most`,
          ),
        ]
      : []),
    ...(idle > 0 ? [paint.dim(`  and ${idle} that carried nothing`)] : []),
    ...(shown.length > 0 ? [paint.dim("  highest loads; ● certain  ○ possible  │ cap")] : []),
  ];
}

/** `●●│●●○`: certain, then possible, with the cap between. */
function bar({ certain, possible }: EngineTold): string {
  const sure = certain?.load ?? 0;
  const all = Math.max(sure, possible?.load ?? 0);
  const cap = possible?.cap ?? certain?.cap ?? null;
  const dots: string[] = Array.from({ length: Math.min(Math.max(all, cap ?? 0), DOTS_MAX) }, (_, n) =>
    n < sure ? "●" : n < all ? "○" : "·",
  );
  if (cap !== null && cap <= dots.length) dots.splice(cap, 0, "│");
  return all > DOTS_MAX ? `${dots.join("")}…` : dots.join("");
}

function remark({ certain, possible }: EngineTold, kind: Told["kind"]): string {
  const high = isAbove(certain) ? certain : isAbove(possible) ? possible : null;
  if (high === null) return "";
  if (high === certain && kind === "acexy") return "certainly above the cap";
  if (kind === "acexy")
    return high.others > 0 ? "possibly above, with streams of others" : "possibly above the cap";
  return high.others > 0 ? `above, with ${high.others} of others` : "above the cap";
}

const isAbove = (peak: Peak | null): peak is Peak =>
  peak !== null && peak.cap !== null && peak.load > peak.cap;

function colourOf(engine: EngineTold | undefined, paint: Paint): (text: string) => string {
  if (!engine) return (text) => text;
  return isAbove(engine.certain) ? paint.bad : isAbove(engine.possible) ? paint.maybe : (text) => text;
}

function remarks({ verdict: found, doubts, notes, above }: Told, paint: Paint, { safe }: Look): string[] {
  const possibly = found === "broken" && above.possibly && !above.certainly ? [above.possibly.sentence] : [];
  const all = [...(found === "broken" ? doubts : []), ...possibly, ...notes];
  return all.map((sentence) => paint.dim(`  note: ${safe(sentence).replace(/\.?$/, ".")}`));
}

/** An id of 64 digits is cut to the twelve that `docker ps` shows; a name is put before it. */
function nameOf({ id, name }: EngineTold): string {
  const short = /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
  return name === "" || name === id ? short : `${name} ${short}`;
}

const shortContent = (content: string): string => content.replace(/^(id|infohash):/, "").slice(0, 12);

/** Milliseconds since the file's beginning of time. */
const millis = (at: string): number => (/^\d+$/.test(at) ? Number(at) : Date.parse(at));

/** Time of day to the millisecond; for a log that counts milliseconds, minutes and seconds of them. */
function clock(at: string): string {
  if (/^\d+$/.test(at)) {
    const ms = Number(at);
    return `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1_000).toFixed(3).padStart(6, "0")}`;
  }
  const time = Date.parse(at);
  return Number.isNaN(time) ? "?" : new Date(time).toISOString().slice(11, 23);
}

const duration = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

function aligned(rows: readonly (readonly string[])[], indent: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? "")].length)),
  );
  return rows.map((row) =>
    `${" ".repeat(indent)}${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ")}`.trimEnd(),
  );
}

type Paint = Readonly<Record<"bold" | "dim" | "good" | "bad" | "maybe", (text: string) => string>>;

function painter(colours: boolean): Paint {
  const code = (on: number, off: number) => (text: string) =>
    colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return { bold: code(1, 22), dim: code(2, 22), good: code(32, 39), bad: code(31, 39), maybe: code(33, 39) };
}
