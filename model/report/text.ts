/** Text for terminals and files: made harmless, broken into lines, numbers for people. */

/** Reordering marks can make a line read as something that it is not. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/gu;
/** Stands for what has no picture of its own. */
const SIGN = "\u241a";
const CONTROL = /\p{Cc}/gu;

/** One line that cannot move a cursor, colour anything or end a line: control characters become their pictures. */
export function plain(text: string): string {
  return text
    .replace(/\s+/gu, " ")
    .replace(REORDERING, SIGN)
    .replace(CONTROL, (char) => {
      const code = char.codePointAt(0) ?? 0;
      return code < 0x20 ? String.fromCodePoint(0x2400 + code) : code === 0x7f ? "\u2421" : SIGN;
    });
}

export const width = (text: string): number => [...text].length;

/** Breaks at spaces; a word that is longer than a line is broken anywhere. No line is longer than `columns`. */
export function wrap(text: string, columns: number): string[] {
  const room = Math.max(1, columns);
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text).trim().split(" ")) {
    let rest = [...word];
    if (line !== "" && width(line) + 1 + rest.length <= room) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    while (rest.length > room) {
      lines.push(rest.slice(0, room).join(""));
      rest = rest.slice(room);
    }
    line = rest.join("");
  }
  return [...lines, line];
}

/** Joins items that are not broken themselves, as long as they fit. */
export function wrapItems(items: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = [];
  for (const item of items.map(plain)) {
    const last = lines.at(-1);
    const joined = last === undefined ? item : last + separator + item;
    if (last !== undefined && width(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(...wrap(item, columns));
  }
  return lines;
}

/** `1,234,567` */
export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/gu, ",");

/** `1 world`, `2 worlds` */
export const plural = (n: number, one: string, many: string): string => `${count(n)} ${n === 1 ? one : many}`;

/** `<0.01`, `0.03`, `12.5`, `1,234` */
export const decimals = (seconds: number): string =>
  seconds > 0 && seconds < 0.01
    ? "<0.01"
    : seconds >= 100
      ? count(seconds)
      : seconds >= 10
        ? seconds.toFixed(1)
        : seconds.toFixed(2);

/** `0.03 s`, `14.2 s`, `3 min 20 s` */
export function duration(seconds: number): string {
  if (seconds < 120) return `${decimals(seconds)} s`;
  return `${count(Math.floor(seconds / 60))} min ${Math.round(seconds % 60)} s`;
}

/** `512 MiB`, `1.4 GiB` */
export function bytes(n: number): string {
  const mib = n / 2 ** 20;
  return mib < 1024 ? `${mib < 10 ? mib.toFixed(1) : Math.round(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** `a, b and c` */
export const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
