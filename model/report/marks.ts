/** A sign and a colour for each verdict. */
import type { Verdict } from "../result.ts";
import type { Tone } from "./line.ts";

export interface Mark {
  readonly text: string;
  readonly tone: Tone;
}

export const MARK: Readonly<Record<Verdict, Mark>> = {
  holds: { text: "✔", tone: "green" },
  violated: { text: "✘", tone: "red" },
  incomplete: { text: "◐", tone: "yellow" },
  vacuous: { text: "○", tone: "yellow" },
};
