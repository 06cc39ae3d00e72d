/**
 * A small H.264 writer (ITU-T H.264, Constrained Baseline, CAVLC): what it says, every decoder shows exactly.
 *
 * Macroblocks are sent as samples (I_PCM), continued from a neighbour without a residual (Intra 16x16),
 * moved sideways by whole pixels (P_L0_16x16) or left as they were (P_Skip). Nothing is quantised and the
 * deblocking filter is off, so pictures do not drift between key frames.
 */
import type { NalWriter } from "./nal.ts";

export interface PictureSize {
  /** Visible pixels; coded in whole macroblocks, the rest is cropped at the bottom. */
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly framesPerSecond: number;
}

export type Side = "left" | "above";

/** A macroblock of a key frame. */
export type KeyMacroblock =
  | { readonly kind: "samples"; readonly samples: Uint8Array }
  | { readonly kind: "continued"; readonly luma: Side; readonly chroma: Side };

/** What differs from the picture before; `at` counts macroblocks along the rows. */
export type Change =
  | { readonly kind: "samples"; readonly at: number; readonly samples: Uint8Array }
  | { readonly kind: "shifted"; readonly at: number; readonly rightPixels: number };

const NAL = { slice: 1, keySlice: 5, sps: 7, pps: 8, delimiter: 9 } as const;
const PROFILE_BASELINE = 66;
const CONSTRAINED = 0b11000000;
const LEVEL_3_0 = 30;
const FRAME_NUMBER_BITS = 8;
const SLICE_P = 5;
const SLICE_I = 7;
const I_PCM = 25;
const INTRA_TYPES_IN_P = 5;
const COLOUR_BT709 = 1;
/** In place of a motion: the macroblock is intra coded. */
const INTRA = -0x8000;

/** Starts an access unit; a key frame also carries the parameter sets. */
export function writeDelimiter(out: NalWriter, key: boolean): void {
  out.beginNal(0, NAL.delimiter);
  out.bits(key ? 0 : 1, 3);
  out.endNal();
}

export function writeParameterSets(out: NalWriter, size: PictureSize): void {
  out.beginNal(3, NAL.sps);
  out.bits(PROFILE_BASELINE, 8);
  out.bits(CONSTRAINED, 8);
  out.bits(LEVEL_3_0, 8);
  out.unsigned(0); // seq_parameter_set_id
  out.unsigned(FRAME_NUMBER_BITS - 4);
  out.unsigned(2); // pic_order_cnt_type: shown in the order of decoding
  out.unsigned(1); // max_num_ref_frames
  out.bits(0, 1); // gaps_in_frame_num_value_allowed_flag
  out.unsigned(size.columns - 1);
  out.unsigned(size.rows - 1);
  out.bits(1, 1); // frame_mbs_only_flag
  out.bits(1, 1); // direct_8x8_inference_flag
  out.bits(1, 1); // frame_cropping_flag, in units of two pixels: left, right, top, bottom
  out.unsigned(0);
  out.unsigned((size.columns * 16 - size.width) / 2);
  out.unsigned(0);
  out.unsigned((size.rows * 16 - size.height) / 2);
  out.bits(1, 1); // vui_parameters_present_flag
  writeVui(out, size.framesPerSecond);
  out.endNal();

  out.beginNal(3, NAL.pps);
  out.unsigned(0); // pic_parameter_set_id
  out.unsigned(0); // seq_parameter_set_id
  out.bits(0, 1); // entropy_coding_mode_flag: CAVLC
  out.bits(0, 1); // bottom_field_pic_order_in_frame_present_flag
  out.unsigned(0); // num_slice_groups_minus1
  out.unsigned(0); // num_ref_idx_l0_default_active_minus1
  out.unsigned(0); // num_ref_idx_l1_default_active_minus1
  out.bits(0, 1); // weighted_pred_flag
  out.bits(0, 2); // weighted_bipred_idc
  out.signed(0); // pic_init_qp_minus26
  out.signed(0); // pic_init_qs_minus26
  out.signed(0); // chroma_qp_index_offset
  out.bits(1, 1); // deblocking_filter_control_present_flag
  out.bits(0, 1); // constrained_intra_pred_flag
  out.bits(0, 1); // redundant_pic_cnt_present_flag
  out.endNal();
}

function writeVui(out: NalWriter, framesPerSecond: number): void {
  out.bits(1, 1); // aspect_ratio_info_present_flag
  out.bits(1, 8); // square pixels
  out.bits(0, 1); // overscan_info_present_flag
  out.bits(1, 1); // video_signal_type_present_flag
  out.bits(5, 3); // video_format: unspecified
  out.bits(0, 1); // video_full_range_flag
  out.bits(1, 1); // colour_description_present_flag: primaries, transfer, matrix
  out.bits(COLOUR_BT709, 8);
  out.bits(COLOUR_BT709, 8);
  out.bits(COLOUR_BT709, 8);
  out.bits(0, 1); // chroma_loc_info_present_flag
  out.bits(1, 1); // timing_info_present_flag: one tick a field, two a frame
  out.bits(0, 16);
  out.bits(1, 16);
  out.bits(0, 16);
  out.bits(2 * framesPerSecond, 16);
  out.bits(1, 1); // fixed_frame_rate_flag
  out.bits(0, 1); // nal_hrd_parameters_present_flag
  out.bits(0, 1); // vcl_hrd_parameters_present_flag
  out.bits(0, 1); // pic_struct_present_flag
  out.bits(1, 1); // bitstream_restriction_flag
  out.bits(1, 1); // motion_vectors_over_pic_boundaries_flag
  out.unsigned(0); // max_bytes_per_pic_denom
  out.unsigned(0); // max_bits_per_mb_denom
  out.unsigned(10); // log2_max_mv_length_horizontal
  out.unsigned(10); // log2_max_mv_length_vertical
  out.unsigned(0); // max_num_reorder_frames: a decoder may show each picture at once
  out.unsigned(1); // max_dec_frame_buffering
}

