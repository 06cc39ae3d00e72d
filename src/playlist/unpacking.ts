/** What sources hold, unpacked: gzip is known by how it begins, text by its encoding. */
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

/** UTF-8, or UTF-16 by its mark; text that is neither is taken for Windows' Latin. */
function decoded(bytes: Buffer): string {
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? "utf-16le"
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? "utf-16be"
        : null;
  if (marked !== null) return new TextDecoder(marked).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
