/** What every stand-in for a program does: it says what was asked of it in a file, and complains in one way. */
import { appendFileSync } from "node:fs";

export function record(program: string, args: readonly string[]): void {
  const file = process.env.DOCS_CALLS;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify([program, ...args])}\n`);
}

export function refuse(what: string): never {
  process.stderr.write(`stand-in: ${what}\n`);
  process.exit(97);
}
