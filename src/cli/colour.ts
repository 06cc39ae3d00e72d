// The one place that decides whether output is for a terminal: colours, and lines that are written over.

/** What is looked at of a stream; `process.stdout` and `process.stderr` fit. */
export interface Screen {
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Colours are for terminals. `NO_COLOR` takes them away everywhere; `FORCE_COLOR` and `CLICOLOR_FORCE` (neither
 * empty nor 0) give them to files and pipes too. See https://no-color.org and https://bixense.com/clicolors.
 */
export function coloursOn(screen: Screen = process.stdout, env: Environment = process.env): boolean {
  if (isSet(env.NO_COLOR)) return false;
  for (const force of [env.FORCE_COLOR, env.CLICOLOR_FORCE])
    if (isSet(force)) return force !== "0" && force !== "false";
  return screen.isTTY === true && env.TERM !== "dumb" && env.CLICOLOR !== "0";
}

/** Lines that are written over one another need a terminal that can go back; no variable forces them. */
export function linesCanBeRewritten(
  screen: Screen = process.stderr,
  env: Environment = process.env,
): boolean {
  return screen.isTTY === true && env.TERM !== "dumb";
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== "";
