// What each command's exit code means, for the manual page and the docs; run.ts and the reports give them.

export interface ExitCode {
  readonly code: number;
  /** For every command, or for the ones that are named. */
  readonly commands: readonly string[] | null;
  readonly meaning: string;
}

export const EXIT_CODES: readonly ExitCode[] = [
  { code: 0, commands: null, meaning: "done; nothing wrong was found" },
  { code: 1, commands: null, meaning: "failed; standard error says why in one line" },
  { code: 1, commands: ["doctor"], meaning: "something will not work" },
  { code: 1, commands: ["check"], meaning: "a property is violated" },
  { code: 1, commands: ["replay"], meaning: "a step was illegal, or the cap was certainly exceeded" },
  { code: 2, commands: ["check"], meaning: "a limit was reached before all was explored" },
  { code: 2, commands: ["replay"], meaning: "it cannot be told: the journal is not all" },
  { code: 3, commands: ["check"], meaning: "a property was never put to the test" },
  { code: 4, commands: null, meaning: "bad usage: one line names the value, the rule and the fix" },
];
