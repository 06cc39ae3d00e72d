/** Assertions about types. Nothing in this folder is run: `make types` reads it, and an error there is a failed test. */

/** Whether two types are the same, `any` and optional fields included. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Written as `true satisfies Same<…>` it says so; a type that is not the same is an error at that line. */
export type Each<Truths extends readonly true[]> = Truths;

/** For the end of a switch that has every case. */
export function never(value: never): never {
  throw new Error(`nobody thought of ${String(value)}`);
}
