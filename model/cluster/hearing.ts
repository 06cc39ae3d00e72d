/** What a selector may hear, by name and number, and the events that it is. */
import type { FormerSession, SelectorEvent, State } from "../../src/slots/index.ts";
import type { Seat } from "./known.ts";
import { claimsOf, keyOf, placeName, URLS } from "./naming.ts";

export const HEARS = [
  "request",
  "leave",
  "refused",
  "not sent",
  "started",
  "confirmed",
  "deadline",
  "trouble",
  "lost",
  "claims",
  "taken over",
] as const;
export type Hears = (typeof HEARS)[number];

/** Contents that may be told apart in a set of claims. */
export const CONTENTS_MAX = 5;
export const claimBit = (place: number, content: number): number =>
  1 << ((place - 1) * CONTENTS_MAX + content - 1);
const claimedAt = (claims: number, place: number): number[] =>
  Array.from({ length: CONTENTS_MAX }, (_, index) => index + 1).filter(
    (content) => (claims & claimBit(place, content)) !== 0,
  );

const SAID = "";

/** A stream that nobody watches is over at once, and one that is answered plays at once: neither touches a lease. */
export function eventsOf(
  state: State,
  hears: Hears,
  about: number,
  engines: number,
  formers: (about: number) => readonly Pick<Seat, "place" | "content" | "stoppable">[],
): SelectorEvent[] {
  switch (hears) {
    case "request":
      return [{ type: "request", client: 1000, content: keyOf(about), variant: "", who: "tv" }];
    case "leave": {
      const stream = state.streams.get(about);
      const client = stream?.clients[0] ?? 0;
      const leave = { type: "leave", client } as const;
      if (!stream?.place || stream.clients.length > 1) return [leave];
      return [leave, { type: "timer", timer: { kind: "linger", stream: about } }];
    }
    case "refused":
      return [{ type: "leaseRefused", session: about, message: SAID }];
    case "not sent":
      return [{ type: "startFailed", session: about, fault: "content", opened: "no", message: SAID }];
    case "started": {
      const answer = { urls: URLS, infohash: null, playbackSession: "playback", isLive: true };
      return [
        { type: "started", session: about, answer },
        { type: "media", session: about },
      ];
    }
    case "confirmed":
      return [{ type: "stopConfirmed", session: about, proof: "stop confirmed" }];
    case "deadline":
      return [{ type: "timer", timer: { kind: "release", session: about } }];
    case "trouble":
      return [{ type: "leasing", trouble: about === 1 ? "trouble" : null }];
    case "lost": {
      const sessions = [...state.places.keys()].filter((id) => (about & (1 << id)) !== 0);
      return [{ type: "leasesLost", sessions, message: SAID }];
    }
    case "claims": {
      const places = Array.from({ length: engines }, (_, index) => {
        const claims = claimsOf(index + 1, claimedAt(about, index + 1));
        return { place: placeName(index + 1), claims, blocked: false };
      });
      return [{ type: "claims", whole: true, places }];
    }
    case "taken over": {
      const sessions = formers(about).map(
        ({ place, content, stoppable }, index): FormerSession => ({
          engine: `e${place}`,
          name: `e${place}`,
          address: { scheme: "http", host: "engine", port: place },
          contents: [keyOf(content)],
          urls: stoppable ? URLS : null,
          playbackSession: stoppable ? "playback" : null,
          reportedAs: null,
          lease: `new/${index}`,
        }),
      );
      return [{ type: "recover", sessions }];
    }
  }
}
