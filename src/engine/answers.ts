/**
 * What the engine's answers say. Engines tell failures with status 200, as `{"response":null,"error":"…"}` or as
 * plain text, so the words are what counts.
 */
import { toldBriefly } from "../net/exchange.ts";
import { parsedWithin } from "../net/json.ts";
import { ANSWER_JSON_BOUNDS } from "./limits.ts";

export type Fields = Readonly<Record<string, unknown>>;

export type Answer =
  /** The engine's JSON: its `response`, if that is an object or a text, and its error's words, if any. */
  | { readonly kind: "json"; readonly fields: Fields; readonly error: string | null }
  /** A short text that is neither JSON nor HTML. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "garbage"; readonly what: string };

export function readAnswer(body: string): Answer {
  const text = body.trim();
  if (text === "") return { kind: "garbage", what: "an empty answer" };
  if (text.startsWith("<")) return { kind: "garbage", what: "HTML instead of JSON" };
  if (!/^[{["]/.test(text)) {
    const words = text.includes("\0") ? "" : toldBriefly(text);
    return words === ""
      ? { kind: "garbage", what: "an answer that is no text" }
      : { kind: "text", text: words };
  }
  const fields = fieldsOf(parsedWithin(text, ANSWER_JSON_BOUNDS));
  if (fields === null) return { kind: "garbage", what: "an answer that is not the engine's JSON" };
  return { kind: "json", fields, error: errorOf(fields.error) };
}

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function errorOf(error: unknown): string | null {
  if (error === null || error === undefined || error === "" || error === false) return null;
  return toldBriefly(typeof error === "string" ? error : JSON.stringify(error)) || "an error without words";
}

/** Words with which an engine blames the content and not itself. Another engine would most likely say the same. */
const CONTENT_WORDS = [
  /failed to load content/i,
  /can(?:no|')t find peers/i,
  /cannot load (?:transport|torrent) file/i,
  /premium only/i,
  /(?:content|torrent|infohash|transport file) (?:is )?(?:not found|unavailable|unknown|blocked|removed)/i,
  /(?:unknown|invalid|no such) (?:content|torrent|infohash)/i,
];

export const blamesContent = (words: string): boolean => CONTENT_WORDS.some((pattern) => pattern.test(words));

/** Words that prove that the engine carries the session no more. */
const GONE_WORDS = [
  /unknown (?:playback )?session/i,
  /(?:playback )?session (?:id )?(?:is )?(?:unknown|not found)/i,
  /no such (?:playback )?session/i,
];

export const saysUnknownSession = (words: string): boolean =>
  GONE_WORDS.some((pattern) => pattern.test(words));
