/**
 * Content numbers. A content id and an infohash are different numbers for the same content, and the infohash is
 * the only key that both ways of asking have in common.
 */
import { createHash } from "node:crypto";

const HEX_40 = /^[0-9a-f]{40}$/i;

/**
 * The infohash that belongs to a content id (or a URL, or a magnet link): 40 hex digits, always the same.
 *
 * @example
 * ```ts
 * import { contentId, infohashOf } from "aceslot/sim";
 *
 * console.log(contentId(1), infohashOf(contentId(1))); // two names of one content
 * ```
 */
export function infohashOf(id: string): string {
  return createHash("sha1").update(id.toLowerCase()).digest("hex");
}

/** The n-th made-up content id: 40 hex digits. */
export function contentId(n: number): string {
  return createHash("sha1").update(`content ${n}`).digest("hex");
}

/** What a start asks for. */
export interface AskedContent {
  /** The number as asked, case folded. */
  readonly key: string;
  readonly keyType: "content_id" | "infohash" | "url" | "magnet";
  readonly infohash: string;
}

/** Reads the content out of a start's query; null when there is none or it is not a number of 40 hex digits. */
export function askedContent(query: URLSearchParams): AskedContent | null {
  const id = query.get("id");
  if (id !== null) {
    return HEX_40.test(id)
      ? { key: id.toLowerCase(), keyType: "content_id", infohash: infohashOf(id) }
      : null;
  }
  const infohash = query.get("infohash");
  if (infohash !== null) {
    const key = infohash.toLowerCase();
    return HEX_40.test(infohash) ? { key, keyType: "infohash", infohash: key } : null;
  }
  const url = query.get("url");
  if (url !== null) return { key: url, keyType: "url", infohash: infohashOf(url) };
  const magnet = query.get("magnet");
  if (magnet !== null) return { key: magnet, keyType: "magnet", infohash: infohashOf(magnet) };
  return null;
}

/** Whether `named` (a content id or an infohash) is the content with this infohash. */
export function isSameContent(named: string, infohash: string): boolean {
  return named.toLowerCase() === infohash || infohashOf(named) === infohash;
}
