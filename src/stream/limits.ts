/** Every bound of the data plane, with its unit and its reason. */

/** Bytes without any MPEG-TS sync after which a new source is no stream (an error page, most likely). */
export const SYNC_SEARCH_BYTES_MAX = 64 * 1024;

/** Bytes without sync after which a source that once made sense makes none any more. */
export const RESYNC_BYTES_MAX = 1024 * 1024;

/**
 * The last bytes of a ring in which it is looked up where the former source ended. A unit that tells the time must
 * begin in them: pictures of 25 Mbit/s have some hundred KB.
 */
export const SEAM_TAIL_BYTES = 1024 * 1024;

/**
 * Packets with payload that must be the same for a new source to be taken for the same broadcast: so many that not
 * only the sound is among them, which several programmes may share.
 */
export const SEAM_RUN_PACKETS_MIN = 32;

/**
 * Timestamps that differ by less than this have one base. Engines of one broadcast are seconds apart, at most the
 * burst with which they begin.
 */
export const SAME_BASE_MS_MAX = 60_000;

/**
 * How long a new source may take to come to where the former one ended, or to a keyframe. Broadcasts have one every
 * 0.5 to 2 s, the longest usual distance is 10 s; clients wait meanwhile.
 */
export const SEAM_MS_MAX = 10_000;

/** How much of a new source is kept back meanwhile, if the ring is not smaller: 5 s between keyframes at 25 Mbit/s. */
export const SEAM_KEPT_BYTES_MAX = 16 * 1024 * 1024;

/** After a seam, rests of units whose beginnings are missing are left out of so many bytes. */
export const SEAM_RESTS_BYTES_MAX = 4 * 1024 * 1024;

/** Over so many packets, of whatever stream, the first slice of a picture is looked for: about 12 KB, kept until found. */
export const LOOK_PACKETS_MAX = 64;

/** A flag at a keyframe tells how the next so many pictures are flagged: 20 s and more, longer than keyframes lie apart. */
export const FLAGGED_PICTURES = 500;

/** A table longer than this is no PAT or PMT (a section has 1024 bytes at most, 6 packets). */
export const TABLE_PACKETS_MAX = 8;

/** What a client gets at once: 348 packets, about 64 KiB. What of it a full socket does not take is kept for that client. */
export const CHUNK_BYTES = 348 * 188;

/** What it gets first: it leaves in one packet with the headers. */
export const FIRST_CHUNK_BYTES = 43 * 188;

/**
 * What a client gets at once that has taken all before it at once. A write of half a MiB costs little more than one of
 * 64 KiB: the other side is woken once, not eight times.
 */
export const CHUNK_BYTES_MAX = 8 * CHUNK_BYTES;

/** Where nobody says whether a socket is full: a chunk that is gone within so long had a connection of 5 Mbit/s and more. */
export const QUICK_CHUNK_MS = 100;

/** Largest segment of a ring: what lies together, hence the largest write. */
export const SEGMENT_BYTES_MAX = CHUNK_BYTES_MAX;

/** Segments that a ring consists of at least, so that it forgets little at a time. */
export const SEGMENTS_MIN = 16;

/** The same for a small ring, which has less to spare. */
export const SEGMENTS_MIN_SMALL = 32;

/** From here on a ring is not small: a segment of half a MiB, for large writes, is no great part of it. */
export const LARGE_RING_BYTES = 8 * 2 ** 20;

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

/** Before an engine is given up for its silence: time for bytes that came while this process itself stood still. */
export const STAT_CONFIRM_MS = 250;
/** Between two questions for a session's statistics while it is silent or has not begun. */
export const STAT_PAUSE_MS = 1_000;

/** The same while bytes come, for the record only. */
export const STAT_PLAYING_PAUSE_MS = 5_000;

/** Media, and time, that a stream's first session must have played for the stream to be steady. */
export const STEADY_MS = 30_000;

/**
 * The same after many changes of engines: each doubles it, so that a rival who takes the content back every minute
 * makes no endless loop. One who does so every 8 minutes is let be, and so is an engine that fails as seldom.
 */
export const STEADY_MS_MAX = 480_000;

/** So long nothing has come before null packets do: players that wait in silence give up after 3 to 5 s. */
export const FILLER_SILENCE_MS = 1_000;

