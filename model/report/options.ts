/** How a report is written, where that is not the same for everybody. */
export interface ReportOptions {
  /**
   * ANSI colours; only `pretty` has any.
   *
   * @default false
   */
  readonly color?: boolean;
  /**
   * The terminal's width, in characters; only `pretty` breaks lines.
   *
   * @default 100
   */
  readonly columns?: number;
  /**
   * The command that replays the violation, such as `aceslot check --replay cap.trace.json`; null: there is none.
   *
   * @default null
   */
  readonly command?: string | null;
}

/** All of them said: what the formats work with. */
export type Written = Required<ReportOptions>;

/** What is not said, by default. */
export const written = ({ color = false, columns = 100, command = null }: ReportOptions): Written => ({
  color,
  columns,
  command,
});
