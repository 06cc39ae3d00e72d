/**
 * `GET /ace/getstream`: the stream itself. Headers are held until the first real media byte, so that until then a
 * refusal is an error, or, if that is wanted, a picture that says why.
 */
import type { Context } from "hono";
import type { Broker } from "../broker/index.ts";
import type { ClientId, StreamId } from "../slots/index.ts";
import type { BreakOff } from "../stream/sinks/sink.ts";
import type { Slates } from "../stream/slate/index.ts";
import { admit, type Refusal, refusalResponse } from "./admission.ts";
import type { Env } from "./clients.ts";
import { readAsked } from "./content.ts";
import type { Crowd } from "./crowd.ts";
import { errorResponse } from "./errors.ts";
import { queryOf } from "./target.ts";

/** A client's bytes. Taking the body is what makes the client a reader of the stream. */
export interface Bodies {
  body(client: ClientId, stream: StreamId, breakOff?: BreakOff): BodyInit;
}

/** No length, no ranges, no cache: a live stream. */
export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "video/mp2t",
  "Cache-Control": "no-store",
  "Accept-Ranges": "none",
  "Access-Control-Allow-Origin": "*",
  "X-Accel-Buffering": "no",
};

/** Tells a picture of a refusal from the stream that was asked for: the error's code. */
export const SLATE_HEADER = "X-Aceslot-Slate";

export interface GetStreamOptions {
  readonly broker: Broker;
  readonly bodies: Bodies;
  readonly crowd: Crowd | undefined;
  /** Pictures in place of errors; undefined: errors. */
  readonly slates: Pick<Slates, "show"> | undefined;
  /** Tells players apart for the hand-over. */
  whoIs(context: Context<Env>): string;
  /** The content id where the path names it. */
  readonly pathId?: string | undefined;
  /** What is asked for, where the path names a channel; else the request's own query says it. */
  readonly query?: URLSearchParams | undefined;
}

export async function getStream(context: Context<Env>, options: GetStreamOptions): Promise<Response> {
  const { bodies, slates } = options;
  const asked = readAsked(options.query ?? queryOf(context.req.raw), options.pathId);
  if (asked.kind === "bad") return errorResponse(asked.code, asked.message);
  // A probe costs no slot and no engine call: many players ask so before they play.
  if (context.req.method === "HEAD") return new Response(null, { headers: STREAM_HEADERS });

  const { breakOff, silence } = context.env.peer;
  const hash = asked.content.slice(asked.content.indexOf(":") + 1);
  const refuse = (refusal: Refusal): Response => {
    const { code } = refusal;
    // Whoever was sent away by hand is not to be kept for a picture.
    const picture = code === "ended" ? null : (slates?.show({ ...refusal, code, hash }, breakOff) ?? null);
    if (picture === null) return refusalResponse(refusal);
    silence?.endless();
    return new Response(picture, { headers: { ...STREAM_HEADERS, [SLATE_HEADER]: code } });
  };
  const ask = { ...asked, who: options.whoIs(context) };
  const admitted = await admit(context, options, ask, refuse);
  if (admitted instanceof Response) return admitted;
  silence?.endless();
  return new Response(bodies.body(admitted.client, admitted.stream, breakOff), { headers: STREAM_HEADERS });
}
