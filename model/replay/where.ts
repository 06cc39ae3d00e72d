/** A line of a replay. */
export interface Where {
  /** Index into `files`. */
  readonly file: number;
  /** From 1. */
  readonly line: number;
  /** As the line says it: RFC 3339, or milliseconds of a reduced log. */
  readonly at: string;
}
