// Where playlists and guides come from: a file, or an http(s) URL.
import { accepted, refused, type ValueKind } from "./types.ts";

const LENGTH_MAX = 4096;

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** A path, or a URL; a URL may hold a name and a password for its server, which `show` hides. */
export function source(example: string): ValueKind<string> {
  const rule = `a file, or a URL with http:// or https://, of 1 to ${LENGTH_MAX} characters on one line`;
  return {
    placeholder: "FILE|URL",
    schema: { type: "string", minLength: 1, maxLength: LENGTH_MAX },
    parse(text) {
      if (text === "" || text.length > LENGTH_MAX || /\p{Cc}/u.test(text)) return refused(rule, example);
      if (isUrl(text)) return URL.canParse(text) ? accepted(text) : refused(rule, example);
      return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? refused(rule, example) : accepted(text);
    },
    show: withoutSecrets,
  };
}

/** Names, passwords and queries of a URL may be secrets of the provider. */
export function withoutSecrets(text: string): string {
  if (!isUrl(text) || !URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    url.username = "***";
    url.password = "";
  }
  if (url.search !== "") url.search = "?***";
  return url.href;
}
