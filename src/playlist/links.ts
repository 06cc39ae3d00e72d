/**
 * What an entry of a playlist plays: a content of AceStream, whatever form its link has, or another address that
 * is left as it is. Pure; a link read here is only ever handed out, never fetched.
 */
import { type ContentName, isHash, isPassable, PASSED_ON } from "../net/content.ts";

export type Target =
  | {
      readonly kind: "content";
      readonly content: ContentName;
      /** Engine parameters of the link that say what is played, as a query; mostly empty. */
      readonly extras: string;
    }
  | { readonly kind: "url"; readonly url: string };

/** Null: nothing that a player may be sent to. `base` is the URL that the playlist came from, for relative links. */
export function readLink(text: string, base: string | null): Target | null {
  if (isHash(text)) return content("id", text, null);
  const [, scheme] = /^([a-z][a-z\d+.-]*):/i.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case "acestream":
    case "ace":
      return readAceLink(text);
    case "http":
    case "https":
      return readHttpLink(text) ?? { kind: "url", url: text };
    case "plugin":
      return readPluginLink(text) ?? { kind: "url", url: text };
    case undefined:
      return readRelative(text, base);
    default:
      return PASSED.has(scheme?.toLowerCase() ?? "") ? { kind: "url", url: text } : null;
  }
}

/** Live streams in other forms that players know. Not here: `file:`, `javascript:`, `pipe:` and all that is unknown. */
const PASSED = new Set("rtmp rtmps rtmpe rtmpt rtsp rtsps rtp udp srt rist mms mmsh mmst hls".split(" "));

function content(kind: "id" | "infohash", hash: string, query: URLSearchParams | null): Target {
  const extras = new URLSearchParams();
  for (const name of query === null ? [] : PASSED_ON) {
    const value = query?.get(name) ?? "";
    if (isPassable(value)) extras.set(name, value);
  }
  return { kind: "content", content: `${kind}:${hash.toLowerCase()}`, extras: extras.toString() };
}

/** `acestream://<id>`, `acestream:?infohash=…`, `acestream:?content_id=…`. */
function readAceLink(text: string): Target | null {
  const [, hash = "", search = ""] = /^[a-z]+:(?:\/\/)?([^/?#|]*)\/?(?:\?([^#|]*))?/i.exec(text) ?? [];
  const query = new URLSearchParams(search);
  return isHash(hash) ? content("id", hash, query) : contentOf(query);
}

/** The engine reads the content id first where a link has both. */
function contentOf(query: URLSearchParams): Target | null {
  for (const name of ["content_id", "id"]) {
    const value = query.get(name) ?? "";
    if (isHash(value)) return content("id", value, query);
  }
  const infohash = query.get("infohash") ?? "";
  return isHash(infohash) ? content("infohash", infohash, query) : null;
}

/** Links to any engine or proxy, whatever its host and whatever stands before `/ace/`. */
function readHttpLink(text: string): Target | null {
  // What stands after a bar are headers for Kodi.
  const [plain = ""] = text.split("|", 1);
  const [, path = "", search = ""] = /^https?:\/\/[^/?#]+(\/[^?#]*)(?:\?([^#]*))?/i.exec(plain) ?? [];
  if (!MAY_BE_ACE.test(path)) return null;
  const query = new URLSearchParams(search);
  if (/\/ace\/(?:getstream(?:\.ts)?|manifest\.m3u8)\/?$/i.test(path)) return contentOf(query);
  const [, hash = ""] = /\/ace\/getstream\/([0-9a-f]{40})(?:\.ts)?$/i.exec(path) ?? [];
  if (hash !== "") return content("id", hash, query);
  const [, word = "", named = ""] =
    /^\/(pid|content_id|infohash)\/([0-9a-f]{40})(?:\/[^/]*)?$/i.exec(path) ?? [];
  // There `pid` means a content id.
  return named === "" ? null : content(word.toLowerCase() === "infohash" ? "infohash" : "id", named, query);
}

const MAY_BE_ACE = /\/(?:ace|pid|content_id|infohash)\//i;

/** Kodi add-ons that hand an AceStream id on: `?action=play&id=…`, `?url=acestream://…`. Torrents are none. */
function readPluginLink(text: string): Target | null {
  const [, search = ""] = /^plugin:\/\/[^?#]+\?([^#]*)/i.exec(text) ?? [];
  const found = new Map<string, Target>();
  for (const [name, value] of new URLSearchParams(search)) {
    const target = targetOfParameter(name.toLowerCase(), value);
    if (target?.kind === "content") found.set(target.content, target);
  }
  const [only] = found.values();
  return found.size === 1 ? (only ?? null) : null;
}

function targetOfParameter(name: string, value: string): Target | null {
  if (/^ace(?:stream)?:/i.test(value)) return readAceLink(value);
  if (/^https?:/i.test(value)) return readHttpLink(value);
  if (!isHash(value)) return null;
  return name === "infohash"
    ? content("infohash", value, null)
    : ["id", "content_id", "url", "acestream"].includes(name)
      ? content("id", value, null)
      : null;
}

/** A playlist from the web may name its streams relative to itself; one from a file names files, which nobody serves. */
function readRelative(text: string, base: string | null): Target | null {
  if (base === null || !URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  // Names and passwords of the source are nobody else's.
  url.username = "";
  url.password = "";
  return readHttpLink(url.href) ?? { kind: "url", url: url.href };
}
