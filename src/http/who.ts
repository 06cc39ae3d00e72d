/** What tells players apart: address and User-Agent, in one text with a space between them. An address has none. */

/** `address` empty: nothing tells it. */
export const whoOf = (address: string, agent: string): string => `${address} ${agent}`;

/**
 * For the hand-over, in which a request may take the place of the same player's stream: those whose address nobody
 * knows may be anybody, and each of their requests stands for itself.
 */
export const apart = (who: string): string =>
  who.startsWith(" ") ? `${NOBODY}${crypto.randomUUID()}${who}` : who;

export function partsOf(who: string): { readonly address: string; readonly agent: string } {
  const [address = "", ...agent] = who.split(" ");
  return { address: address.startsWith(NOBODY) ? "" : address, agent: agent.join(" ") };
}

/** Begins no address. */
const NOBODY = "?";
