/** Bounds of this room, each with its unit and its reason. */

/** A playlist of 50,000 entries has about 12 MB. */
export const PLAYLIST_BYTES_MAX = 32 * 1024 * 1024;
/** Entries of one playlist, and of all together; beyond it they are dropped and counted. */
export const ENTRIES_MAX = 200_000;
/** One line of a playlist; longer ones are no line that any player reads. */
export const LINE_CHARS_MAX = 16_384;
/** Lines with directives and comments before one link, or after the last; more of them are not given out. */
export const ENTRY_LINES_MAX = 1_000;
/** Lines that are read in one go, some milliseconds. */
export const LINES_A_TURN = 1_000;
/** Entries that are put into the line-up, or written, in one go, some milliseconds. */
export const ENTRIES_A_TURN = 1_000;
/** Line-ups in a row that a channel may miss; with one more its number is free. */
export const ABSENCES_MAX = 50;
/** Channels that are gone and have their numbers kept, whatever a list puts in and takes out: some 5 MB. */
export const GONE_NUMBERS_MAX = 20_000;

/** A guide as it comes, mostly gzip. */
export const GUIDE_BYTES_MAX = 64 * 1024 * 1024;
/** The same unpacked: the largest country guides have some 200 MB. A gzip bomb ends here. */
export const GUIDE_UNPACKED_BYTES_MAX = 1024 * 1024 * 1024;
/** One channel or programme of a guide. */
export const GUIDE_ELEMENT_CHARS_MAX = 1024 * 1024;
/** One tag with its attributes, while its end has not come. */
export const GUIDE_TAG_CHARS_MAX = 64 * 1024;
/** Elements within each other; real guides have four. */
export const GUIDE_DEPTH_MAX = 100;
/** Channels of one guide, and all their text together: some 50,000 are known, of some hundred characters each. */
export const GUIDE_CHANNELS_MAX = 100_000;
export const GUIDE_CHANNELS_CHARS_MAX = 64 * 1024 * 1024;
/** Guides are looked through in pieces of so many characters, so that streams need not wait. */
export const GUIDE_PIECE_CHARS = 65_536;
/** Guides that playlists may name. */
export const NAMED_GUIDES_MAX = 16;

/** A source that sends nothing for so long has failed. */
export const FETCH_SILENCE_MS = 20_000;
/** And one that is not done by then. */
export const FETCH_WHOLE_MS = 180_000;
export const REDIRECTS_MAX = 5;

/** How often files are looked at: only their time and size, unless those changed. */
export const FILE_LOOK_MS = 2_000;
/** First pause after a failure; it doubles up to the refresh interval. */
export const RETRY_FIRST_MS = 5_000;
/** Others wait so long for a source that was never read; for one that was, {@link FILE_LOOK_MS}. */
export const FIRST_LOOK_MS_MAX = 10_000;
/** The first client after the start waits no longer for the first reading. */
export const FIRST_READING_MS_MAX = 15_000;
