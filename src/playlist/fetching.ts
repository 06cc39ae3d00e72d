/**
 * Fetches one source from the web: bounded in bytes and time, asked with conditions, redirects followed within
 * http(s) and within `reach.ts`. It never throws. `node:http` rather than `fetch`, because the address has to be
 * judged after its name was resolved and before a byte leaves; a look-up of our own could get another answer.
 */
import { lookup as lookUp } from "node:dns";
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { decoded, withoutSecretsOf } from "../config/sources.ts";
import { isLookedUp } from "../net/dialling.ts";
import { toldBriefly } from "../net/exchange.ts";
import { reachOf } from "../net/reach.ts";
import { VERSION } from "../version.ts";
import { FETCH_SILENCE_MS, FETCH_WHOLE_MS, REDIRECTS_MAX } from "./limits.ts";
import { type NamedBy, refusalOf } from "./reach.ts";

/** What a server said of a version, to ask whether there is a newer one. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface FetchOrder {
  readonly url: string;
  readonly namedBy: NamedBy;
  readonly validators: Validators | null;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  readonly silenceMs?: number;
  readonly wholeMs?: number;
}

export type Fetched =
  | {
      readonly kind: "new";
      readonly bytes: Buffer;
      readonly validators: Validators;
      /** Where it came from in the end: what relative links are relative to. */
      readonly url: string;
      readonly reach: "public" | "private";
    }
  | { readonly kind: "same" }
  /** `message` is for people: no URL, which may hold secrets. */
  | { readonly kind: "failed"; readonly message: string };

const failed = (message: string): Fetched => ({ kind: "failed", message: toldBriefly(message) });

export async function fetchSource(order: FetchOrder): Promise<Fetched> {
  const whole = AbortSignal.any([order.signal, AbortSignal.timeout(order.wholeMs ?? FETCH_WHOLE_MS)]);
  let { url, namedBy } = order;
  const credentials = URL.canParse(url) ? originAndCredentials(url) : null;
  const told = (words: string): string => withoutSecretsOf(order.url, words);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const step = await oneExchange({ ...order, url, namedBy, signal: whole, credentials, told });
    if (step.kind !== "moved") return step;
    if (!/^https?:$/.test(step.to.protocol))
      return failed(`sent on to ${step.to.protocol}, which is not http(s)`);
    url = step.to.href;
    namedBy = step.namedBy;
  }
  return failed(`sent on more than ${REDIRECTS_MAX} times`);
}

interface Moved {
  readonly kind: "moved";
  readonly to: URL;
  readonly namedBy: NamedBy;
}

interface Credentials {
  readonly origin: string;
  readonly header: string;
}

/** A name and a password go to the server that they are for, and not to where it sends us on. */
function originAndCredentials(text: string): Credentials | null {
  const { origin, username, password } = new URL(text);
  if (username === "" && password === "") return null;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { origin, header: `Basic ${Buffer.from(pair).toString("base64")}` };
}

type Step = FetchOrder & {
  readonly credentials: Credentials | null;
  /** Servers repeat what they were asked: their words without what is secret of it. */
  told(words: string): string;
};

function oneExchange(order: Step): Promise<Fetched | Moved> {
  const { namedBy, signal, validators, credentials } = order;
  const url = new URL(order.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const silenceMs = order.silenceMs ?? FETCH_SILENCE_MS;
  return new Promise((resolve) => {
    let request: ClientRequest | null = null;
    const settle = (outcome: Fetched | Moved): void => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
      request?.destroy();
    };
    const fail = (message: string): void => settle(failed(order.told(message)));
    const onAbort = (): void => fail("it took too long");
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    // An address that stands in the URL itself is not looked up.
    const refusal = isIP(host) === 0 ? null : refusalOf(host, namedBy);
    if (refusal !== null) return fail(refusal);
    request = (url.protocol === "https:" ? requestHttps : requestHttp)({
      hostname: host,
      port: url.port === "" ? undefined : url.port,
      path: `${url.pathname}${url.search}`,
      agent: false,
      ...(isLookedUp(host) && namedBy !== "operator" ? { lookup: judgingLookup(namedBy) } : {}),
      headers: {
        Host: url.host,
        "User-Agent": `aceslot/${VERSION}`,
        Accept: "*/*",
        "Accept-Encoding": "gzip",
        Connection: "close",
        ...(validators?.etag ? { "If-None-Match": validators.etag } : {}),
        ...(validators?.lastModified ? { "If-Modified-Since": validators.lastModified } : {}),
        ...(credentials?.origin === url.origin ? { Authorization: credentials.header } : {}),
      },
    });
    request.setTimeout(silenceMs, () => fail(`it sent nothing for ${silenceMs / 1000} s`));
    request.on("error", (error) => fail(wordsOf(error)));
    request.on("response", (response) => {
      const address = response.socket.remoteAddress ?? "";
      // Where the name could not be judged before, nothing of what is there goes any further.
      const refusal = refusalOf(address, namedBy);
      if (refusal !== null) return fail(refusal);
      const reach = reachOf(address) === "public" ? "public" : "private";
      const status = response.statusCode ?? 0;
      const { location } = response.headers;
      if (status === 304) settle({ kind: "same" });
      else if (status >= 300 && status < 400 && location !== undefined)
        if (URL.canParse(location, url))
          settle({ kind: "moved", to: new URL(location, url), namedBy: reach });
        else fail("sent on to something that is no URL");
      else if (status !== 200) fail(`it answered ${status} ${response.statusMessage ?? ""}`.trim());
      else
        readBody(response, order.bytesMax, (bytes, why) => {
          if (bytes === null) fail(why);
          else settle({ kind: "new", bytes, validators: validatorsOf(response), url: url.href, reach });
        });
    });
    request.end();
  });
}

const validatorsOf = ({ headers }: IncomingMessage): Validators => ({
  etag: headers.etag ?? null,
  lastModified: headers["last-modified"] ?? null,
});

/** Resolves as the system does; fails if *any* address of the name may not be asked. */
const judgingLookup =
  (namedBy: NamedBy): LookupFunction =>
  (host, options, callback) =>
    lookUp(host, { ...options, all: true }, (error, addresses) => {
      const refusal =
        error === null
          ? addresses.map(({ address }) => refusalOf(address, namedBy)).find((why) => why !== null)
          : null;
      const [first] = addresses ?? [];
      if (error !== null) callback(error, []);
      else if (refusal) callback(Object.assign(new Error(refusal), { code: "REFUSED" }), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    });

/** The bytes as they come; packed ones are known by how they begin, whatever the headers say of them. */
function readBody(
  response: IncomingMessage,
  bytesMax: number,
  done: (bytes: Buffer | null, why: string) => void,
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > bytesMax) done(null, `it is longer than ${bytesMax / 1024 / 1024} MiB`);
    else parts.push(part);
  });
  response.on("end", () => {
    if (response.complete) done(Buffer.concat(parts), "");
    else done(null, "it was cut off");
  });
  response.on("error", (error) => done(null, wordsOf(error)));
  response.on("close", () => {
    if (!response.complete) done(null, "it was cut off");
  });
}

export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return WORDS[code] ?? (code === "REFUSED" || code === "" ? error.message : `${code} ${error.message}`);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "its name cannot be resolved",
  EAI_AGAIN: "its name cannot be resolved",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ENOENT: "there is no such file",
  EACCES: "this user may not read it",
  EISDIR: "it is a folder",
  Z_DATA_ERROR: "it is damaged gzip",
  Z_BUF_ERROR: "it is gzip that was cut off",
};
