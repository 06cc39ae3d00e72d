/** Errors as clients see them: one JSON form, one status per code. */
import type { RejectCode } from "../slots/index.ts";

export type ErrorCode =
  | RejectCode
  | "invalid_id"
  | "invalid_parameter"
  | "unauthorized"
  | "forbidden"
  | "unknown_stream"
  | "unknown_client"
  | "not_found"
  | "method_not_allowed"
  | "internal_error"
  | "too_many_listeners"
  | "source_unavailable";

export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  invalid_id: 400,
  invalid_parameter: 400,
  unauthorized: 401,
  forbidden: 403,
  unknown_stream: 404,
  unknown_client: 404,
  not_found: 404,
  method_not_allowed: 405,
  // Nothing that passes: a player that comes again at once would undo it.
  ended: 410,
  internal_error: 500,
  engine_error: 502,
  no_capacity: 503,
  provisioning_blocked: 503,
  draining: 503,
  too_many_listeners: 503,
  source_unavailable: 503,
  engine_timeout: 504,
};

/** `{"error":{"code","message","retry_after"?}}`; `retry_after` in seconds, also as the header. */
export function errorResponse(
  code: ErrorCode,
  message: string,
  extra: { readonly retryAfterSeconds?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): Response {
  const { retryAfterSeconds } = extra;
  const headers = new Headers({
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    ...extra.headers,
  });
  if (retryAfterSeconds !== undefined) headers.set("Retry-After", String(retryAfterSeconds));
  const error =
    retryAfterSeconds === undefined ? { code, message } : { code, message, retry_after: retryAfterSeconds };
  return Response.json({ error }, { status: STATUS_OF[code], headers });
}

/** What a request that failed is called, in its answer and in the log. */
export const failureId = (): string => crypto.randomUUID().slice(0, 8);

export const internalError = (id: string): Response =>
  errorResponse(
    "internal_error",
    `the proxy failed to answer this request; its log tells more where it says ${id}`,
  );