/** Null packets at a time, about once a second. */
export const FILLER_PACKETS = 3;

/**
 * So many stall time-outs of silence, and no less than the time below, end the session of an engine that says that it
 * gets on: its connection to us may be dead although it is not, and statistics may say anything.
 */
export const SILENCE_STALLS_MAX = 3;

/** Engines are silent for up to 20 s and go on. */
export const SILENCE_MS_LEAST = 30_000;

/**
 * How long the statistics of an engine that has not played yet are believed that it gets on: a cold start takes a
 * minute at worst, and whoever waits has no byte meanwhile.
 */
export const BEGINNING_PROGRESS_MS_MAX = 300_000;

/**
 * Silence is filled until the engine must have been given up, for one more stall time-out, in which another one takes
 * over or the stream ends, and so much longer: a look at the statistics may come late, and the place to go on may take
 * as long to come (`SEAM_MS_MAX`).
 */
export const FILLER_EXTRA_MS = 15_000;

/** Redirects within the engine's own origin that a playback may take. */
export const REDIRECTS_MAX = 3;

/** How often clients are looked at for one that takes nothing. */
export const CLIENT_CHECK_MS = 1_000;

/** Clients dropped before they came for their bytes, remembered so that they get none. */
export const DROPPED_MAX = 1024;

/** Media time after which an HLS segment ends at the next keyframe: two seconds, where keyframes come a little early. */
export const HLS_SEGMENT_MS_MIN = 1_800;

/** A segment that could not begin at a keyframe ends at the first one after so long. */
export const HLS_STRAY_MS_MIN = 300;

/** The longest segment while no playlist has promised a shorter one. */
export const HLS_SEGMENT_MS_MAX = 10_000;

/** How far a segment may be above the promised length: lengths count in rounded seconds. */
export const HLS_ROUNDING_MS = 499;

/** Lengths that differ by less than this above a whole second count as that second. */
export const HLS_LENGTH_SLACK_MS = 200;

/**
 * The shortest length that a playlist promises. It is promised for life when only the first segments are known, which
 * may be shorter than what follows: encoders set keyframes at changes of the scene. Players begin three of them
 * behind the newest segment, so it must not be long either.
 */
export const HLS_TARGET_MS_MIN = 4_000;

/** The length of a segment where no keyframes can be told. */
export const HLS_UNMARKED_MS = 2_000;

/** Less media than this makes no segment. */
export const HLS_SEGMENT_MS_LEAST = 100;

/** Clock references further apart than this are a discontinuity for players: their buffers would have a hole. */
export const HLS_CLOCK_GAP_MS_MAX = 1_000;

/** How long a keyframe is waited for, in media time, before a segment begins without one. */
export const HLS_KEYFRAME_WAIT_MS = 5_000;

/** A segment takes at most this part of the ring, so that there are always some. */
export const HLS_SEGMENTS_IN_RING_MIN = 4;

/** Segments that are remembered; a source whose clock races costs no more than this. */
export const HLS_SEGMENTS_MAX = 4096;

/** Segments that a playlist lists: players ask for it every few seconds. */
export const HLS_LISTED_MAX = 64;

/** Target durations that a playlist covers if the ring has them. */
export const HLS_LISTED_TARGETS = 3;

/** Target durations after which a player that has all it was shown should have asked again. */
export const HLS_POLL_TARGETS = 1.5;

/** Target durations without a request after which a player may have gone: no player that plays asks more seldom. */
export const HLS_SILENT_TARGETS = 1.5;

/** The shortest silence that ends a session, in target durations: less lies between two polls of any player. */
export const HLS_SILENCE_TARGETS_MIN = 3;

/** Sessions of one stream: whoever looks in under ever new names costs memory, and no more than this. */
export const HLS_SESSIONS_MAX = 1_024;

/** How long the first playlist waits for the first whole segment. */
export const HLS_FIRST_SEGMENT_MS = 20_000;

/** Segments that one session is being sent at once; the oldest is broken off for another one. */
export const HLS_DOWNLOADS_MAX = 8;

/**
 * Deliveries to a stream's clients lie at least so far apart: fewer and larger writes cost less (twice the chunk is
 * hardly more work), and nobody sees a delay of half of this.
 */
export const DELIVERY_MS = 6;
