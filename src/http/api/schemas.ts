/**
 * All answers of the API as zod schemas, from which `/openapi.json` is made. The views in `../views.ts` have their
 * types from here, so that neither can change alone; tests hold real answers against the document.
 */
export * from "./schemas/acexy.ts";
export * from "./schemas/channels.ts";
export * from "./schemas/clients.ts";
export * from "./schemas/debug.ts";
export * from "./schemas/engines.ts";
export * from "./schemas/errors.ts";
export * from "./schemas/events.ts";
export * from "./schemas/health.ts";
export * from "./schemas/journal.ts";
export * from "./schemas/leases.ts";
export * from "./schemas/recent.ts";
export * from "./schemas/streams.ts";
export * from "./schemas/words.ts";
