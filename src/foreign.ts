/**
 * Functions that the program gives us (listeners, a ranking, a pool, a log) may throw anything, and may answer a promise
 * where nobody waits for one.
 */

/** What was thrown, as text, with its stack where there is one. Never throws itself. */
export const errorText = (thrown: unknown): string => textOf(thrown, "stack");

/** The same without the stack, in the error's own words. */
export const messageOf = (thrown: unknown): string => textOf(thrown, "message");

/** `failed` is called if the answer is a promise, of whatever realm, that rejects. */
export function ifRejected(answer: unknown, failed: (thrown: unknown) => void): void {
  if (typeof answer === "object" && answer !== null) Promise.resolve(answer).catch(failed);
}

function textOf(thrown: unknown, property: "stack" | "message"): string {
  try {
    const text: unknown = thrown instanceof Error ? thrown[property] : undefined;
    return typeof text === "string" ? text : String(thrown);
  } catch {
    // An object without a prototype, or an error whose own text fails.
    return "something that has no text was thrown";
  }
}
