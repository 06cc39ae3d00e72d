/** Contents as links name them, and what else of a link says what is played. It imports nothing. */

/** `id` is a content id; both are 40 hex digits, in lower case. */
export type ContentName = `${"id" | "infohash"}:${string}`;

export const isHash = (text: string): boolean => /^[0-9a-f]{40}$/i.test(text);

/**
 * Engine parameters that change what is played. A player's `pid` or `sid` is never passed on: ours tell sessions
 * apart. Nor are `format` and `use_api_events`: they change the engine's answer to the start, which the proxy reads
 * itself, not what is played.
 */
export const PASSED_ON = [
  "transcode_audio",
  "transcode_mp3",
  "transcode_ac3",
  "preferred_audio_language",
  "manifest_p2p_wait_timeout",
  "_idx",
] as const;

/** One short word. */
export const isPassable = (value: string): boolean => /^[\w.,-]{1,32}$/.test(value);
