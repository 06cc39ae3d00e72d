/** The routes for orchestrators, balancers and Prometheus, as the document tells of them. */
import { errors, json, type Registry, text } from "./describing.ts";
import { HealthAnswer, ReadyAnswer } from "./schemas.ts";

const TAGS = ["For balancers and Prometheus"];

export function describeHealth(registry: Registry): void {
  registry.registerPath({
    ...{ method: "get", path: "/healthz", tags: TAGS, summary: "Is it alive?", security: [] },
    responses: { 200: json(HealthAnswer, "It is") },
  });
  registry.registerPath({
    ...{ method: "get", path: "/readyz", tags: TAGS, summary: "Can it take a stream now?" },
    description:
      "`draining`: it is shutting down. `books_broken`: a bug; nothing is granted until a restart. `no_descriptors`: nearly all files and sockets that the process may open are, and no further client is let in. `no_grants`: the store of leases grants no slot. `no_engine`: none is known. `no_usable_engine`: none may get anything new. `full`: all places are taken, and the pool's source starts no engines. `provisioning_blocked`: the same, and it will not start one now.",
    responses: {
      200: json(ReadyAnswer, "It can"),
      503: json(ReadyAnswer, "It cannot, and why"),
      ...errors(),
    },
  });
  registry.registerPath({
    ...{ method: "get", path: "/metrics", tags: TAGS, summary: "Figures for Prometheus" },
    responses: { 200: text("text/plain", "Prometheus' text format"), ...errors() },
  });
}
