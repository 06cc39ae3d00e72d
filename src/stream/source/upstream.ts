/**
 * Opens a session's playback and hands out its bytes. It goes through `node:http`, which all runtimes have:
 * on Bun 1.4.5 at most 256 `fetch`es run at once, endless bodies included, and the next one would wait for ever;
 * `node:http` knows no such limit, reads no further ahead than its socket and has no time-out of its own there
 * (both checked, the latter with a silence of 345 s).
 */
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { LINK_LOCAL_ONLY, lookupFor } from "../../net/dialling.ts";
import { boundInterim } from "../../net/interim.ts";
import { countOpen } from "../../net/outgoing.ts";
import { REDIRECTS_MAX } from "../limits.ts";

/** The source is at fault; the message is for people. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}

export interface Playback {
  /** The answer says how long its body is, or where it ends: a connection that merely closed is told from its end. */
  readonly isFramed: boolean;
  /** The next bytes; null: the body is over. Rejects with a `SourceError` when the connection breaks. */
  next(): Promise<Uint8Array | null>;
}

/** What went wrong, in words; connection errors carry a code that says more than their message. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  return code === null || code === LINK_LOCAL_ONLY || error.message.includes(code)
    ? error.message
    : `${error.message} (${code})`;
}

function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestTls : requestPlain;
    const asked = request(
      url,
      // No agent: every playback has a connection of its own, which ends with it.
      {
        ...{ agent: false, signal, ...lookupFor(url.hostname.replace(/^\[|\]$/g, "")) },
        headers: { accept: "*/*", "user-agent": "aceslot", connection: "close" },
      },
      resolve,
    );
    countOpen("playbacks", asked);
    boundInterim(asked);
    asked.on("error", reject);
    // A connection that ends with neither, as after an answer that would switch protocols.
    asked.on("close", () => reject(new Error("the connection ended without an answer")));
    asked.end();
  });
}

/**
 * Asks for a playback. A redirect is followed only within the origin of `url`: an engine must not send us
 * anywhere else. Rejects with a `SourceError` for every answer that is no playback.
 */
export async function openPlayback(url: string, signal: AbortSignal): Promise<Playback> {
  let target: URL;
  try {
    target = new URL(url);
  } catch {
    throw new SourceError("the playback URL is no URL");
  }
  const origin = target.origin;
  for (let redirects = 0; ; redirects += 1) {
    let answer: IncomingMessage;
    try {
      answer = await ask(target, signal);
    } catch (error) {
      throw new SourceError(`the playback cannot be opened: ${describe(error)}`);
    }
    // An abort shows here as well as in the body; an error that nobody listens to would end the process.
    answer.on("error", () => {});
    const status = answer.statusCode ?? 0;
    if (status === 200) return bodyOf(answer);
    answer.destroy();
    const location = answer.headers.location;
    if (status < 300 || status >= 400 || location === undefined) {
      throw new SourceError(`the playback answered ${status}`);
    }
    if (!URL.canParse(location, target)) throw new SourceError("the playback redirects to no URL");
    target = new URL(location, target);
    if (target.origin !== origin) {
      throw new SourceError(`the playback redirects to another host: ${target.host}`);
    }
    if (redirects >= REDIRECTS_MAX) throw new SourceError("the playback redirects again and again");
  }
}

function bodyOf(answer: IncomingMessage): Playback {
  const chunks: AsyncIterator<Uint8Array> = answer[Symbol.asyncIterator]();
  const { "content-length": length, "transfer-encoding": coding } = answer.headers;
  return {
    isFramed: length !== undefined || coding !== undefined,
    async next() {
      try {
        const { done, value } = await chunks.next();
        return done ? null : value;
      } catch (error) {
        throw new SourceError(`the connection to the engine broke off: ${describe(error)}`);
      }
    },
  };
}
