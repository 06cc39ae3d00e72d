/**
 * Writes .tar.gz and .zip archives, the same bytes for the same files: no owner, no clock, entries in the
 * order given. Knows files only, nothing of releases. Only deploy/ imports this.
 */

import { promisify } from "node:util";
import { constants, crc32, deflateRaw, gzip } from "node:zlib";

export type ArchivedFile = { name: string; bytes: Uint8Array; executable: boolean };

/** 2000-01-01T00:00:00Z, in seconds; zip cannot tell times before 1980. */
const MTIME_SECONDS = 946_684_800;
const ZIP_DOS_TIME = 0;
const ZIP_DOS_DATE = ((2000 - 1980) << 9) | (1 << 5) | 1;
const NAME_BYTES_MAX = 100;
const BEST = { level: constants.Z_BEST_COMPRESSION };

const compressGzip = promisify<Uint8Array, { level: number }, Buffer>(gzip);
const compressDeflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** POSIX ustar, gzipped. @throws RangeError for a name over 100 bytes. */
export async function tarGz(files: readonly ArchivedFile[]): Promise<Uint8Array> {
  const blocks = files.flatMap(({ name, bytes, executable }) => [
    ustarHeader(name, bytes.length, executable ? 0o755 : 0o644),
    bytes,
    new Uint8Array(-bytes.length & 511),
  ]);
  return await compressGzip(Buffer.concat([...blocks, new Uint8Array(1024)]), BEST);
}

function ustarHeader(name: string, size: number, mode: number): Uint8Array {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new RangeError(`${name}: over ${NAME_BYTES_MAX} bytes`);
  const header = Buffer.alloc(512);
  const octal = (value: number, offset: number, digits: number) =>
    header.write(`${value.toString(8).padStart(digits, "0")}\0`, offset, "latin1");
  header.write(name, 0);
  octal(mode, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(MTIME_SECONDS, 136, 11);
  header.write("        0", 148, "latin1"); // the checksum counts as blanks; type 0 is a plain file
  header.write("ustar\x0000", 257, "latin1");
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  return header;
}

/** @throws RangeError for files of 4 GiB and more, which would need zip64. */
export async function zip(files: readonly ArchivedFile[]): Promise<Uint8Array> {
  const bodies: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes, executable } of files) {
    if (bytes.length >= 2 ** 32) throw new RangeError(`${name}: 4 GiB and more need zip64`);
    const packed = await compressDeflate(bytes, BEST);
    const nameBytes = Buffer.from(name);
    // What the header before a file's bytes and its entry in the directory at the end have in common.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // needs zip 2.0
    common.writeUInt16LE(8, 4); // deflate
    common.writeUInt16LE(ZIP_DOS_TIME, 6);
    common.writeUInt16LE(ZIP_DOS_DATE, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const entryTail = Buffer.alloc(14);
    entryTail.writeUInt32LE(((0o100000 | (executable ? 0o755 : 0o644)) << 16) >>> 0, 6);
    entryTail.writeUInt32LE(offset, 10);
    const body = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, nameBytes, packed]);
    const madeOnUnix = [20, 3];
    directory.push(
      Buffer.from("PK\x01\x02", "latin1"),
      Uint8Array.from(madeOnUnix),
      common,
      entryTail,
      nameBytes,
    );
    bodies.push(body);
    offset += body.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, entries, end]);
}
