/** Why the settings cannot be used: the `code` of a {@link ConfigError}. */
export type ConfigErrorCode =
  | "bad_value"
  | "unknown_name"
  /** It cannot change while the proxy runs. */
  | "not_reloadable"
  | "given_twice"
  | "conflict"
  | "unreadable_file"
  | "bad_file";

/**
 * The settings cannot be used. `message` is one line for the user that names the place and the value,
 * the rule it breaks and the fix; it never holds a secret.
 *
 * @example
 * ```ts
 * import { ConfigError, createProxy } from "aceslot";
 *
 * try {
 *   createProxy({ maxStreamsPerEngine: 0 });
 * } catch (error) {
 *   if (!(error instanceof ConfigError)) throw error;
 *   for (const { code, message } of error.all) console.log(code, message);
 * }
 * ```
 */
export class ConfigError extends Error {
  /** `ConfigError`. */
  override readonly name = "ConfigError";
  /** Why, in one word that programs may rely on. */
  readonly code: ConfigErrorCode;
  /** Every fault that was found, one line each; this one is the first. */
  readonly all: readonly ConfigError[];

  /** `more`: the other faults that were found. */
  constructor(code: ConfigErrorCode, message: string, more: readonly ConfigError[] = []) {
    super(message);
    this.code = code;
    this.all = [this, ...more];
  }
}

const SHOWN_LENGTH_MAX = 80;

/**
 * A value from outside, safe to put into a message: quoted, on one line, without terminal codes,
 * not endless, and without what a URL may carry of passwords and keys.
 */
export function quoted(value: string): string {
  const withoutSecrets = value
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, "$1***@")
    .replace(/\?.*$/s, "?***")
    // What is no port may be the password of one who forgot the rest.
    .replace(/(:\/\/[^/?#:[\]]*:)(?!\d*(?:[/#,]|$))[^/#]*/s, "$1***")
    .replace(/(\/\/.*\/t\/)[^/]+/is, "$1***");
  const short =
    withoutSecrets.length > SHOWN_LENGTH_MAX
      ? `${withoutSecrets.slice(0, SHOWN_LENGTH_MAX)}…`
      : withoutSecrets;
  return JSON.stringify(short).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
