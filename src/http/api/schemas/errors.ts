/** The one form of all errors. */
import { z } from "@hono/zod-openapi";
import { type ErrorCode, STATUS_OF } from "../../errors.ts";

const CODES = Object.keys(STATUS_OF) as [ErrorCode, ...ErrorCode[]];

export const ErrorAnswer = z
  .object({
    error: z.object({
      code: z.enum(CODES),
      message: z.string().describe("What is wrong, for people"),
      retry_after: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe("Seconds; the header Retry-After says the same"),
    }),
  })
  .openapi("Error");

/** The codes that come with a status, for descriptions. */
export const codesOf = (status: number): string[] => CODES.filter((code) => STATUS_OF[code] === status);
