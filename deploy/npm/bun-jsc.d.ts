/** The one thing that is asked of Bun by name, and only where it is there; the package is written without Bun's types. */
declare module "bun:jsc" {
  export function drainMicrotasks(): void;
}
