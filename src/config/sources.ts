// Where playlists and guides come from: a file, or an http(s) URL.
import { accepted, inAnyCase, lineSchema, refused, type ValueKind } from "./types.ts";

const LENGTH_MAX = 4096;

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** A path, or a URL; a URL may hold a name and a password for its server, which `show` hides. */
export function source(example: string): ValueKind<string> {
  const rule = `a file, or a URL with http:// or https://, of 1 to ${LENGTH_MAX} characters on one line`;
  return {
    placeholder: "FILE|URL",
    // A text with another scheme is most likely a mistake, not a file.
    schema: {
      ...lineSchema(LENGTH_MAX),
      anyOf: [
        { pattern: `^${inAnyCase("http")}[Ss]?://` },
        { not: { pattern: "^[A-Za-z][A-Za-z0-9+.-]*://" } },
      ],
    },
    split: sourcesOf,
    parse(text) {
      if (text === "" || text.length > LENGTH_MAX || /\p{Cc}/u.test(text)) return refused(rule, example);
      if (isUrl(text)) return URL.canParse(text) ? accepted(text) : refused(rule, example);
      return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? refused(rule, example) : accepted(text);
    },
    hides: holdsSecrets,
    show: withoutSecrets,
  };
}

/**
 * Those that a variable lists. Names of files have spaces, and queries of URLs too, once they are decoded; URLs have
 * commas (`?type=m3u,plus`): there one parts only beside a space, or before a URL, a path or nothing.
 */
function sourcesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const found: string[] = [];
    for (const part of line.split(",")) {
      const last = found.at(-1);
      if (last !== undefined && /^https?:\/\/.*\S$/i.test(last) && !BEGINS_ANEW.test(part))
        found.splice(-1, 1, `${last},${part}`);
      else found.push(part.trimStart());
    }
    return found.map((each) => each.trim());
  });
}

const BEGINS_ANEW = /^(?:$|\s|[a-z][a-z\d+.-]*:\/\/|[a-z]:[\\/]|\.{0,2}\/|~)/i;

/** Names, passwords, queries and fragments of a URL may be secrets of the provider, and `/t/<token>` is one of ours. */
export function withoutSecrets(text: string): string {
  if (!holdsSecrets(text)) return text;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    url.username = "***";
    url.password = "";
  }
  url.pathname = url.pathname.replace(TOKEN_IN_PATH, "/t/***");
  if (url.search !== "") url.search = "?***";
  if (url.hash !== "") url.hash = "#***";
  return url.href;
}

/** `words` of whoever was asked for `url`, without what {@link withoutSecrets} hides of it, in any form in which it is sent. */
export function withoutSecretsOf(url: string, words: string): string {
  if (!holdsSecrets(url)) return words;
  const { username, password, pathname, search, hash, searchParams } = new URL(url);
  const [, token = ""] = /\/t\/([^/]+)(?=\/)/.exec(pathname) ?? [];
  const pair = `${decoded(username)}:${decoded(password)}`;
  const parts = [search.slice(1), hash.slice(1), username, password, token, ...searchParams.values()];
  const secrets = [
    ...(pair === ":" ? [] : [Buffer.from(pair).toString("base64")]),
    ...parts.flatMap((part) => [part, decoded(part)]),
  ];
  // The longest first: one may be a part of another.
  return secrets
    .filter((secret) => secret.length >= MASKED_LENGTH_MIN)
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, "***"), words);
}

/** Shorter ones stand in any word, and are no secrets. */
const MASKED_LENGTH_MIN = 4;

/** Without its escapes; where they are none, as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function holdsSecrets(text: string): boolean {
  if (!isUrl(text) || !URL.canParse(text)) return false;
  const { username, password, pathname, search, hash } = new URL(text);
  return TOKEN_IN_PATH.test(pathname) || [username, password, search, hash].some((part) => part !== "");
}

const TOKEN_IN_PATH = /\/t\/[^/]+(?=\/)/;
