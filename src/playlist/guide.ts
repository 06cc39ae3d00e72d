/**
 * One guide out of several, ready to be sent: gzip in memory, nothing of any client in it. A channel belongs to
 * the first guide that has it; later ones add nothing to it, or its programmes would stand twice.
 */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createGunzip, createGzip, type Gzip } from "node:zlib";
import { VERSION } from "../version.ts";
import {
  GUIDE_CHANNELS_CHARS_MAX,
  GUIDE_CHANNELS_MAX,
  GUIDE_PIECE_CHARS,
  GUIDE_UNPACKED_BYTES_MAX,
} from "./limits.ts";
import { isGzip } from "./unpacking.ts";
import { GuideError, GuideSlicer } from "./xmltv.ts";

export interface Guide {
  /** XML in UTF-8, as one gzip member: some players stop after the first. All who fetch it share these bytes. */
  readonly gzip: Blob;
  readonly channels: number;
  readonly programmes: number;
  /** Tells versions apart; without quotes. */
  readonly tag: string;
}

/** What one source adds. */
export interface GuidePart {
  readonly root: string;
  /** Text of each channel element, by id. */
  readonly channels: ReadonlyMap<string, string>;
  /** All ids that programmes or channels of it name. */
  readonly ids: ReadonlySet<string>;
  /** The programmes' text as gzip. */
  readonly programmes: Buffer;
  readonly programmeCount: number;
}

/** Reads one guide, packed or not. Rejects with a {@link GuideError} or zlib's error where it is not sound. */
export const readGuide = (bytes: Buffer, signal: AbortSignal): Promise<GuidePart> =>
  partOf(textPieces(bytes), new Set(), signal);

/** What is left of it where an earlier guide has some of its channels. */
export const withoutChannels = (
  part: GuidePart,
  taken: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<GuidePart> => partOf(textOf(part), taken, signal);

async function* textOf({ root, channels, programmes }: GuidePart): AsyncGenerator<string> {
  yield root;
  yield* channels.values();
  yield* textPieces(programmes);
  yield "</tv>";
}

async function partOf(
  pieces: AsyncIterable<string>,
  taken: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<GuidePart> {
  const channels = new Map<string, string>();
  const ids = new Set<string>();
  const packer = collector();
  let pending = "";
  let programmeCount = 0;
  let channelChars = 0;
  const slicer = new GuideSlicer(({ kind, channel, text }) => {
    if (!ids.has(channel)) {
      ids.add(copyOf(channel));
      channelChars += channel.length;
    }
    if (taken.has(channel)) return;
    if (kind === "channel" && !channels.has(channel)) {
      channels.set(copyOf(channel), copyOf(text));
      channelChars += text.length;
    }
    if (ids.size > GUIDE_CHANNELS_MAX)
      throw new GuideError(`it has more than ${GUIDE_CHANNELS_MAX} channels`);
    if (channelChars > GUIDE_CHANNELS_CHARS_MAX)
      throw new GuideError(`its channels are longer than ${GUIDE_CHANNELS_CHARS_MAX / 1024 / 1024} MiB`);
    if (kind === "channel") return;
    programmeCount += 1;
    pending += `${text}\n`;
  });
  for await (const piece of pieces) {
    if (signal.aborted) throw new GuideError("it is not wanted any more");
    slicer.write(piece);
    if (pending !== "") await packer.write(pending);
    pending = "";
    await nextTurn();
  }
  slicer.end();
  return { root: slicer.root, channels, ids, programmes: await packer.end(), programmeCount };
}

/** What is cut out of a text keeps the whole text alive, which here is a piece of the guide: so it is copied. */
const copyOf = (text: string): string => Buffer.from(text).toString();

export async function mergeGuides(parts: readonly GuidePart[]): Promise<Guide> {
  const packer = collector();
  const [only] = parts;
  const root = parts.length === 1 && only ? only.root : `<tv generator-info-name="aceslot/${VERSION}">`;
  await packer.write(`<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`);
  let channels = 0;
  for (const part of parts) {
    for (const text of part.channels.values()) {
      channels += 1;
      await packer.write(`${text}\n`);
    }
  }
  for (const { programmes } of parts)
    for await (const piece of Readable.from([programmes]).pipe(createGunzip()))
      await packer.write(piece as Buffer);
  await packer.write("</tv>\n");
  const gzip = await packer.end();
  const tag = createHash("sha256").update(gzip).digest("base64url").slice(0, 22);
  const programmes = parts.reduce((sum, part) => sum + part.programmeCount, 0);
  return { gzip: new Blob([gzip]), channels, programmes, tag };
}

/** Packs on zlib's threads, and waits for them. */
function collector(): { write(text: string | Buffer): Promise<void>; end(): Promise<Buffer<ArrayBuffer>> } {
  const packer: Gzip = createGzip();
  const parts: Buffer[] = [];
  packer.on("data", (part: Buffer) => parts.push(part));
  return {
    async write(text) {
      if (!packer.write(text)) await once(packer, "drain");
    },
    async end() {
      packer.end();
      await once(packer, "end");
      return Buffer.concat(parts);
    },
  };
}

/** The text in pieces, in the encoding that its own first line names. */
async function* textPieces(bytes: Buffer): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let unpacked = 0;
  for await (const part of byteParts(bytes, 2)) {
    unpacked += part.length;
    if (unpacked > GUIDE_UNPACKED_BYTES_MAX)
      throw new GuideError(`unpacked it is longer than ${GUIDE_UNPACKED_BYTES_MAX / 1024 / 1024} MiB`);
    decoder ??= decoderFor(part);
    for (let at = 0; at < part.length; at += GUIDE_PIECE_CHARS)
      yield decoder.decode(part.subarray(at, at + GUIDE_PIECE_CHARS), { stream: true });
  }
  yield decoder?.decode() ?? "";
}

/** Some servers pack what is packed already. */
async function* byteParts(bytes: Buffer, layers: number): AsyncGenerator<Buffer> {
  let source: Readable = Readable.from([bytes]);
  let first = bytes;
  for (let layer = 0; layer < layers && isGzip(first); layer += 1) {
    const unpacker = source.pipe(createGunzip({ chunkSize: GUIDE_PIECE_CHARS }));
    source.on("error", (error) => unpacker.destroy(error));
    const parts = unpacker[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const { value, done } = await parts.next();
    first = done ? Buffer.alloc(0) : value;
    source = Readable.from(restOf(first, parts));
  }
  yield* source as AsyncIterable<Buffer>;
}

async function* restOf(first: Buffer, parts: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let step = await parts.next(); !step.done; step = await parts.next()) yield step.value;
}

function decoderFor(start: Buffer): TextDecoder {
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder("utf-16le");
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder("utf-16be");
  const [, name = "utf-8"] =
    /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(
      start.subarray(0, 200).toString("latin1").replace(/^ï»¿/, ""),
    ) ?? [];
  try {
    return new TextDecoder(name.toLowerCase());
  } catch {
    throw new GuideError(`its encoding ${name} is not known`);
  }
}
