/** Numbers that long runs are told by variables, as `make … ROUNDS=200` gives them. */

/** Ends this process with 4 and one line when it is none: a run of nothing would look like one that found nothing. */
export function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name] ?? "";
  if (text === "") return otherwise;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  console.error(`${name}: "${text}" is not allowed: it must be a whole number; try ${name}=${otherwise}`);
  process.exit(4);
}
