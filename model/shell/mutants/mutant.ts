/** A known bug of shells, in place of our code: a broker with one part replaced. */
import type { SubjectClass } from "../subject.ts";

export interface ShellMutant {
  readonly name: string;
  /** Where such a bug was met, or why somebody would write it. */
  readonly history: string;
  /** The property that must catch it; that another one does would be an accident. */
  readonly property: string;
  readonly subject: SubjectClass;
}
