/** Reads a journal as anybody could, and recomputes every engine's load from it, sharing nothing with the proxy. */
import { readFileSync } from "node:fs";

export interface JournalLine {
  readonly seq: number;
  readonly at: string;
  readonly proxy: string;
  /** Missing in the line of a slot's move. */
  readonly type?: string;
  readonly engine?: string;
  readonly slot?: number;
  readonly from?: string;
  readonly to?: string;
  readonly cause?: string;
  readonly load?: number;
  readonly foreign?: Readonly<Record<string, number>>;
}

export interface Recomputed {
  /** What is wrong, each with its line's number; a good journal has nothing. */
  readonly faults: readonly string[];
  /** Highest load of any engine at any line. */
  readonly highestLoad: number;
  /** Load of each engine after the last line. */
  readonly loads: ReadonlyMap<string, number>;
  /** Lines of each kind; `transition` for moves of slots. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Every move that a slot may make. */
const MOVES = new Set([
  "free pending",
  "pending active",
  "pending released",
  "active released",
  "released free",
]);

export function readJournal(path: string): JournalLine[] {
  const text = readFileSync(path, "utf8");
  if (!text.endsWith("\n")) throw new Error("the last line is cut off");
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line) as JournalLine);
}

interface EngineBook {
  /** Slots that are not free, with their states. */
  readonly held: Map<number, string>;
  foreign: number;
}

export function recompute(lines: readonly JournalLine[], cap: number): Recomputed {
  const faults: string[] = [];
  const counts: Record<string, number> = {};
  const books = new Map<string, EngineBook>();
  let highestLoad = 0;
  const bookOf = (id: unknown): EngineBook => {
    const book = books.get(String(id)) ?? { held: new Map(), foreign: 0 };
    books.set(String(id), book);
    return book;
  };
  const loadOf = ({ held, foreign }: EngineBook): number => held.size + foreign;

  for (const [index, line] of lines.entries()) {
    const wrong = (what: string): void =>
      void faults.push(`line ${index + 1}: ${what}: ${JSON.stringify(line)}`);
    const kind = line.type ?? "transition";
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (line.seq !== index + 1) wrong(`seq is not ${index + 1}`);
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(line.at)) wrong("at is no RFC 3339 time in UTC");
    if (line.at < (lines[index - 1]?.at ?? "")) wrong("time goes back");
    if (line.proxy !== lines[0]?.proxy || line.proxy === "") wrong("proxy is missing or another one");
    switch (line.type) {
      case undefined: {
        const { held } = bookOf(line.engine);
        const slot = Number(line.slot);
        const before = held.get(slot) ?? "free";
        if (line.from !== before) wrong(`the slot was ${before}`);
        if (!MOVES.has(`${line.from} ${line.to}`)) wrong("no slot may do this");
        if (!line.cause) wrong("the cause is missing");
        if (line.to === "free") held.delete(slot);
        else held.set(slot, String(line.to));
        break;
      }
      case "snapshot": {
        const foreign = line.foreign ?? {};
        for (const [id, book] of books) book.foreign = foreign[id] ?? 0;
        for (const id of Object.keys(foreign)) bookOf(id).foreign = foreign[id] ?? 0;
        break;
      }
      case "grant":
        if (line.load !== loadOf(bookOf(line.engine))) wrong(`the load is ${loadOf(bookOf(line.engine))}`);
        break;
      case "engine_seen":
        bookOf(line.engine);
        break;
      case "engine_gone":
        if (bookOf(line.engine).held.size > 0) wrong("the engine still holds something");
        books.delete(String(line.engine));
        break;
    }
    for (const [id, book] of books) {
      highestLoad = Math.max(highestLoad, loadOf(book));
      // Others may put more on an engine than we would; our own part must never pass what they leave.
      const isOurMove = line.type === undefined && line.engine === id && line.to === "pending";
      if (isOurMove && loadOf(book) > cap) wrong(`engine ${id} is above its cap of ${cap}`);
    }
  }
  return { faults, highestLoad, counts, loads: new Map([...books].map(([id, book]) => [id, loadOf(book)])) };
}
