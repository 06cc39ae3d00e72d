/** Every bound of the data plane, with its unit and its reason. */

/** Bytes without any MPEG-TS sync after which a new source is no stream (an error page, most likely). */
export const SYNC_SEARCH_BYTES_MAX = 64 * 1024;

/** Bytes without sync after which a source that once made sense makes none any more. */
export const RESYNC_BYTES_MAX = 1024 * 1024;

/** How much of a new source is kept back while its first keyframe is looked for. */
export const SPLICE_BYTES_MAX = 256 * 1024;

/** Over so many packets, of whatever stream, the first slice of a picture is looked for: about 12 KB, kept until found. */
export const LOOK_PACKETS_MAX = 64;

/** A flag at a keyframe tells how the next so many pictures are flagged: 20 s and more, longer than keyframes lie apart. */
export const FLAGGED_PICTURES = 500;

/** A table longer than this is no PAT or PMT (a section has 1024 bytes at most, 6 packets). */
export const TABLE_PACKETS_MAX = 8;

/** Largest segment of a ring, hence the largest chunk that a client gets at once: 348 packets, about 64 KiB. */
export const SEGMENT_BYTES_MAX = 348 * 188;

/** Segments that a ring consists of at least, so that it forgets little at a time. */
export const SEGMENTS_MIN = 16;

/** Media time between two remembered clock samples of a ring. */
export const CLOCK_SAMPLE_MS = 100;

/**
 * A clock reference further from the last one than this is a cut, not time that passed: they may lie 100 ms apart.
 * Time that did not pass would be credited to clients, and the source would wait for one that stands still.
 */
export const CLOCK_JUMP_MS_MAX = 2_000;

/** Keyframes that a ring remembers; a source that calls every packet one costs no more than this. */
export const KEYFRAMES_MAX = 4096;

/** How far a client may be behind the clock and still be waited for. */
export const BURST_GRACE_MS = 2_000;

/** How long after its first byte a stream counts as just begun, and is kept whole for a first client. */
export const BEGINNING_MS = 2_000;

/** How long it is kept whole for further first clients once one is there. */
export const JOIN_WINDOW_MS = 250;

/** Between two questions for a session's statistics while it is silent or has not begun. */
export const STAT_PAUSE_MS = 1_000;

/** The same while bytes come, for the record only. */
export const STAT_PLAYING_PAUSE_MS = 5_000;

/** Media, and time, that a session must have played for its stream to have recovered. */
export const STEADY_MS = 30_000;

/** Redirects within the engine's own origin that a playback may take. */
export const REDIRECTS_MAX = 3;

/** How often clients are looked at for one that takes nothing. */
export const CLIENT_CHECK_MS = 1_000;

/** Clients dropped before they came for their bytes, remembered so that they get none. */
export const DROPPED_MAX = 1024;
