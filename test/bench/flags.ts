/** What the command lines of all benches have in common. */

const QUICK_REPETITIONS = 1;

/** The names in a list with commas. */
export const listed = (text: string): readonly string[] => text.split(",").filter((name) => name !== "");

/** `text`: the value of `--repeat`, if it was given; `usual`: without it, and without `--quick`. */
export function repetitionsOf(text: string | undefined, isQuick: boolean, usual: number): number {
  const repetitions = Number(text ?? (isQuick ? QUICK_REPETITIONS : usual));
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error("--repeat wants a number from 1 up");
  return repetitions;
}

/** Runs a bench with its flags; answers the exit code. */
export async function command<Options>(
  argv: readonly string[],
  usage: string,
  read: (argv: readonly string[]) => Options,
  run: (options: Options) => Promise<number>,
): Promise<number> {
  if (argv.includes("--help")) {
    console.log(usage);
    return 0;
  }
  let options: Options;
  try {
    options = read(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return 4;
  }
  return await run(options);
}
