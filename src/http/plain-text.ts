/** Words that come from elsewhere (players, engines, orchestrators), made safe to be shown anywhere. */

/** Control characters, line and paragraph separators, and marks that turn the direction of writing round. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text with `�` in the place of each such character, cut after `lengthMax` characters. */
export function plainText(text: string, lengthMax = 300): string {
  const plain = text.replaceAll(UNSAFE, "\ufffd");
  return plain.length > lengthMax ? `${plain.slice(0, lengthMax)}…` : plain;
}
