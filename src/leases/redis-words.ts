/** What went wrong with a Redis store, in words that say what to do. */

/** What may be wrong with a server that says nothing or hangs up. */
export const tlsHint = (isTls: boolean): string =>
  isTls ? " (does it speak TLS on that port?)" : " (if it wants TLS: rediss://)";

/** Where a store is, for messages: `store:6379`. */
export type Place = string;

/** A failure whose message is meant for people already. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** Nothing will be better on this connection: it is given up, and another one tried. */
  readonly breaks: boolean;
  constructor(message: string, breaks: boolean, cause?: unknown) {
    super(message, { cause });
    this.breaks = breaks;
  }
}

/** Answers that a server gives, by their first word or by what they say: the words for people, and whether to go. */
const ANSWERS: readonly (readonly [RegExp, string, breaks: boolean])[] = [
  [
    /\bWRONGPASS\b|invalid password/i,
    "refuses the user name or the password: see --lease-password-file and --lease",
    true,
  ],
  [
    /without any password configured/i,
    "has no password set, but one is given: leave out --lease-password",
    true,
  ],
  [/\bNOAUTH\b|Authentication required/i, "asks for a password: set --lease-password-file", true],
  [
    /\bNOPERM\b|no permissions|can't run this command|can't access/i,
    "does not let this user do what is needed",
    true,
  ],
  [/\bREADONLY\b/, "is a read-only replica: name the primary", true],
  [/\bMOVED\b|\bASK\b|\bCROSSSLOT\b/, "is part of a cluster and does not keep the leases (any more)", true],
  [/\bCLUSTERDOWN\b/, "is part of a cluster that is down", true],
  [/\bMASTERDOWN\b/, "is a replica that has lost its primary", true],
  [/\bNOSCRIPT\b/, "has forgotten the script", true],
  [/DB index is out of range/i, "does not have this database", true],
  [/\bLOADING\b/, "is still loading its data", false],
  [/\bOOM\b/, "has no memory left (maxmemory)", false],
  [/\bMISCONF\b/, "refuses to write, since it cannot save to its disk", false],
  [/\bNOREPLICAS\b/, "refuses to write, since too few replicas follow it", false],
  [/\bBUSY\b/, "is busy with a script of somebody else", false],
];

const TLS_CODES =
  /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED/;

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses the connection: nothing listens there; is --lease right?",
  ENOTFOUND: "has a host name that nobody knows: see --lease",
  EAI_AGAIN: "has a host name that cannot be looked up now: see --lease",
  EHOSTUNREACH: "cannot be reached: there is no way to that host",
  ENETUNREACH: "cannot be reached: there is no way to that network",
  ETIMEDOUT: "does not answer",
  ECONNRESET: "has broken the connection",
  EPIPE: "has broken the connection",
};

/**
 * The same for everything that a connection or an answer may fail by. `password`: the one that is given, which must
 * not be repeated. `hint`: what may help while it connects.
 */
export function storeError(error: unknown, place: Place, password: string | null, hint = ""): StoreError {
  if (error instanceof StoreError) return error;
  const failure = firstOf(error);
  const said = failure instanceof Error ? failure.message : String(failure);
  const code = failure instanceof Error && "code" in failure ? String(failure.code) : "";
  for (const [pattern, words, breaks] of ANSWERS)
    if (pattern.test(said)) return new StoreError(`${place} ${words} (${brief(said, password)})`, breaks);
  if (SYSTEM[code] !== undefined) {
    const mayHelp = code === "ECONNRESET" || code === "EPIPE" ? hint : "";
    return new StoreError(`${place} ${SYSTEM[code]}${mayHelp}`, true, error);
  }
  if (/WRONG_VERSION|wrong version number|packet length too long/i.test(`${code} ${said}`))
    return new StoreError(`${place} does not speak TLS: use redis:// or its TLS port`, true, error);
  if (TLS_CODES.test(code)) {
    const words = `has a TLS certificate that is not trusted (${code}): see --lease-ca-file`;
    return new StoreError(`${place} ${words}`, true, error);
  }
  if (/closed unexpectedly|disconnects client|client is (closed|offline)/i.test(said))
    return new StoreError(`${place} has closed the connection${hint}`, true, error);
  if (/timeout/i.test(said)) return new StoreError(`${place} does not answer${hint}`, true, error);
  // A server's own words are not kept as the cause either: they may name what it was sent.
  return new StoreError(`${place}: ${brief(said, password)}`, isTransport(failure));
}

/** A host with several addresses fails with one error for each. */
const firstOf = (error: unknown): unknown =>
  error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;

/** What the server itself answered arrived; everything else says that the connection is no good. */
const isTransport = (error: unknown): boolean =>
  !(error instanceof Error && /^(ERR|WRONGTYPE|EXECABORT)\b/.test(error.message));

/**
 * The server's own words on one line, without where in the script they arose, and without what it was sent: it repeats
 * a command that it does not know, and AUTH may be one (`rename-command`). Long words come back cut, so that looking
 * for the password is not enough.
 */
function brief(said: string, password: string | null): string {
  const bare = said.replace(/,?\s*with args beginning with.*$/is, "");
  const line = (password === null || password === "" ? bare : bare.replaceAll(password, "***"))
    .replace(/,?\s*script: [0-9a-f]{40}.*$/is, "")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
