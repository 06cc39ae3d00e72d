/** The bench's tables, for the terminal and for a page. Pure. */
import type { Sample } from "../metrics.ts";
import { type Column, lines, rows } from "../table.ts";
import type { Trial } from "./limits.ts";
import { type Runtime, TITLES } from "./runtimes.ts";

export interface Table {
  readonly name: string;
  readonly told: string;
  /** The first row has the headings. */
  readonly rows: readonly (readonly string[])[];
}

/** What the limiters are compared to, and the proxies. */
const OURS = "aceslot";
const FIRST_PROXY = "bun";

const inOrder = (samples: readonly Sample[], order: readonly string[]): readonly Sample[] =>
  samples.toSorted((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject));

/** One scenario on every runtime, side by side; a subject that is missing on one has empty cells there. */
export function trialTable(
  { name, told, columns }: Pick<Trial, "name" | "told" | "columns">,
  runtimes: readonly Runtime[],
  subjects: readonly string[],
  samples: readonly Sample[],
): Table {
  const tables = runtimes.map((runtime) => {
    const own = samples.filter(({ scenario }) => scenario === `${name} ${runtime}`);
    return { runtime, rows: rows(inOrder(own, subjects), columns, OURS) };
  });
  const seen = subjects.filter((subject) =>
    tables.some(({ rows }) => rows.some(([first]) => first === subject)),
  );
  const head = tables.flatMap(({ runtime, rows: [headings = []] }) =>
    headings
      .slice(1)
      .map((heading) => (heading.startsWith("to ") ? heading : `${TITLES[runtime]} ${heading}`)),
  );
  const body = seen.map((subject) => [
    subject,
    ...tables.flatMap(({ rows: [headings = [], ...rest] }) =>
      (rest.find(([first]) => first === subject) ?? headings.map(() => "–")).slice(1),
    ),
  ]);
  return { name, told, rows: [["", ...head], ...body] };
}

export function proxyTable(
  {
    name,
    told,
    columns,
  }: { readonly name: string; readonly told: string; readonly columns: readonly Column[] },
  subjects: readonly string[],
  samples: readonly Sample[],
): Table {
  const own = samples.filter(({ scenario }) => scenario === name);
  return { name, told, rows: rows(inOrder(own, subjects), columns, FIRST_PROXY) };
}

/** For a terminal. */
export const textOf = ({ name, told, rows }: Table): string =>
  [`${name}: ${told}`, ...lines(rows).map((line) => `  ${line}`)].join("\n");

/** As a table of Markdown, all figures to the right. */
export function markdownOf({ name, told, rows }: Table): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, at) => (at === 0 ? "---" : "--:")).join("|")}|`;
  return [`**${name}**: ${told}`, "", line(head), rule, ...body.map(line)].join("\n");
}

/** `page` with what stands between the marks of each block replaced. Throws if the page has no such marks. */
export function withBlocks(page: string, blocks: ReadonlyMap<string, string>): string {
  let text = page;
  for (const [name, content] of blocks) {
    const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end of ${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the page has no block from ${begin} to ${end}`);
    text = `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
  }
  return text;
}
