/**
 * Answers to HEAD. Servers must not claim a length for what has none: players would take the stream for empty.
 *
 * Found: of an answer without a body Bun 1.4.5 and Deno 2.9 claim a length of 0, Node's server none. Bun does not beside
 * the header of a body in chunks, and Deno does not of a body whose length it cannot know, which it does not send.
 */
import type { Peer } from "./clients.ts";

/** The answer, for which this runtime's own server claims no length; what has one keeps it. */
export function headAnswer(answer: Response, { breakOff }: Peer): Response {
  // A connection that can be broken off is one of `node:http`, on whatever runtime.
  if (breakOff !== undefined || answer.headers.has("Content-Length") || !mayHaveBody(answer)) return answer;
  if ("Bun" in globalThis) answer.headers.set("Transfer-Encoding", "chunked");
  return "Deno" in globalThis ? new Response(emptyStream(), answer) : answer;
}

/** By RFC 9110 these have no body, and no server claims a length for them. */
const mayHaveBody = ({ status }: Response): boolean => status !== 204 && status !== 304;

const emptyStream = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(controller) {
      controller.close();
    },
  });