/** `keyNumber` must differ between neighbouring key frames. */
export function writeKeyPicture(
  out: NalWriter,
  keyNumber: number,
  columns: number,
  macroblocks: readonly KeyMacroblock[],
): void {
  out.beginNal(3, NAL.keySlice);
  out.unsigned(0); // first_mb_in_slice
  out.unsigned(SLICE_I);
  out.unsigned(0); // pic_parameter_set_id
  out.bits(0, FRAME_NUMBER_BITS);
  out.unsigned(keyNumber % 2); // idr_pic_id
  out.bits(0, 2); // no_output_of_prior_pics_flag, long_term_reference_flag
  endSliceHeader(out);
  for (const [at, macroblock] of macroblocks.entries()) {
    switch (macroblock.kind) {
      case "samples":
        out.unsigned(I_PCM);
        out.samples(macroblock.samples);
        break;
      case "continued":
        out.unsigned(macroblock.luma === "above" ? 1 : 2); // Intra 16x16, vertical or horizontal, no residual
        out.unsigned(macroblock.chroma === "above" ? 2 : 1); // intra_chroma_pred_mode
        out.signed(0); // mb_qp_delta
        writeNoCoefficients(out, at, columns, macroblocks);
        break;
    }
  }
  out.endNal();
}

/**
 * `coeff_token` for none at all. Its code depends on how many coefficients the neighbours have: a
 * macroblock of samples counts as 16, ours without a residual as 0.
 */
function writeNoCoefficients(
  out: NalWriter,
  at: number,
  columns: number,
  macroblocks: readonly KeyMacroblock[],
): void {
  const left = at % columns > 0 ? macroblocks[at - 1] : undefined;
  const above = macroblocks[at - columns];
  if (left?.kind === "samples" || above?.kind === "samples") out.bits(0b000011, 6);
  else out.bits(1, 1);
}

/** `frameNumber` counts from the key frame, which is 0. `changes` are in the order of `at`. */
export function writeChangedPicture(
  out: NalWriter,
  frameNumber: number,
  columns: number,
  rows: number,
  changes: readonly Change[],
): void {
  out.beginNal(2, NAL.slice);
  out.unsigned(0); // first_mb_in_slice
  out.unsigned(SLICE_P);
  out.unsigned(0); // pic_parameter_set_id
  out.bits(frameNumber, FRAME_NUMBER_BITS);
  out.bits(0, 1); // num_ref_idx_active_override_flag
  out.bits(0, 1); // ref_pic_list_modification_flag_l0
  out.bits(0, 1); // adaptive_ref_pic_marking_mode_flag
  endSliceHeader(out);

  const motions = new Int16Array(columns * rows);
  let skipped = 0;
  let next = 0;
  for (let at = 0; at < motions.length; at++) {
    const change = changes[next];
    const changed = change?.at === at;
    if (!changed && skipKeepsStill(motions, columns, at)) {
      skipped++;
      continue;
    }
    out.unsigned(skipped);
    skipped = 0;
    if (changed) next++;
    if (changed && change.kind === "samples") {
      motions[at] = INTRA;
      out.unsigned(INTRA_TYPES_IN_P + I_PCM);
      out.samples(change.samples);
    } else {
      // Moved to the right means taken from further left; vectors count quarter pixels.
      const motion = changed && change.kind === "shifted" ? -4 * change.rightPixels : 0;
      out.unsigned(0); // P_L0_16x16
      out.signed(motion - predictedMotion(motions, columns, at));
      out.signed(0); // mvd_l0, vertical
      out.unsigned(0); // coded_block_pattern: no residual
      motions[at] = motion;
    }
  }
  if (skipped > 0) out.unsigned(skipped);
  out.endNal();
}

/** P_Skip inherits the neighbours' motion unless one of them stands still (or is missing). */
function skipKeepsStill(motions: Int16Array, columns: number, at: number): boolean {
  if (at < columns || at % columns === 0) return true;
  if (motions[at - 1] === 0 || motions[at - columns] === 0) return true;
  return predictedMotion(motions, columns, at) === 0;
}

/** The horizontal part of the motion vector's prediction; vertically nothing ever moves. */
function predictedMotion(motions: Int16Array, columns: number, at: number): number {
  const column = at % columns;
  const left = column > 0 ? motions[at - 1] : undefined;
  const above = motions[at - columns];
  if (above === undefined) return left === undefined || left === INTRA ? 0 : left;
  const corner =
    column < columns - 1 ? motions[at - columns + 1] : column > 0 ? motions[at - columns - 1] : undefined;
  const neighbours = [left, above, corner].map((motion) => motion ?? INTRA);
  const [only, ...others] = neighbours.filter((motion) => motion !== INTRA);
  if (only !== undefined && others.length === 0) return only;
  const [, median] = neighbours.map((motion) => (motion === INTRA ? 0 : motion)).sort((a, b) => a - b);
  return median ?? 0;
}

function endSliceHeader(out: NalWriter): void {
  out.signed(0); // slice_qp_delta
  out.unsigned(1); // disable_deblocking_filter_idc: off
}
