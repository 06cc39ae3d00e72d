/** What sources hold, unpacked: gzip is known by how it begins, text by its encoding. */
import { isUtf8 } from "node:buffer";
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
 * together out of others, and one of them in another encoding must not spoil the rest.
 */
function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  if (isUtf8(bytes)) return UTF_8.decode(bytes);
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n", at);
    const line = bytes.subarray(at, end === -1 ? bytes.length : end + 1);
    text += (isUtf8(line) ? UTF_8 : WINDOWS).decode(line);
    at += line.length;
  }
  return text;
}

const UTF_8 = new TextDecoder("utf-8");
const WINDOWS = new TextDecoder("windows-1252");
