/** Asks the broker for a stream on behalf of one request, and says why there is none. */
import type { Context } from "hono";
import type { Admission, Broker } from "../broker/index.ts";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import type { ClientId, ContentKey, StreamId } from "../slots/index.ts";
import { errorResponse } from "./errors.ts";

export interface Admitted {
  readonly client: ClientId;
  readonly stream: StreamId;
}

/** Resolves with a stream to watch, or with the answer that says why not. A client that goes away meanwhile has left. */
export async function admit(
  context: Context,
  broker: Broker,
  ask: { readonly content: ContentKey; readonly variant: string; readonly who: string },
): Promise<Admitted | Response> {
  const { client, admission } = broker.request(ask);
  const outcome = await untilGone(admission, context.req.raw.signal);
  if (outcome === null) {
    broker.leave(client);
    return nobodyReads();
  }
  if (outcome.kind === "serve") return { client, stream: outcome.stream };
  const retry =
    outcome.code === "no_capacity" || outcome.code === "provisioning_blocked" || outcome.code === "draining";
  const retryAfterSeconds = outcome.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  return errorResponse(outcome.code, outcome.message, retry ? { retryAfterSeconds } : {});
}

/** An answer to one who is gone. */
export const nobodyReads = (): Response => errorResponse("no_capacity", "the client left");

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
