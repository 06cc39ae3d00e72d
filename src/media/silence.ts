/** Silence as AAC-LC, mono, 48 kHz: the same ADTS frame again and again. */

/**
 * One frame of 1024 samples. The header (ISO/IEC 14496-3 §1.A.2: MPEG-4, no CRC, LC, 48 kHz, one channel, 11 bytes,
 * variable rate) is followed by a single channel element whose spectrum has no bands at all (max_sfb 0), and the end:
 * 29 bits of zero and three of one.
 */
export const SILENT_FRAME = Uint8Array.of(0xff, 0xf1, 0x4c, 0x40, 0x01, 0x7f, 0xfc, 0, 0, 0, 7);
