/**
 * Describes answers for the document.
 *
 * A group of routes that is not part of the API gets into the document by a file like `described-play.ts`: a function
 * that calls `registry.registerPath` for each of its routes, named in the list in `document.ts`. A test fails for each
 * route of the app that is not described, and for each description without a route.
 */
import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Env } from "../clients.ts";
import { type ErrorCode, STATUS_OF } from "../errors.ts";
import { ErrorAnswer } from "./schemas/errors.ts";

/** What the API's routes are added to. */
export type Api = OpenAPIHono<Env>;

/** What descriptions are given to. */
export type Registry = Api["openAPIRegistry"];

/** A JSON answer. */
export const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** An answer of which only the media type is known. */
export const text = (mediaType: string, description: string, schema: object = { type: "string" }) => ({
  description,
  content: { [mediaType]: { schema } },
});

/** The error answers of a route: by status, each with the codes that may come. `unauthorized` comes of itself. */
export function errors(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of ["unauthorized" as const, ...codes]) {
    const status = STATUS_OF[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      status,
      json(ErrorAnswer, `Code ${of.map((code) => `\`${code}\``).join(" or ")}`),
    ]),
  );
}
