/** Which hosts a list may send us to. */
import { isLinkLocal, plainHost } from "../net/reach.ts";

export type HostVerdict = { readonly host: string } | { readonly refused: string };

/**
 * A listed host in its plain form, or why it is not dialled. `named`: the plain hosts that the operator has named as
 * engines too, which are dialled whatever they are. What a name leads to is judged where it is dialled (`dialling.ts`).
 */
export function hostVerdict(listed: unknown, named: ReadonlySet<string> = NOBODY): HostVerdict {
  if (typeof listed !== "string" || listed === "") return { refused: "no host" };
  const host = plainHost(listed);
  if (host === null) return { refused: "not a host" };
  if (isLinkLocal(host) && !named.has(host)) return { refused: "a link-local or metadata address" };
  return { host };
}

/** The hosts that the operator has named. */
export const namedHosts = (addresses: readonly { readonly host: string }[]): ReadonlySet<string> =>
  new Set(addresses.map(({ host }) => plainHost(host) ?? host));

const NOBODY: ReadonlySet<string> = new Set();
