/** The start of a playback: what is asked, and what the answer means. */
import { type Exchange, hostPortOf, placeOf, rebasedOn, toldBriefly } from "../net/exchange.ts";
import type { StartOrder, StartOutcome } from "../ports.ts";
import type { Address, Fault, Started } from "../slots/index.ts";
import { blamesContent, type Fields, fieldsOf, readAnswer } from "./answers.ts";

/** Parameters that are ours alone: no variant may set them. */
const RESERVED = new Set(["id", "infohash", "url", "magnet", "format", "pid", "method"]);

/**
 * Path and query of a start; null if the content's key is of no kind that an engine can be asked for.
 * `pid` tells players apart: a repeated one stops its former session, so each start has its own.
 */
export function startTarget({ content, variant }: StartOrder, pid: string): string | null {
  const [, name, key] = /^(id|infohash):([0-9a-f]{40})$/i.exec(content) ?? [];
  if (name === undefined || key === undefined) return null;
  const query = new URLSearchParams({ [name.toLowerCase()]: key.toLowerCase() });
  for (const [parameter, value] of new URLSearchParams(variant)) {
    if (!RESERVED.has(parameter.toLowerCase())) query.append(parameter, value);
  }
  query.set("format", "json");
  query.set("pid", pid);
  return `/ace/getstream?${query}`;
}

export interface ReadStart {
  readonly outcome: StartOutcome;
  /** Where a session can be stopped that has begun but cannot be played; null: there is none, or it is not told. */
  readonly leftAt: string | null;
}

export function readStart(exchange: Exchange, address: Address): ReadStart {
  const outcome = outcomeOf(exchange, address);
  if (outcome.kind === "started" || outcome.opened === "no" || exchange.kind === "failed")
    return { outcome, leftAt: null };
  const answer = readAnswer(exchange.body);
  const response = answer.kind === "json" ? fieldsOf(answer.fields.response) : null;
  return { outcome, leftAt: rebasedOn(address, response?.command_url) };
}

function outcomeOf(exchange: Exchange, address: Address): StartOutcome {
  if (exchange.kind === "failed") {
    // Without a connection nothing can have begun, however the try ended.
    const opened = exchange.sent ? "unknown" : "no";
    return failed(exchange.aborted ? "timeout" : "engine", opened, exchange.message);
  }
  const { status, body } = exchange;
  const answer = readAnswer(body);
  const words = answer.kind === "json" ? answer.error : answer.kind === "text" ? answer.text : null;
  const said = words ?? `${hostPortOf(address)} answered with status ${status}`;
  if (status >= 500) return failed("engine", "unknown", said);
  if (status >= 400) return failed(status === 404 || status === 422 ? "content" : "engine", "no", said);
  // A redirect leads to a playback that has begun; where to is not followed.
  if (status !== 200) return failed("engine", "unknown", said);

  switch (answer.kind) {
    case "garbage":
      return failed("engine", "unknown", `${hostPortOf(address)} sent ${answer.what}`);
    case "text":
      return blamesContent(answer.text)
        ? failed("content", "no", answer.text)
        : failed("engine", "unknown", answer.text);
    case "json": {
      const response = fieldsOf(answer.fields.response);
      if (answer.error !== null) {
        // An error that comes with URLs: it may carry the session all the same.
        const opened = response?.command_url === undefined ? "no" : "unknown";
        return failed(blamesContent(answer.error) ? "content" : "engine", opened, answer.error);
      }
      return response === null
        ? failed("engine", "unknown", `${hostPortOf(address)} sent neither a response nor an error`)
        : readResponse(response, address);
    }
    default:
      return answer satisfies never;
  }
}

function readResponse(response: Fields, address: Address): StartOutcome {
  const unusable = (name: string): StartOutcome =>
    failed("engine", "unknown", `${hostPortOf(address)} sent no usable ${name}`);
  const playback = rebasedOn(address, response.playback_url);
  if (playback === null) return unusable("playback_url");
  const stat = rebasedOn(address, response.stat_url);
  if (stat === null) return unusable("stat_url");
  const command = rebasedOn(address, response.command_url);
  if (command === null) return unusable("command_url");

  const { infohash, playback_session_id: session, is_live: live } = response;
  const answer: Started = {
    urls: { playback, stat, command },
    infohash:
      typeof infohash === "string" && /^[0-9a-f]{40}$/i.test(infohash) ? infohash.toLowerCase() : null,
    playbackSession: typeof session === "string" && session !== "" ? toldBriefly(session) : lastPart(stat),
    // Nearly everything is live, and taking it for live only means never to end it cleanly.
    isLive: !(live === 0 || live === false || live === "0"),
  };
  return { kind: "started", answer };
}

const lastPart = (url: string): string => placeOf(url)?.target.split("?")[0]?.split("/").at(-1) ?? "";

const failed = (fault: Fault, opened: "no" | "unknown", message: string): StartOutcome => ({
  kind: "failed",
  fault,
  opened,
  message: toldBriefly(message),
});
