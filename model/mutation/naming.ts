/** How a mutant is named in an explanation: by what it changes and in which function, not by a line's number. */
import type { CodeMutant } from "./instrument.ts";

export interface Change {
  /** `queue.ts grant`: the file and the declaration in it. */
  readonly at: string;
  readonly mutator: string;
  /** The text before and after, `open.length === 0 → false`; long texts are cut. A second one of its kind ends in ` #2`. */
  readonly change: string;
}

/** Where a declaration begins: those of a module, and the methods of a class. */
const DECLARATION =
  /^(?:export )?(?:(?:async )?function|const|class) (\w+)|^ {2}(?:async )?(#?\w+)(?:<[^>]*>)?\([^)]*(?:\).*\{)?$/;

const TEXT_LENGTH_MAX = 100;

/** The changes of all mutants, by number. `sources` are the files' texts by the mutants' file names. */
export function changes(
  mutants: readonly CodeMutant[],
  sources: ReadonlyMap<string, string>,
): Map<string, Change> {
  const named = new Map<string, Change>();
  const times = new Map<string, number>();
  for (const mutant of mutants) {
    const lines = (sources.get(mutant.fileName) ?? "").split("\n");
    const file = mutant.fileName.slice(mutant.fileName.lastIndexOf("/") + 1);
    const at = `${file} ${declaration(lines, mutant.location.start.line)}`;
    const text = `${short(original(lines, mutant.location))} → ${short(mutant.replacement)}`;
    const key = JSON.stringify([at, mutant.mutatorName, text]);
    const time = (times.get(key) ?? 0) + 1;
    times.set(key, time);
    const change = time === 1 ? text : `${text} #${time}`;
    named.set(mutant.id, { at, mutator: mutant.mutatorName, change });
  }
  return named;
}

export const keyOf = ({ at, mutator, change }: Change): string => `${at}: ${mutator}: ${change}`;

function declaration(lines: readonly string[], line: number): string {
  for (let at = line; at >= 0; at--) {
    const match = DECLARATION.exec(lines[at] ?? "");
    if (match) return match[1] ?? match[2] ?? "";
  }
  return "";
}

/** A mutant's lines and columns count from 0. */
function original(lines: readonly string[], { start, end }: CodeMutant["location"]): string {
  const part = lines.slice(start.line, end.line + 1);
  const last = part.length - 1;
  part[last] = (part[last] ?? "").slice(0, end.column);
  part[0] = (part[0] ?? "").slice(start.column);
  return part.join("\n");
}

function short(text: string): string {
  const one = text.replace(/\s+/g, " ").trim();
  return one.length > TEXT_LENGTH_MAX ? `${one.slice(0, TEXT_LENGTH_MAX - 1)}…` : one;
}
