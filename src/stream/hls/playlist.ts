/** A media playlist as players read it (RFC 8216). It knows segments, and nothing of where they come from. */

export interface ListedSegment {
  readonly sequence: number;
  readonly durationMs: number;
  /** Whether the time line breaks at its beginning. */
  readonly isAfterBreak: boolean;
}

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";

/**
 * The playlist's text. Segments are named `<sequence>.ts`.
 *
 * @example playlistText({ folder: "hls/", targetMs: 4000, sequence: 0, breaks: 0, isOver: false, segments: [] })
 */
export function playlistText(list: {
  /** Where the segments are, seen from the playlist; with a slash at its end. */
  readonly folder: string;
  readonly targetMs: number;
  /** Of the first segment, or of the one that will be first: its number, and the breaks before it. */
  readonly sequence: number;
  readonly breaks: number;
  /** Nothing will be added. */
  readonly isOver: boolean;
  readonly segments: readonly ListedSegment[];
}): string {
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:3",
    `#EXT-X-TARGETDURATION:${Math.round(list.targetMs / 1000)}`,
    `#EXT-X-MEDIA-SEQUENCE:${list.sequence}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${list.breaks}`,
  ];
  for (const { sequence, durationMs, isAfterBreak } of list.segments) {
    if (isAfterBreak) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(`#EXTINF:${(durationMs / 1000).toFixed(3)},`, `${list.folder}${sequence}.ts`);
  }
  if (list.isOver) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}
