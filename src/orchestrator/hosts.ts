/** Which hosts a list may send us to. */

import { isIPv4 } from "node:net";

export type HostVerdict = { readonly host: string } | { readonly refused: string };

/** Clouds answer there with credentials; no engine lives there. */
const METADATA_HOSTS = new Set(["fd00:ec2::254", "100.100.100.200", "metadata.google.internal", "metadata"]);

/**
 * A listed host in its plain form (lower case, no brackets, `0xa9fea9fe` as what it is), or why it is not dialled.
 * A name that resolves to such an address cannot be told here.
 */
export function hostVerdict(listed: unknown): HostVerdict {
  if (typeof listed !== "string" || listed === "") return { refused: "no host" };
  // Most are; parsing URLs is what costs time in long lists.
  if (isIPv4(listed)) return plainVerdict(listed);
  const text = listed.includes(":") && !listed.startsWith("[") ? `[${listed}]` : listed;
  if (!/^(?:[\w.-]+|\[[\da-f:.]+\])$/i.test(text) || !URL.canParse(`http://${text}`)) {
    return { refused: "not a host" };
  }
  const host = new URL(`http://${text}`).hostname.replace(/^\[|\]$|\.$/g, "");
  return plainVerdict(host);
}

function plainVerdict(host: string): HostVerdict {
  const isLinkLocal =
    host.startsWith("169.254.") || /^fe[89ab][\da-f]:/.test(host) || host.startsWith("::ffff:a9fe:");
  if (isLinkLocal || METADATA_HOSTS.has(host)) return { refused: "a link-local or metadata address" };
  return { host };
}
