/** Asks the broker for a stream on behalf of one request, and says why there is none. */
import type { Context } from "hono";
import type { Admission, Broker } from "../broker/index.ts";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import type { ClientId, ContentKey, StreamId } from "../slots/index.ts";
import type { Crowd } from "./crowd.ts";
import { errorResponse } from "./errors.ts";
import { apart } from "./who.ts";

export interface Admitted {
  readonly client: ClientId;
  readonly stream: StreamId;
}

/** Why there is no stream. `retryAfterSeconds`: null where nothing is known. */
export type Refusal = Extract<Admission, { readonly kind: "reject" }>;

/** Resolves with a stream to watch, or with the answer that says why not. A client that goes away meanwhile has left. */
export async function admit(
  context: Context,
  { broker, crowd }: { readonly broker: Broker; readonly crowd?: Crowd | undefined },
  ask: { readonly content: ContentKey; readonly variant: string; readonly who: string },
  refuse: (refusal: Refusal) => Response = refusalResponse,
): Promise<Admitted | Response> {
  // One that waits in the queue has a descriptor as well. No picture: that would keep it.
  if (crowd?.refuses()) return tooManyClients();
  const { client, admission } = broker.request({ ...ask, who: apart(ask.who) });
  const outcome = await untilGone(admission, context.req.raw.signal);
  if (outcome === null) {
    broker.leave(client);
    return nobodyReads();
  }
  return outcome.kind === "serve" ? { client, stream: outcome.stream } : refuse(outcome);
}

/** The refusal as an error. */
export function refusalResponse({ code, message, retryAfterSeconds }: Refusal): Response {
  const retry = code === "no_capacity" || code === "provisioning_blocked" || code === "draining";
  return errorResponse(
    code,
    message,
    retry ? { retryAfterSeconds: retryAfterSeconds ?? RETRY_AFTER_SECONDS } : {},
  );
}

const tooManyClients = (): Response =>
  errorResponse(
    "no_capacity",
    "the proxy may open no more files and sockets, and keeps the last ones for those that watch",
    { retryAfterSeconds: RETRY_AFTER_SECONDS, headers: { Connection: "close" } },
  );

/** An answer to one who is gone. Only counters see it: by the status that nginx has for this, as there is no other. */
export const nobodyReads = (): Response => new Response(null, { status: 499 });

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
