/** What a request asks for: exactly one content, and parameters that the engine knows. */
import { isHash, isPassable, PASSED_ON } from "../net/content.ts";
import type { ContentKey } from "../slots/index.ts";

export type Asked =
  | { readonly kind: "asked"; readonly content: ContentKey; readonly variant: string }
  | { readonly kind: "bad"; readonly code: "invalid_id" | "invalid_parameter"; readonly message: string };

/** A value of a client, for a message: quoted, on one line, not endless. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);

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
  if (!isHash(value)) return bad(`${kind} ${shown(value)} is not 40 hex digits`);
  const variant = new URLSearchParams();
  for (const name of PASSED_ON) {
    const values = query.getAll(name);
    const [first] = values;
    if (first === undefined) continue;
    if (values.length > 1 || !isPassable(first))
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
