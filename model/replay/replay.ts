/**
 * Holds files against the model: reads them side by side in the order of their times and hands each line to the
 * judge of their kind. It decides nothing about lines; only src/cli and its own tests may import it from outside.
 */
import { AcexyJudge } from "./acexy.ts";
import { type Format, formatOf, type Reading } from "./formats.ts";
import { JournalJudge } from "./journal.ts";
import { FILES_MAX, RECOGNISE_LINES_MAX, ReplayLimitError } from "./limits.ts";
import { assertFile, type Batch, ReplayFileError, readBatches } from "./lines.ts";
import { timeReader } from "./time.ts";
import type { Judge, Told, Where } from "./told.ts";

export { ReplayFileError, ReplayLimitError };

export interface ReplayOptions {
  /** Takes the place of what the files say; null: they say it. */
  readonly cap: number | null;
  /** How far the clocks of two proxies may differ, ms; null: not at all on one host, usually between several. */
  readonly skewMs?: number | null;
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
  return replaySources(
    names.map((name) => ({
      name,
      shown: options.shown(name),
      batches: readBatches(name, options.shown(name)),
    })),
    options,
  );
}

/** What is read as one file. */
export interface Input {
  readonly name: string;
  readonly shown: string;
  readonly batches: AsyncGenerator<Batch>;
}

export async function replaySources(
  inputs: readonly Input[],
  { cap, skewMs = null }: Pick<ReplayOptions, "cap" | "skewMs">,
): Promise<Told> {
  const sources = inputs.map((input, index) => new Source(input, index, inputs.length > 1));
  for (const source of sources) await source.recognise();
  const [first] = sources;
  if (!first) throw new ReplayFileError("there is no file");
  for (const source of sources)
    if (isLog(source) !== isLog(first))
      throw new ReplayFileError(
        `${source.shown} is ${KINDS[source.format.kind]} and ${first.shown} ${KINDS[first.format.kind]}: ` +
          "only files of one kind are put together; replay them one after the other",
      );
  const judge = (isLog(first) ? new AcexyJudge(cap) : new JournalJudge(cap, skewMs)) as Any;
  await merge(sources, judge);
  const lines = sources.reduce((sum, source) => sum + source.lines, 0);
  const files = inputs.map(({ name }) => name);
  return judge.told({ files, lines, cutOff: sources.flatMap(({ cutOff }) => cutOff ?? []) });
}

const KINDS = { journal: "a journal", monitor: "a store's stream", acexy: "an acexy log" } as const;

/** Journals and a store's stream go together; logs of acexy are alone. */
const isLog = ({ format }: Source): boolean => format.kind === "acexy";

type Any = Judge<Reading>;

/** The oldest line next. A line never comes before those above it in its own file, whatever time it tells. */
async function merge(sources: readonly Source[], judge: Any): Promise<void> {
  const [only] = sources;
  if (only && sources.length === 1) {
    do only.drain(judge);
    while (await only.refill());
    judge.next?.(only.file, null);
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
    if (next.step(judge) || (await next.advance(judge))) continue;
    heads.splice(heads.indexOf(next), 1);
    judge.next?.(next.file, null);
  }
}

/** One file, at one of its lines. */
class Source {
  readonly shown: string;
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
  readonly #timeOf = timeReader();

  constructor(
    { shown, batches }: Input,
    readonly file: number,
    /** Its times are needed, since there are other files. */
    readonly isTimed: boolean,
  ) {
    this.shown = shown;
    this.#batches = batches;
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
      // A time that cannot be read leaves the line where it stands.
      if (this.isTimed) this.ms = Math.max(this.ms, (reading.ms ?? this.#timeOf(reading.at)) || this.ms);
      this.#head = { reading, where: { file: this.file, line: this.lines, at: reading.at } };
      judge.next?.(this.file, reading);
      return true;
    }
    return false;
  }

  hand(judge: Any): void {
    if (this.#head) judge.take(this.#head.reading, this.#head.where);
    this.#head = null;
  }
}

function whyUnknown(example: string | null, lines: number): string {
  const kinds =
    "a journal of aceslot, an acexy log, or one reduced to ms,event,engine_port,active_seen,content";
  if (example === null) return `holds nothing but empty or endless lines: it must be ${kinds}`;
  if (example?.startsWith("{"))
    return `is no journal of a version that this one knows: its lines hold no seq, at and proxy as ours do; replay it with the version that wrote it`;
  return `is of a kind that this version does not know (${lines} lines looked at): it must be ${kinds}`;
}
