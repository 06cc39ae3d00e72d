// How every command ends: an exit code, and for a failure one line on stderr, never a stack trace.

import { escaped } from "./escaped.ts";

/** 0 done · 1 failed · 4 bad usage. */
export const EXIT = { done: 0, failed: 1, badUsage: 4 } as const;

/** The command line itself is wrong; the message names the value, the rule and the fix. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Writes to stdout and waits until it is handed over: a pipe may be slower than the process's end. */
export function print(text: string): Promise<void> {
  return new Promise((done) => {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`, () => done());
  });
}

/** One line on stderr, whatever the text holds. */
export function complain(text: string): void {
  process.stderr.write(`aceslot: ${escaped(text.replace(/\s*[\r\n]+\s*/g, " ").trim())}\n`);
}

const leave = (error: NodeJS.ErrnoException): void => {
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed);
};

/** A reader that goes away (`aceslot --help | head -1`) is no failure. */
export function toleratePipeEnd(): void {
  process.stdout.on("error", leave);
  // Whoever hears no complaint cannot be told so either.
  process.stderr.on("error", () => {});
}

/** From now on the end of the output's reader is not the program's end. */
export function outliveReader(): void {
  process.stdout.on("error", () => {});
  process.stdout.off("error", leave);
}
