/** Why streams and clients ended, in a few words that stay the same: the reasons themselves are for people. */
import type { SelectorEvent } from "../../slots/index.ts";

/** `refused`: all who waited had waited long enough. `merged`: it was another stream's content. */
export type StreamEnding =
  | "unwatched"
  | "refused"
  | "yielded"
  | "handed_over"
  | "merged"
  | "over"
  | "by_hand"
  | "shutdown"
  | "failed";

/** `slow`: it took no byte for too long. The others are its stream's; a stream that ends otherwise has no clients. */
export type ClientEnding =
  | "left"
  | "slow"
  | Exclude<StreamEnding, "unwatched" | "refused" | "yielded" | "merged">;

/** The core's own words; whatever else it says is the message of a failure. */
const BY_REASON: ReadonlyMap<string, StreamEnding> = new Map([
  ["nobody watches", "unwatched"],
  ["last client left", "unwatched"],
  ["nobody waits any more", "refused"],
  ["yielded to a waiting request", "yielded"],
  ["handed over to the same client", "handed_over"],
  ["same content", "merged"],
  ["shutdown", "shutdown"],
]);

/** `clean`: the content has been played to its end. */
export function streamEnding(event: SelectorEvent, reason: string, clean: boolean): StreamEnding {
  if (clean) return "over";
  if (event.type === "end") return "by_hand";
  return BY_REASON.get(reason) ?? "failed";
}

/** Why a client is broken off in mid-play. */
export function dropEnding(event: SelectorEvent, reason: string): ClientEnding {
  const ending = streamEnding(event, reason, false);
  return ending === "by_hand" || ending === "handed_over" || ending === "shutdown" ? ending : "failed";
}

/** What the data plane says of a client that is gone. */
export function clientEnding(reason: string | undefined): ClientEnding {
  if (reason === "takes nothing") return "slow";
  if (reason === "the content is over") return "over";
  return "left";
}
