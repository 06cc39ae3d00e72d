/** A plain table: the first column is text and takes what is left, the others are numbers or short words. */
import { Line, type Tone } from "./line.ts";
import { plain, width, wrap } from "./text.ts";

export interface Column {
  readonly title: string;
  /** Dropped first, the highest first, when the terminal is narrow; absent: never. */
  readonly spare?: number;
  readonly align?: "left" | "right";
}

export interface Row {
  readonly cells: readonly string[];
  /** Stands before the first cell. */
  readonly mark: { readonly text: string; readonly tone: Tone };
  readonly tone?: Tone;
}

const MARK = 4;
const GAP = 2;
/** Below this the first column is no longer read easily. */
const FIRST_MIN = 14;

export function table(columns: readonly Column[], rows: readonly Row[], room: number): Line[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(width(title), ...rows.map(({ cells }) => width(plain(cells[at] ?? "")))),
  );
  const rest = (shown: readonly number[]): number =>
    shown.reduce((sum, at) => sum + (at === 0 ? 0 : GAP + (widths[at] ?? 0)), MARK);
  let shown = columns.map((_, at) => at);
  const wanted = Math.min(FIRST_MIN, widths[0] ?? 0);
  while (room - rest(shown) < wanted) {
    const [spare] = shown
      .filter((at) => columns[at]?.spare !== undefined)
      .toSorted((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
    if (spare === undefined) break;
    shown = shown.filter((at) => at !== spare);
  }
  const first = Math.max(1, Math.min(widths[0] ?? 0, room - rest(shown)));

  const write = (cells: readonly string[], mark: Row["mark"] | null, tone: Tone | null): Line[] => {
    const names = wrap(cells[0] ?? "", first);
    return names.map((name, n) => {
      const line = new Line();
      if (mark !== null && n === 0) line.put(2, mark.text, mark.tone);
      line.put(MARK, name, tone);
      let column = MARK + first;
      for (const at of n === 0 ? shown.slice(1) : []) {
        const text = plain(cells[at] ?? "");
        const room = widths[at] ?? 0;
        column += GAP;
        line.put(columns[at]?.align === "left" ? column : column + room - width(text), text, tone);
        column += room;
      }
      return line;
    });
  };
  return [
    ...write(
      columns.map(({ title }) => title),
      null,
      "soft",
    ),
    ...rows.flatMap(({ cells, mark, tone }) => write(cells, mark, tone ?? null)),
  ];
}
