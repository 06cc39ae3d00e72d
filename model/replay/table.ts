/** The table of engines under a replay's verdict. Pure: lines out. */
import { aligned, type Look, nameOf, type Paint } from "./text.ts";
import type { EngineTold, Peak, Told } from "./told.ts";

/** Engines in the table; the others are summed up in one line. */
const ENGINES_SHOWN_MAX = 24;
/** Dots of one bar. */
const DOTS_MAX = 24;

/** The engines with their highest loads, the worst first. */
export function table({ engines, folded }: Told, paint: Paint, { safe }: Look): string[] {
  const loaded = engines.filter(({ possible, certain }) => possible !== null || certain !== null);
  if (engines.length === 0) return [];
  const shown = loaded.slice(0, ENGINES_SHOWN_MAX);
  const rows = shown.map((engine) => [
    safe(nameOf(engine)),
    String(engine.certain?.load ?? 0),
    String(engine.possible?.load ?? 0),
    bar(engine),
    remark(engine),
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

function remark({ certain, possible }: EngineTold): string {
  const high = isAbove(certain) ? certain : isAbove(possible) ? possible : null;
  if (high === null) return "";
  const others = high.others > 0 ? `, with ${high.others} of others` : "";
  return `${high === certain ? "certainly" : "possibly"} above the cap${others}`;
}

const isAbove = (peak: Peak | null): peak is Peak =>
  peak !== null && peak.cap !== null && peak.load > peak.cap;

function colourOf(engine: EngineTold | undefined, paint: Paint): (text: string) => string {
  if (!engine) return (text) => text;
  return isAbove(engine.certain) ? paint.bad : isAbove(engine.possible) ? paint.maybe : (text) => text;
}
