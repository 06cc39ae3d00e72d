/** Reads a file, or standard input, line by line in bounded memory, and refuses what is no text. The reading shell. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { CHUNK_BYTES, LINE_BYTES_MAX } from "./limits.ts";

/** A file that cannot be replayed. `message` is one line: the file, what is wrong with it, and what to do. */
export class ReplayFileError extends Error {
  override readonly name = "ReplayFileError";
}

/** Whole lines without their ends; null: a line that is longer than is looked at. */
export interface Batch {
  readonly lines: readonly (string | null)[];
  /** The last one has no line end: the file ends there. */
  readonly cutOff: boolean;
}

const NEWLINE = 10;

/** Magic numbers of what is often handed in by mistake. */
const PACKED: readonly (readonly [bytes: readonly number[], what: string, unpack: string])[] = [
  [[0x1f, 0x8b], "gzip", "zcat"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstdcat"],
  [[0xfd, 0x37, 0x7a], "xz", "xzcat"],
];

/** Opens nothing: says whether `name` can be one of the files, so that a bad one is told before all is read. */
export async function assertFile(name: string, shown: string): Promise<void> {
  if (name === "-") return;
  try {
    if ((await stat(name)).isDirectory())
      throw new ReplayFileError(`${shown} cannot be read: it is a folder; name the file in it`);
  } catch (error) {
    throw fileError(error, shown);
  }
}

export async function* readBatches(name: string, shown: string): AsyncGenerator<Batch> {
  const input = name === "-" ? process.stdin : createReadStream(name, { highWaterMark: CHUNK_BYTES });
  const splitter = new Splitter();
  let first = true;
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      if (first) assertText(chunk, shown);
      const lines = splitter.push(first ? withoutBom(chunk) : chunk);
      first = false;
      if (lines.length > 0) yield { lines, cutOff: false };
    }
  } catch (error) {
    throw fileError(error, shown);
  }
  if (first)
    throw new ReplayFileError(`${shown} is empty: there is nothing to replay; name a journal or a log`);
  const last = splitter.rest();
  if (last !== undefined) yield { lines: [last], cutOff: true };
}

/** Cuts chunks of bytes into lines. Keeps at most one line, and of one that is too long nothing. */
export class Splitter {
  #parts: Buffer[] = [];
  #bytes = 0;
  #skipping = false;

  constructor(readonly lineBytesMax = LINE_BYTES_MAX) {}

  push(chunk: Buffer): (string | null)[] {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#keep(chunk);
      return [];
    }
    const first = chunk.indexOf(NEWLINE);
    this.#keep(chunk.subarray(0, first));
    const rest = this.rest();
    const lines: (string | null)[] = [rest === undefined ? "" : rest];
    if (end > first) for (const line of chunk.toString("utf8", first + 1, end).split("\n")) lines.push(line);
    this.#keep(chunk.subarray(end + 1));
    return lines;
  }

  /** What is left after the last line end; undefined: nothing. */
  rest(): string | null | undefined {
    const line = this.#skipping ? null : this.#bytes === 0 ? undefined : this.#text();
    this.#parts = [];
    this.#bytes = 0;
    this.#skipping = false;
    return line;
  }

  /** Bytes that are kept, for the test that a long line is not. */
  get kept(): number {
    return this.#bytes;
  }

  #text(): string {
    return (
      this.#parts.length === 1 ? (this.#parts[0] ?? Buffer.of()) : Buffer.concat(this.#parts)
    ).toString();
  }

  #keep(part: Buffer): void {
    if (part.length === 0 || this.#skipping) return;
    if (this.#bytes + part.length > this.lineBytesMax) {
      this.#parts = [];
      this.#bytes = 0;
      this.#skipping = true;
      return;
    }
    this.#parts.push(part);
    this.#bytes += part.length;
  }
}

function withoutBom(chunk: Buffer): Buffer {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk;
}

function assertText(chunk: Buffer, shown: string): void {
  for (const [bytes, what, unpack] of PACKED)
    if (bytes.every((byte, index) => chunk[index] === byte))
      throw new ReplayFileError(
        `${shown} is packed with ${what}: lines of text are needed; try ${unpack} FILE | aceslot replay -`,
      );
  if (chunk.includes(0))
    throw new ReplayFileError(
      `${shown} is binary: lines of text in UTF-8 are needed; name a journal or a log`,
    );
}

function fileError(error: unknown, shown: string): Error {
  if (error instanceof ReplayFileError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const why =
    code === "ENOENT"
      ? "there is no such file; check the path"
      : code === "EACCES" || code === "EPERM"
        ? "this user may not read it; change its mode or its owner"
        : code === "EISDIR"
          ? "it is a folder; name the file in it"
          : code === undefined
            ? null
            : message;
  return why === null && error instanceof Error
    ? error
    : new ReplayFileError(`${shown} cannot be read: ${why ?? message}`);
}
