import type { z } from "zod";
import { SKIPPED_TOLD_MAX } from "./limits.ts";

/** Names what was left out of a list, the first few by name, the rest by number. */
export class Skipped {
  readonly #told: string[] = [];
  #more = 0;

  add(what: string, why: string): void {
    if (this.#told.length < SKIPPED_TOLD_MAX) this.#told.push(`${what}: ${why}`);
    else this.#more++;
  }

  get list(): readonly string[] {
    return this.#more === 0 ? this.#told : [...this.#told, `and ${this.#more} more records`];
  }

  /** What is wrong with a record, in a few words, without the record's own. */
  static reason(error: z.ZodError): string {
    const [issue] = error.issues;
    if (issue === undefined) return "makes no sense";
    return issue.path.length === 0 ? issue.message : `${issue.path.join(".")}: ${issue.message}`;
  }
}
