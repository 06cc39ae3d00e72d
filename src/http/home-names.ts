/** Names that nobody outside can have lead here: the public DNS gives none of them to anybody. */
import { isIP } from "node:net";
import { hostAndPort } from "./own-url.ts";

/** RFC 6761 and 6762 (localhost, local), RFC 8375 (home.arpa), ICANN (internal), and what routers make up. */
const HOME = /(^|\.)(localhost|local|lan|home|internal|home\.arpa|localdomain)$/;

/** Whether `host[:port]` is an IP address, a name without dots, or one of those that only home networks have. */
export function isNameOfHome(text: string): boolean {
  const name = nameIn(text);
  return name !== null && (isIP(name) !== 0 || !name.includes(".") || HOME.test(name));
}

/** The bare name or address in `host[:port]`, in lower case; null: it is none. */
export function nameIn(text: string): string | null {
  return hostAndPort(text)?.host.replace(/^\[|\]$|\.$/g, "") ?? null;
}
