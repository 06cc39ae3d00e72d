/**
 * Holds files against the model: reads them side by side in the order of their times and hands each line to the
 * judge of their kind. It decides nothing about lines; only src/cli and its own tests may import it from outside.
 */
import { AcexyJudge } from "./acexy.ts";
import { type Format, formatOf, type Reading } from "./formats.ts";
import { JournalJudge } from "./journal.ts";
import { FILES_MAX, RECOGNISE_LINES_MAX, ReplayLimitError } from "./limits.ts";
import { assertFile, type Batch, ReplayFileError, readBatches } from "./lines.ts";
import type { Judge, Told, Where } from "./told.ts";

export { ReplayFileError, ReplayLimitError };

export interface ReplayOptions {
  /** Takes the place of what the files say; null: they say it. */
  readonly cap: number | null;
  /** A file's name as it may stand in a message. */
  readonly shown: (name: string) => string;
}

/** Reads `files` (`-`: standard input) to their ends. Throws `ReplayFileError`, `ReplayLimitError`. */
export async function replay(names: readonly string[], options: ReplayOptions): Promise<Told> {
  if (names.length > FILES_MAX)
    throw new ReplayFileError(
      `${names.length} files are too many: at most ${FILES_MAX} are read side by side`,
    );
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index)
      throw new ReplayFileError(
        `${options.shown(name)} is named twice: each file is one proxy's; leave one out`,
      );
  for (const name of names) await assertFile(name, options.shown(name));
  const sources = names.map((name, index) => new Source(name, options.shown(name), index, names.length > 1));
  for (const source of sources) await source.recognise();
  const [first] = sources;
  if (!first) throw new ReplayFileError("there is no file");
  for (const source of sources)
    if (source.format.kind !== first.format.kind)
      throw new ReplayFileError(
        `${source.shown} is ${KINDS[source.format.kind]} and ${first.shown} ${KINDS[first.format.kind]}: ` +
          "only files of one kind are put together; replay them one after the other",
      );
  const judge = judgeOf(first.format.kind, options.cap);
  await merge(sources, judge);
  const lines = sources.reduce((sum, source) => sum + source.lines, 0);
  return judge.told({ files: names, lines, cutOff: sources.flatMap(({ cutOff }) => cutOff ?? []) });
}

const KINDS = { journal: "a journal", acexy: "an acexy log" } as const;

type Any = Judge<Reading>;

const judgeOf = (kind: Format["kind"], cap: number | null): Any =>
  (kind === "journal" ? new JournalJudge(cap) : new AcexyJudge(cap)) as Any;

/** The oldest line next. A line never comes before those above it in its own file, whatever time it tells. */
async function merge(sources: readonly Source[], judge: Any): Promise<void> {
  const [only] = sources;
  if (only && sources.length === 1) {
    do only.drain(judge);
    while (await only.refill());
    return;
  }
  const heads: Source[] = [];
  for (const source of sources) if (await source.advance(judge)) heads.push(source);
  while (heads.length > 0) {
    let next = heads[0];
    for (const head of heads) if (next === undefined || head.ms < next.ms) next = head;
    if (next === undefined) return;
    next.hand(judge);
    // Without a wait as long as the batch lasts.
    if (!next.step(judge) && !(await next.advance(judge))) heads.splice(heads.indexOf(next), 1);
  }
}

/** One file, at one of its lines. */
class Source {
  lines = 0;
  cutOff: Where | null = null;
  /** The time of the line at which it stands, or of one above it if that is later. */
  ms = Number.NEGATIVE_INFINITY;
  readonly #batches: AsyncGenerator<Batch>;
  readonly #waiting: Batch[] = [];
  #batch: Batch = { lines: [], cutOff: false };
  #index = 0;
  #format: Format | null = null;
  #head: { readonly reading: Reading; readonly where: Where } | null = null;
  #at = "";

  constructor(
    name: string,
    readonly shown: string,
    readonly file: number,
    /** Its times are needed, since there are other files. */
    readonly isTimed: boolean,
  ) {
    this.#batches = readBatches(name, shown);
  }

  get format(): Format {
    if (this.#format === null) throw new Error("the file is not recognised yet");
    return this.#format;
  }

  /** Reads on until a line tells what the file is; what was read is kept and looked at later. */
  async recognise(): Promise<void> {
    let seen = 0;
    let example: string | null = null;
    while (seen < RECOGNISE_LINES_MAX) {
      const { value: batch } = await this.#batches.next();
      if (!batch) break;
      this.#waiting.push(batch);
      for (const line of batch.lines) {
        seen++;
        if (line === null || line.trim() === "") continue;
        this.#format = formatOf(line);
        if (this.#format !== null) return;
        example ??= line;
      }
    }
    throw new ReplayFileError(`${this.shown} ${whyUnknown(example, seen)}`);
  }

  /** Hands all lines of the batch to the judge. */
  drain(judge: Any): void {
    while (this.step(judge)) this.hand(judge);
  }

  async refill(): Promise<boolean> {
    const batch = this.#waiting.shift() ?? (await this.#batches.next()).value;
    if (!batch) return false;
    this.#batch = batch;
    this.#index = 0;
    return true;
  }

  /** Goes to the next line that can be read, in whatever batch. False: there is none, the file is over. */
  async advance(judge: Any): Promise<boolean> {
    while (!this.step(judge)) if (!(await this.refill())) return false;
    return true;
  }

  /** Goes to the next line of this batch that can be read. False: there is none. */
  step(judge: Any): boolean {
    const { lines, cutOff } = this.#batch;
    while (this.#index < lines.length) {
      const text = lines[this.#index++];
      const isLast = cutOff && this.#index === lines.length;
      this.lines++;
      const reading =
        text == null ? "damaged" : this.format.read(text.endsWith("\r") ? text.slice(0, -1) : text);
      if (reading === null) continue;
      if (reading === "damaged") {
        const where = { file: this.file, line: this.lines, at: this.#at };
        if (isLast && text !== null) this.cutOff = where;
        else judge.take("damaged", where);
        continue;
      }
      this.#at = reading.at;
      if (this.isTimed) this.ms = Math.max(this.ms, timeOf(reading));
      this.#head = { reading, where: { file: this.file, line: this.lines, at: reading.at } };
      return true;
    }
    return false;
  }

  hand(judge: Any): void {
    if (this.#head) judge.take(this.#head.reading, this.#head.where);
    this.#head = null;
  }
}

/** A time that cannot be read leaves the line where it stands. */
const timeOf = ({ ms, at }: Reading): number => (ms ?? Date.parse(at)) || Number.NEGATIVE_INFINITY;

function whyUnknown(example: string | null, lines: number): string {
  const kinds =
    "a journal of aceslot, an acexy log, or one reduced to ms,event,engine_port,active_seen,content";
  if (example === null) return `holds nothing but empty or endless lines: it must be ${kinds}`;
  if (example?.startsWith("{"))
    return `is no journal of a version that this one knows: its lines hold no seq, at and proxy as ours do; replay it with the version that wrote it`;
  return `is of a kind that this version does not know (${lines} lines looked at): it must be ${kinds}`;
}
