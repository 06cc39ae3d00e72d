/** Several proxies, for people: who did what with leases, and what was there when an engine had too many. Pure. */
import type { HistoryTold } from "./history-told.ts";
import { aligned, clock, type Look, type Paint, shortContent } from "./text.ts";
import type { Told, Where } from "./told.ts";

/** Proxies in the table; the others are counted. */
const PROXIES_SHOWN_MAX = 16;

const number = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** `3 proxies in 5 lives`, and what their store did. */
export function leaseFacts({ proxies, store }: HistoryTold): string[] {
  const lives = proxies.reduce((sum, proxy) => sum + proxy.lives, 0);
  const losses = store && store.losses > 0 ? `, its memory lost ${number(store.losses, "time")}` : "";
  return [
    `${number(proxies.length, "proxy", "proxies")} in ${number(lives, "life", "lives")}`,
    ...(store ? [`store: ${number(store.commands, "command")}${losses}`] : []),
  ];
}

/** Who was granted, refused and handed what. */
export function proxyTable({ history }: Told, paint: Paint, { safe }: Look): string[] {
  if (!history) return [];
  const shown = history.proxies.slice(0, PROXIES_SHOWN_MAX);
  const rows = shown.map(({ proxy, lives, granted, refused, adopted, lost, released }) => [
    safe(proxy),
    ...[lives, granted, refused, adopted, lost, released].map((count) => count.toLocaleString("en")),
  ]);
  const head = ["proxy", "lives", "granted", "refused", "taken over", "lost", "given back"];
  const [first = "", ...lines] = aligned([head, ...rows], 2);
  const rest = history.proxies.length - shown.length;
  return [paint.dim(first), ...lines, ...(rest > 0 ? [paint.dim(`  and ${rest} more`)] : [])];
}

/** The sessions that were at a place when it had too many, each with the line that says so. */
export function excessStory(
  { history }: Told,
  paint: Paint,
  place: (where: Where) => string,
  { safe }: Look,
): string[] {
  const excess = history?.exceeded.certainly ?? history?.exceeded.possibly;
  if (!excess) return [];
  const { where, load, cap, sessions } = excess;
  const rows = sessions.map(({ lease, proxy, content, certain, began }) => [
    clock(began.at),
    safe(lease ?? "?"),
    safe(proxy ?? "?"),
    safe(content === null ? "?" : shortContent(content)),
    certain ? "" : "possibly",
    place(began),
  ]);
  const [head = "", ...lines] = aligned([["since", "lease", "proxy", "content", "", ""], ...rows], 4);
  return [
    `  ${paint.bold(safe(excess.place))} at ${clock(where.at)}, ${place(where)}: ${load} streams, cap ${cap}`,
    paint.dim(head),
    ...lines.map((line, row) => (row < cap ? line : paint.bad(line))),
  ];
}
