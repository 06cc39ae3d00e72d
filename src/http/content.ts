/** What a request asks for: exactly one content, and parameters that the engine knows. */
import type { ContentKey } from "../slots/index.ts";

const HASH = /^[0-9a-f]{40}$/i;

/**
 * Engine parameters that change what is played. A player's `pid` or `sid` is never passed on: ours tell sessions
 * apart. Nor are `format` and `use_api_events`: they change the engine's answer to the start, which the proxy reads
 * itself, not what is played.
 */
const PASSED_ON = [
  "transcode_audio",
  "transcode_mp3",
  "transcode_ac3",
  "preferred_audio_language",
  "manifest_p2p_wait_timeout",
  "_idx",
] as const;

const PARAMETER = /^[\w.,-]{1,32}$/;

export type Asked =
  | { readonly kind: "asked"; readonly content: ContentKey; readonly variant: string }
  | { readonly kind: "bad"; readonly code: "invalid_id" | "invalid_parameter"; readonly message: string };

const shown = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);

const bad = (message: string, code: "invalid_id" | "invalid_parameter" = "invalid_id"): Asked => ({
  kind: "bad",
  code,
  message,
});

/** Reads `id=` or `infohash=` (or an id from the path) and the parameters to pass on. */
export function readAsked(query: URLSearchParams, pathId?: string): Asked {
  const ids = [...query.getAll("id"), ...(pathId === undefined ? [] : [pathId])];
  const infohashes = query.getAll("infohash");
  if (ids.length + infohashes.length === 0)
    return bad("no content: give id=<40 hex digits> (a content id) or infohash=<40 hex digits>");
  if (ids.length + infohashes.length > 1)
    return bad("more than one content: give either id or infohash, once");
  const [kind, value = ""] =
    ids.length === 1 ? (["id", ids[0]] as const) : (["infohash", infohashes[0]] as const);
  if (!HASH.test(value)) return bad(`${kind} ${shown(value)} is not 40 hex digits`);
  const variant = new URLSearchParams();
  for (const name of PASSED_ON) {
    const values = query.getAll(name);
    const [first] = values;
    if (first === undefined) continue;
    if (values.length > 1 || !PARAMETER.test(first))
      return bad(
        `${name}=${shown(values.join(","))} is not one short word of letters, digits and . , _ -`,
        "invalid_parameter",
      );
    variant.set(name, first);
  }
  return { kind: "asked", content: `${kind}:${value.toLowerCase()}`, variant: variant.toString() };
}

/** `id:<hex>` → `{ id: <hex> }`, as acexy's status names streams. */
export function contentObject(key: ContentKey): Record<string, string> {
  const [kind = "id", hash = ""] = key.split(":");
  return { [kind]: hash };
}
