/** What sources hold, unpacked: gzip is known by how it begins, text by its encoding. */
import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

const gunzipped = promisify(gunzip);

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** As text. Some servers pack what is packed already. Rejects where it is damaged or longer than `bytesMax`. */
export async function unpackedText(bytes: Buffer, bytesMax: number): Promise<string> {
  let plain: Buffer = bytes;
  for (let layers = 0; layers < 2 && isGzip(plain); layers += 1) {
    try {
      plain = await gunzipped(plain, { maxOutputLength: bytesMax });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw error;
      throw new Error(`unpacked it is longer than ${bytesMax / 1024 / 1024} MiB`);
    }
  }
  return decoded(plain);
}

/**
 * UTF-16 by its mark, else UTF-8; a line that is neither is taken for Windows' Latin. By lines, since lists are put
 * together out of others, and one of them in another encoding must not spoil the rest. Lines of one encoding that
 * follow each other are decoded together, and with pauses: millions of short ones would else hold up all streams.
 */
async function decoded(bytes: Buffer): Promise<string> {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (isUtf8(bytes)) return UTF_8.decode(bytes);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, Math.min(at + DECODED_AT_ONCE_BYTES, bytes.length) - 1);
    const end = newline === -1 ? bytes.length : newline + 1;
    const some = bytes.subarray(at, end);
    parts.push(isUtf8(some) ? UTF_8.decode(some) : byLines(some));
    at = end;
    await nextTurn();
  }
  return parts.join("");
}

/** Of a part that is not all UTF-8. */
function byLines(bytes: Buffer): string {
  let text = "";
  /** Where the lines begin that wait to be decoded together, all in `windows` or all not. */
  let from = 0;
  let windows = false;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline + 1;
    const isWindows = !isUtf8(bytes.subarray(at, end));
    if (isWindows !== windows) {
      text += decoderOf(windows).decode(bytes.subarray(from, at));
      from = at;
      windows = isWindows;
    }
    at = end;
  }
  return text + decoderOf(windows).decode(bytes.subarray(from));
}

const NEWLINE = 0x0a;
/** Some milliseconds of work where every line is short and in another encoding than the one before. */
const DECODED_AT_ONCE_BYTES = 16 * 1024;
const UTF_8 = new TextDecoder("utf-8");
const WINDOWS = new TextDecoder("windows-1252");
const decoderOf = (windows: boolean): TextDecoder => (windows ? WINDOWS : UTF_8);
