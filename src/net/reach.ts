/**
 * Where an address leads: to everybody, into a network of one's own, or to this one wire, where clouds answer with
 * credentials. One list for all that somebody else may name: sources, engines, the servers of a store.
 */
import { BlockList, isIP } from "node:net";

/** How far in an address is. */
export type Reach = "public" | "private" | "link-local";

/** `address`: of IP, without brackets; a zone (`%eth0`) may stand behind it. What is no address is `public`. */
export function reachOf(address: string): Reach {
  const [plain = ""] = address.split("%", 1);
  const version = isIP(plain);
  if (version === 0) return "public";
  const family = version === 6 ? "ipv6" : "ipv4";
  if (LINK_LOCAL.check(plain, family)) return "link-local";
  return PRIVATE.check(plain, family) ? "private" : "public";
}

/** Names by which clouds' metadata services go, in lower case. */
const METADATA_NAMES = new Set([
  ...["metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal"],
  ...["instance-data", "instance-data.ec2.internal"],
]);

/**
 * A host in the form in which it is dialled: lower case, no brackets, no dot at its end, `0xa9fea9fe` and `2852039166`
 * as the address that they are. Null: it is no host. IPv6 with a zone is none, since it cannot stand in a URL.
 */
export function plainHost(text: string): string | null {
  // Most are; parsing URLs is what costs time in long lists.
  if (isIP(text) === 4) return text;
  const bracketed = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(bracketed) || /\.\./.test(text)) return null;
  if (!URL.canParse(`http://${bracketed}`)) return null;
  return new URL(`http://${bracketed}`).hostname.replace(/^\[|\]$|\.$/g, "");
}

/** Of a {@link plainHost}: whether it is a link-local or metadata address, or a name of one. What other names lead to only a look-up tells. */
export const isLinkLocal = (host: string): boolean =>
  METADATA_NAMES.has(host) || reachOf(host) === "link-local";

type Subnet = readonly [address: string, bits: number];

/** Link-local addresses, and metadata services that are elsewhere. */
const LINK_LOCAL_4: readonly Subnet[] = [
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["192.0.0.192", 32],
  ["168.63.129.16", 32],
];
const LINK_LOCAL_6: readonly Subnet[] = [
  ["fe80::", 10],
  ["fd00:ec2::254", 128],
  ["fd20:ce::254", 128],
];

/** All that is not for everybody: also shared, unspecified and multicast addresses, and IPv4 inside IPv6. */
const PRIVATE_4: readonly Subnet[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
];
const PRIVATE_6: readonly Subnet[] = [
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fec0::", 10],
  ["ff00::", 8],
];

const LINK_LOCAL = listOf(LINK_LOCAL_4, [...LINK_LOCAL_6, ...LINK_LOCAL_4.flatMap(insideIpv6)]);
const PRIVATE = listOf(PRIVATE_4, [...PRIVATE_6, ...PRIVATE_4.flatMap(mapped)]);

/** IPv4 addresses as IPv6 writes them: mapped, translated, compatible, by NAT64, and by 6to4. */
function insideIpv6([address, bits]: Subnet): Subnet[] {
  return [
    ...mapped([address, bits]),
    ...["::ffff:0:", "::", "64:ff9b::"].map((before): Subnet => [`${before}${address}`, 96 + bits]),
    [`2002:${hexOf(address)}::`, 16 + bits],
  ];
}

function mapped([address, bits]: Subnet): Subnet[] {
  return [[`::ffff:${address}`, 96 + bits]];
}

/** `169.254.0.0` → `a9fe:0000`. */
function hexOf(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return [a * 256 + b, c * 256 + d].map((word) => word.toString(16).padStart(4, "0")).join(":");
}

function listOf(ipv4: readonly Subnet[], ipv6: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ipv4) list.addSubnet(address, bits, "ipv4");
  for (const [address, bits] of ipv6) list.addSubnet(address, bits, "ipv6");
  return list;
}
