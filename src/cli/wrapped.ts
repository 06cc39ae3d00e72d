// Text in lines as wide as the terminal, so that no word is torn at its edge.

/** Narrower than this nothing can be read anyway. */
const COLUMNS_MIN = 40;

/** How many columns there are, at most `most`; all of those where the output is no terminal. */
export function columnsOf(most: number, screen: { readonly columns?: number } = process.stdout): number {
  return Math.max(COLUMNS_MIN, Math.min(most, screen.columns || most));
}

/**
 * Breaks at single spaces. What stands between two spaces on either side is a command to copy, and stays in one piece
 * even where it is longer than a line.
 */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const piece of piecesOf(text)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + piece.length > columns) lines.push(piece.trimStart());
    else lines[lines.length - 1] = last + piece;
  }
  return lines;
}

/** Words, each with the spaces before it. */
function piecesOf(text: string): string[] {
  const parts = text.split(/ {2}(?=\S)/);
  return parts.flatMap((part, index) => {
    const isCommand = index % 2 === 1;
    const gap = index === 0 ? "" : "  ";
    return isCommand ? [gap + part] : (gap + part).split(/(?<=\S)(?= )/);
  });
}
