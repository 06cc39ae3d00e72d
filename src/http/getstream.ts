/** `GET /ace/getstream`: the stream itself. Headers are held until the first real media byte. */
import type { Context } from "hono";
import type { Admission, Broker } from "../broker/index.ts";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import { readAsked } from "./content.ts";
import { errorResponse } from "./errors.ts";
import { queryOf } from "./target.ts";

/** A client's bytes. Taking the body is what makes the client a reader of the stream. */
export interface Bodies {
  body(client: ClientId, stream: StreamId): BodyInit;
}

/** No length, no ranges, no cache: a live stream. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "video/mp2t",
  "Cache-Control": "no-store",
  "Accept-Ranges": "none",
  "Access-Control-Allow-Origin": "*",
  "X-Accel-Buffering": "no",
};

export interface GetStreamOptions {
  readonly broker: Broker;
  readonly bodies: Bodies;
  /** Tells players apart for the hand-over. */
  whoIs(context: Context): string;
  /** The content id where the path names it. */
  readonly pathId?: string;
}

export async function getStream(context: Context, options: GetStreamOptions): Promise<Response> {
  const { broker, bodies } = options;
  const asked = readAsked(queryOf(context.req.raw), options.pathId);
  if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
  // A probe costs no slot and no engine call: many players ask so before they play.
  if (context.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });

  const { signal } = context.req.raw;
  const { client, admission } = broker.request({ ...asked, who: options.whoIs(context) });
  const outcome = await untilGone(admission, signal);
  if (outcome === null) {
    broker.leave(client);
    // Nobody reads this answer.
    return errorResponse("no_capacity", "the client left");
  }
  if (outcome.kind === "reject") {
    const retry =
      outcome.code === "no_capacity" ||
      outcome.code === "provisioning_blocked" ||
      outcome.code === "draining";
    const retryAfterSeconds = outcome.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
    return errorResponse(outcome.code, outcome.message, retry ? { retryAfterSeconds } : {});
  }
  return new Response(bodies.body(client, outcome.stream), { headers: STREAM_HEADERS });
}

/** The outcome, or null if the client is gone before there is one. */
async function untilGone(admission: Promise<Admission>, signal: AbortSignal): Promise<Admission | null> {
  if (signal.aborted) return null;
  let forget = (): void => {};
  const gone = new Promise<null>((resolve) => {
    const tell = (): void => resolve(null);
    signal.addEventListener("abort", tell);
    forget = () => signal.removeEventListener("abort", tell);
  });
  const outcome = await Promise.race([admission, gone]);
  forget();
  return signal.aborted ? null : outcome;
}
