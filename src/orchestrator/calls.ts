/** Calls to one orchestrator: its base URL, its key, and what an answer says when it refuses. */
import { exchangeWithin, placeOf, toldBriefly } from "../net/exchange.ts";
import { parsedWithin } from "../net/json.ts";
import { VERSION } from "../version.ts";
import { ANSWER_BYTES_MAX } from "./limits.ts";

export type Reply =
  /** `json` is undefined for an answer that is no JSON. */
  | { readonly kind: "answered"; readonly status: number; readonly json: unknown }
  /** `late`: given up at the deadline. `sent`: it may have been obeyed all the same, or still be. */
  | { readonly kind: "failed"; readonly late: boolean; readonly sent: boolean; readonly message: string };

/** What an orchestrator nests, and writes, stays far below. */
const JSON_BOUNDS = { depthMax: 64, valuesMax: 2_000_000 };

export interface CallBounds {
  readonly timeoutMs: number;
  readonly bytesMax?: number;
}

export interface Calls {
  /** The base URL without user names, as people may see it. */
  readonly base: string;
  get(path: string, bounds: CallBounds): Promise<Reply>;
  post(path: string, body: unknown, bounds: CallBounds): Promise<Reply>;
  /** `text` on one line, of bounded length, without our key, or a former one, should it have come back to us. */
  told(text: string): string;
  /** What 401 and 403 mean, and what to do. */
  keyRefused(status: number): string;
}

export interface CallsOptions {
  /** `http(s)://host[:port][/prefix]`. */
  readonly baseUrl: string;
  /** The key of the moment; null or empty: there is none. */
  key(): string | null;
  /** Our name, for the other side's logs. */
  readonly instance: string;
  /** Ends all calls. */
  readonly signal: AbortSignal;
}

export function createCalls({ baseUrl, key, instance, signal }: CallsOptions): Calls {
  const place = placeOf(baseUrl);
  if (place === null) throw new TypeError("The orchestrator's base URL is no http(s) URL");
  const prefix = place.target.split("?")[0]?.replace(/(?<!\/)\/+$/, "") ?? "";
  const { address } = place;
  const base = `${new URL(baseUrl).origin}${prefix}`;
  const agent = `aceslot/${VERSION}${instance === "" ? "" : ` (${instance.replace(/[^\x20-\x7e]|[()]/g, "_")})`}`;
  const keyNow = (): string => key() ?? "";
  /** An answer may come when a reload has replaced the key that was sent. */
  const sent = new Set<string>();
  // Generation 1 knows the first only; the second's control listener asks for a key on everything.
  function keyHeaders(): Record<string, string> {
    const known = keyNow();
    if (known === "") return {};
    sent.add(known);
    return { Authorization: `Bearer ${known}`, "X-API-Key": known };
  }

  async function call(path: string, body: string | null, bounds: CallBounds): Promise<Reply> {
    const order = {
      address,
      target: `${prefix}${path}`,
      headers: { "User-Agent": agent, ...keyHeaders() },
      bytesMax: bounds.bytesMax ?? ANSWER_BYTES_MAX,
      ...(body === null ? {} : { body }),
    };
    const outcome = await exchangeWithin(bounds.timeoutMs, order, signal);
    if (outcome.kind === "failed") {
      const { aborted: late, sent, message } = outcome;
      return { kind: "failed", late, sent, message };
    }
    return { kind: "answered", status: outcome.status, json: parsedWithin(outcome.body, JSON_BOUNDS) };
  }

  return {
    base,
    get: (path, bounds) => call(path, null, bounds),
    post: (path, body, bounds) => call(path, JSON.stringify(body), bounds),
    told: (text) => toldBriefly([...sent].reduce((masked, each) => masked.replaceAll(each, "…"), text)),
    keyRefused: (status) =>
      keyNow() === ""
        ? `the orchestrator ${base} asks for a key (${status}): set --orchestrator-key or --orchestrator-key-file`
        : `the orchestrator ${base} refuses our key (${status}): check --orchestrator-key or --orchestrator-key-file`,
  };
}
