/** Stands in for `bun:test` where tests are run again and again in one process: they are kept, not run. */
export { expect } from "bun:test";

export interface Kept {
  readonly name: string;
  readonly run: () => unknown;
}

export const TESTS: Kept[] = [];

const path: string[] = [];

export function describe(name: string, body: () => void): void {
  path.push(name);
  body();
  path.pop();
}

export function test(name: string, run: () => unknown): void {
  TESTS.push({ name: [...path, name].join(" › "), run });
}
