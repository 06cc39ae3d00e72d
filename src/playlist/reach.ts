/**
 * Where a source may be fetched from. What the operator names is fetched from anywhere; what a playlist names, and
 * where a server sends us on to, only from places that are no further in than the one that said so: nobody on the
 * internet gets to send a request into this network, and nobody at all one to link-local addresses, where clouds
 * keep their secrets.
 */
import { reachOf } from "../net/reach.ts";

/** Who names an address: the operator, or something that was itself found at this reach (files are private). */
export type NamedBy = "operator" | "public" | "private";

/** Null: it may be asked; else why not, for people. */
export function refusalOf(address: string, namedBy: NamedBy): string | null {
  if (namedBy === "operator") return null;
  const reach = reachOf(address);
  if (reach === "link-local")
    return `${address} is a link-local address, which only --playlist or --epg may name`;
  return reach === "private" && namedBy === "public"
    ? `${address} is a private address, which nothing on the internet may name; name it yourself with --playlist or --epg`
    : null;
}
