/**
 * Where a source may be fetched from. What the operator names is fetched from anywhere; what a playlist names, and
 * where a server sends us on to, only from places that are no further in than the one that said so: nobody on the
 * internet gets to send a request into this network, and nobody at all one to link-local addresses, where clouds
 * keep their secrets.
 */
import { BlockList, isIP } from "node:net";

/** How far in an address is. */
export type Reach = "public" | "private" | "link-local";

/** Who names an address: the operator, or something that was itself found at this reach (files are private). */
export type NamedBy = "operator" | "public" | "private";

export function reachOf(address: string): Reach {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  const family = isIP(plain) === 6 ? "ipv6" : "ipv4";
  if (LINK_LOCAL.check(plain, family)) return "link-local";
  return PRIVATE.check(plain, family) ? "private" : "public";
}

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

const LINK_LOCAL = listOf([
  ["169.254.0.0", 16, "ipv4"],
  ["fe80::", 10, "ipv6"],
  // Metadata services that are elsewhere.
  ["100.100.100.200", 32, "ipv4"],
  ["192.0.0.192", 32, "ipv4"],
  ["168.63.129.16", 32, "ipv4"],
  ["fd00:ec2::254", 128, "ipv6"],
  ["fd20:ce::254", 128, "ipv6"],
]);

/** All that is not for everybody: also shared, unspecified and multicast addresses, and IPv4 inside IPv6. */
const PRIVATE = listOf([
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fec0::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
]);

function listOf(subnets: readonly (readonly [string, number, "ipv4" | "ipv6"])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits, family] of subnets) list.addSubnet(address, bits, family);
  return list;
}
