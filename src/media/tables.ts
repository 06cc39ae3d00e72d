/** The program tables: PAT and PMT (ISO/IEC 13818-1), and the SDT that names the service (EN 300 468). */

export const PID = { pat: 0, sdt: 0x11, pmt: 0x1000, video: 0x100, audio: 0x101 } as const;
export const STREAM_ID = { video: 0xe0, audio: 0xc0 } as const;

const PROGRAM = 1;
const STREAM_TYPE = { h264: 0x1b, adts: 0x0f } as const;
const DVB_TELEVISION = 0x01;

/** The three sections, each of which fits in one packet. */
export interface Tables {
  readonly pat: Uint8Array;
  readonly pmt: Uint8Array;
  readonly sdt: Uint8Array;
}

/** Both names are ASCII, together at most 130 characters. */
export function programTables(service: string, provider: string): Tables {
  return {
    pat: section(0x00, 0x80, PROGRAM, [...word(PROGRAM), ...pid(PID.pmt)]),
    pmt: section(0x02, 0x80, PROGRAM, [
      ...pid(PID.video), // carries the PCR
      ...length(0),
      ...elementary(STREAM_TYPE.h264, PID.video),
      ...elementary(STREAM_TYPE.adts, PID.audio),
    ]),
    sdt: section(0x42, 0xc0, 1, [...word(1), 0xff, ...serviceEntry(service, provider)]),
  };
}

function elementary(streamType: number, streamPid: number): number[] {
  return [streamType, ...pid(streamPid), ...length(0)];
}

function serviceEntry(service: string, provider: string): number[] {
  const names = [...named(provider), ...named(service)];
  const descriptor = [0x48, names.length + 1, DVB_TELEVISION, ...names];
  const RUNNING = 0x80;
  // 0xfc: no event information is sent.
  return [
    ...word(PROGRAM),
    0xfc,
    RUNNING | (descriptor.length >> 8),
    descriptor.length & 0xff,
    ...descriptor,
  ];
}

function named(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

/** A long section: header, version 0 in force, the only one of its kind, CRC. */
function section(tableId: number, flags: number, extension: number, body: readonly number[]): Uint8Array {
  const bytes = 5 + body.length + 4;
  const head = [tableId, flags | 0x30 | (bytes >> 8), bytes & 0xff, ...word(extension), 0xc1, 0, 0];
  return withChecksum([...head, ...body]);
}

/** A section's content and the checksum behind it. */
export function withChecksum(content: readonly number[]): Uint8Array {
  const crc = crc32(content);
  return Uint8Array.from([...content, crc >>> 24, (crc >>> 16) & 0xff, (crc >>> 8) & 0xff, crc & 0xff]);
}

function word(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** 13 bits behind three reserved ones. */
function pid(value: number): number[] {
  return [0xe0 | (value >> 8), value & 0xff];
}

/** 12 bits behind four reserved ones. */
function length(value: number): number[] {
  return [0xf0 | (value >> 8), value & 0xff];
}

/** CRC-32/MPEG-2: not reflected, no final inversion. */
function crc32(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}
