/** What goes wrong at the selector's edge: one class, told apart by its code. */

/**
 * - `no_capacity`: no slot came free in time, or too many wait already.
 * - `closed`: the selector is closed or being drained.
 * - `open_failed`: `open` rejected wherever it was tried; `cause` is its last error.
 * - `open_timeout`: `open` did not answer within `openTimeoutMs`.
 * - `discarded`: somebody who held the same slot discarded it; the reason of `slot.signal`.
 * - `bad_option`: a value that cannot be; the message names it, the rule and the fix.
 */
export type SelectorErrorCode =
  | "no_capacity"
  | "closed"
  | "open_failed"
  | "open_timeout"
  | "discarded"
  | "bad_option";

/**
 * Why an `acquire` was refused, or what is wrong with an option.
 *
 * @example
 * ```ts
 * import { createSelector, SelectorError } from "aceslot/selector";
 *
 * await using selector = createSelector({ resources: [{ id: "licence", cap: 1, taken: 1 }] });
 * try {
 *   await selector.acquire({ timeoutMs: 0 });
 * } catch (error) {
 *   if (error instanceof SelectorError && error.code === "no_capacity") console.log("come back later");
 *   else throw error;
 * }
 * ```
 */
export class SelectorError extends Error {
  /** `SelectorError`. */
  override readonly name = "SelectorError";
  /** Why: one of a few words that programs may rely on; the message is for people. */
  readonly code: SelectorErrorCode;

  /** `cause`: the error behind it, if there is one. */
  constructor(code: SelectorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
