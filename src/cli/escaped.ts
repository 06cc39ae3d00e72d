/** What others have said, on one line of a terminal or of a log: their control characters are shown, never obeyed. */

/** Control and format characters (escapes, marks that turn writing round), and separators of lines and paragraphs. */
const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `\u001b` and its like in the place of each, as JSON writes them. */
export const escaped = (text: string): string =>
  text.replace(OBEYED, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );

/** `?` in the place of each, and of what is no character at all: for tables, whose width it does not change. */
export const neutral = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
