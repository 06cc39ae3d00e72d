/** A line of the terminal, written at columns and coloured piece by piece; its width is what it shows. */

const CODES = {
  bold: [1, 22],
  soft: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  alarm: [41, 49],
} as const;

export type Tone = keyof typeof CODES;

interface Cell {
  readonly char: string;
  readonly tone: Tone | null;
}
const BLANK: Cell = { char: " ", tone: null };

export class Line {
  readonly #cells: Cell[] = [];

  /** `text` must be plain. */
  static of(text: string, tone: Tone | null = null): Line {
    return new Line().add(text, tone);
  }

  get width(): number {
    return this.#cells.length;
  }

  /** Writes over what is there. */
  put(column: number, text: string, tone: Tone | null = null): this {
    let at = column;
    for (const char of text) {
      while (this.#cells.length < at) this.#cells.push(BLANK);
      this.#cells[at++] = { char, tone };
    }
    return this;
  }

  add(text: string, tone: Tone | null = null): this {
    return this.put(this.#cells.length, text, tone);
  }

  render(color: boolean): string {
    let text = "";
    let tone: Tone | null = null;
    const turn = (next: Tone | null): void => {
      if (!color || next === tone) return;
      if (tone !== null) text += `\u001b[${CODES[tone][1]}m`;
      if (next !== null) text += `\u001b[${CODES[next][0]}m`;
      tone = next;
    };
    for (const cell of this.#cells.slice(0, this.#end())) {
      turn(cell.tone);
      text += cell.char;
    }
    turn(null);
    return text;
  }

  /** No spaces at the end. */
  #end(): number {
    return this.#cells.findLastIndex(({ char }) => char !== " ") + 1;
  }
}
