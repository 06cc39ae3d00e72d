/** What a lease carries for whoever must stop its session one day: a `FormerSession` as JSON. */
import * as z from "zod";
import { rebasedOn } from "../net/exchange.ts";
import { isLinkLocal, plainHost } from "../net/reach.ts";
import { type FormerSession, placeKey } from "../slots/index.ts";

const detailSchema = z.object({
  engine: z.string(),
  name: z.string(),
  address: z.object({ scheme: z.enum(["http", "https"]), host: z.string(), port: z.number() }),
  urls: z.object({ playback: z.string(), stat: z.string(), command: z.string() }).nullable(),
  playbackSession: z.string().nullable(),
  reportedAs: z.string().nullable(),
});

const nameSchema = detailSchema.pick({ playbackSession: true });

/** Contents are left out: the store keeps them beside it, where it looks at them. */
export function writeDetail({ contents: _, lease: __, ...session }: FormerSession): string {
  return JSON.stringify(session);
}

/** The engine's own name for the session; null: it is not known. */
export function readSessionName(detail: string): string | null {
  try {
    return nameSchema.parse(JSON.parse(detail)).playbackSession;
  } catch {
    return null;
  }
}

/**
 * A lease whose detail makes no sense is held all the same, until its deadline: there is nothing to stop it by. Whoever
 * can write into the store names no host but the engine's whose slot the lease is, and nobody a link-local one.
 */
export function readDetail(
  lease: string,
  place: string,
  contents: readonly string[],
  text: string,
): FormerSession {
  try {
    const told = detailSchema.parse(JSON.parse(text));
    if (!isWhere(told.address, place)) throw new Error("it tells of another place");
    return { ...told, urls: told.urls === null ? null : urlsAt(told.address, told.urls), contents, lease };
  } catch {
    const [, host = place, port = "0"] = /^\[?(.*?)\]?:(\d+)$/.exec(place) ?? [];
    const address = { scheme: "http", host, port: Number(port) } as const;
    return {
      engine: place,
      name: place,
      address,
      contents,
      urls: null,
      playbackSession: null,
      reportedAs: null,
      lease,
    };
  }
}

const isWhere = (address: FormerSession["address"], place: string): boolean => {
  const host = plainHost(address.host);
  return host !== null && !isLinkLocal(host) && placeKey(address) === place;
};

/** Path and query as they were told, at the engine's own address; null: they are no URLs. */
function urlsAt(
  address: FormerSession["address"],
  urls: NonNullable<FormerSession["urls"]>,
): FormerSession["urls"] {
  const [stat, command] = [rebasedOn(address, urls.stat), rebasedOn(address, urls.command)];
  if (stat === null || command === null) return null;
  return { playback: rebasedOn(address, urls.playback) ?? "", stat, command };
}
