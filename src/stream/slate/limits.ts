/** Every bound of slates, with its unit and its reason. */

/**
 * How long a slate is shown before the connection is broken off. Long enough to be read from a sofa and not to make a
 * player that asks again at once a nuisance (each time costs a decision); short enough that a place which has become
 * free is found within a minute.
 */
export const SLATE_MS = 30_000;

/** Clients that look at slates at once; others get the error. A slate is small, but nobody has paid for it with a slot. */
export const SLATE_CLIENTS_MAX = 256;

/** Encoded pictures that are kept, 60 to 100 KB each: players ask again for the same. */
export const SLATE_PICTURES_MAX = 16;

/** So much media is sent ahead of the clock: players fill a buffer of about a second before they show anything. */
export const SLATE_LEAD_MS = 1_500;

/** Pictures a second. All but the key pictures say only "as before" in one packet, but players like a usual rate. */
export const SLATE_FPS = 25;

/** From one key picture to the next; most of the bytes are theirs. */
export const SLATE_GOP_FRAMES = 125;

/** Pictures that are written at a time: with them come tables and sound. Divides `SLATE_GOP_FRAMES`. */
export const SLATE_STEP_FRAMES = 5;

/** As many small letters fit between the margins. */
export const SLATE_LINE_LETTERS_MAX = 44;

/** Lines for the reason. */
export const SLATE_REASON_LINES_MAX = 2;
