// What a command's own flag is called and means, for --help, completion and the docs.

export interface FlagWords {
  readonly flag: string;
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  /** What its value names, for completion. */
  readonly completes?: "files" | "folders" | "mutants";
  readonly help: string;
  /** The heading under which it stands in the command's help. */
  readonly group?: string;
  /** A flag of the settings that this command reads in its own way. */
  readonly ofSettings?: true;
}
