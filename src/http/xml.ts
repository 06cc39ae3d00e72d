/** Text for XML. */

/** Safe in elements and attributes; characters that XML 1.0 has no form for become spaces. */
export const escapedXml = (text: string): string =>
  text.replace(FORBIDDEN, " ").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
