/** What a report has to know besides the result. */
export interface ReportOptions {
  /** ANSI colours; only `pretty` has any. */
  readonly color: boolean;
  /** The terminal's width; only `pretty` breaks lines. */
  readonly columns: number;
  /** The command that replays the violation, such as `aceslot check --replay cap.trace.json`; null: none was written. */
  readonly command: string | null;
}
