/** Bounds what may come before an answer: a server that says "continue" for ever costs as much as it can send. */
import type { ClientRequest } from "node:http";

/** Answers with a status of 1xx before the real one; a server has one or two of them to give. */
export const INTERIM_ANSWERS_MAX = 16;

/** Breaks the connection, with an error that says why, when too many have come. */
export function boundInterim(request: ClientRequest): void {
  let seen = 0;
  request.on("information", () => {
    seen += 1;
    if (seen > INTERIM_ANSWERS_MAX) request.destroy(new Error("interim answers without end"));
  });
}
