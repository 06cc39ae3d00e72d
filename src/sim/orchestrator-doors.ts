/** Where a simulated orchestrator's routes are, and who may use them. */
import type { IncomingHttpHeaders } from "node:http";
import type { Answer } from "./generation.ts";
import type { OrchestratorRoute } from "./orchestrator-faults.ts";

export type Paths = "plain" | "v1" | "both" | "internal";

const ROUTES: Readonly<Record<string, OrchestratorRoute>> = {
  "GET /engines": "engines",
  "GET /streams": "streams",
  "GET /orchestrator/status": "status",
  "POST /provision/acestream": "provision",
  "POST /events/stream_started": "stream_started",
  "POST /events/stream_ended": "stream_ended",
};
const V1 = "/api/v1";

export function routeOf(paths: Paths, method: string, path: string): OrchestratorRoute | null {
  const isV1 = path.startsWith(`${V1}/`);
  const isThere = isV1 ? paths === "v1" || paths === "both" : paths !== "v1";
  return isThere ? (ROUTES[`${method} ${isV1 ? path.slice(V1.length) : path}`] ?? null) : null;
}

export const isRead = (route: OrchestratorRoute): route is "engines" | "streams" | "status" =>
  route === "engines" || route === "streams" || route === "status";

/** What the key check says; null when the call may pass. */
export function refusal(
  place: { generation: 1 | 2; paths: Paths; key: string | undefined },
  route: OrchestratorRoute,
  headers: IncomingHttpHeaders,
): Answer | null {
  if (place.key === undefined) return null;
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (place.generation === 2) {
    // Only writes other than events; on the second listener everything.
    const isAsked = place.paths === "internal" || route === "provision";
    const given = headers["x-api-key"] ?? bearer;
    return isAsked && given !== place.key ? { status: 401, body: { error: "unauthorized" } } : null;
  }
  if (isRead(route)) return null;
  if (bearer === undefined) return { status: 401, body: { detail: "missing API key" } };
  return bearer === place.key ? null : { status: 403, body: { detail: "wrong API key" } };
}
