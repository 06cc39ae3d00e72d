// The kinds of value that only an embedded proxy has.
import { accepted, refused, type ValueKind } from "../config/types.ts";

/** It becomes a part of labels, file names and journal lines. */
export const proxyName: ValueKind<string> = {
  placeholder: "NAME",
  schema: { type: "string", pattern: "^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,64}$" },
  parse: (text) =>
    /^(?=.*[A-Za-z0-9])[A-Za-z0-9._-]{1,64}$/.test(text)
      ? accepted(text)
      : refused("1 to 64 letters, digits and . _ -", "living-room"),
  show: (name) => name,
};

/** Where the proxy's own routes are: there nobody could tell whether a path has the prefix. */
const OWN_PATHS =
  /^\/(?:(?:ace|assets|auto|t|api\/v1)(?:\/|$)|api$|[^/]+\.(?:json|post|m3u8?|xml|gz)$|(?:health|ready)z$|metrics$)/;

const PATH_LENGTH_MAX = 256;

export const basePath: ValueKind<string> = {
  placeholder: "PATH",
  schema: { type: "string" },
  parse(text) {
    const parts = text.replace(/^\/|\/$/g, "").split("/");
    const isSound =
      text.length <= PATH_LENGTH_MAX && parts.every((part) => /^(?!\.{1,2}$)[A-Za-z0-9._~-]+$/.test(part));
    const path = `/${parts.join("/")}`;
    if (!isSound) return refused("a path of letters, digits and - . _ ~ between slashes", "/tv");
    if (OWN_PATHS.test(path)) return refused("a path that none of the proxy's own begins with", `/tv${path}`);
    return text.startsWith("/") ? accepted(path) : refused("a path that begins with a slash", path);
  },
  show: (path) => path,
};
