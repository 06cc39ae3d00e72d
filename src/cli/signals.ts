/** SIGTERM and SIGINT, caught from one moment on: none of them is lost between two who wait for it. */

export interface Ends {
  /** Aborted by the first one. */
  readonly asked: AbortSignal;
  /** Resolves with the name of the first signal that asks for an end. */
  readonly first: Promise<string>;
  /** Whoever sends another one does not want to wait. */
  readonly second: Promise<string>;
}

export function catchEnds(): Ends {
  const asked = new AbortController();
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const heard = (name: string): void => {
    if (asked.signal.aborted) second.resolve(name);
    first.resolve(name);
    asked.abort();
  };
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => heard(name));
  return { asked: asked.signal, first: first.promise, second: second.promise };
}
