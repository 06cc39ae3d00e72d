/** What a lease carries for whoever must stop its session one day: a `FormerSession` as JSON. */
import * as z from "zod";
import type { FormerSession } from "../slots/index.ts";

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

/** A lease whose detail makes no sense is held all the same, until its deadline: there is nothing to stop it by. */
export function readDetail(
  lease: string,
  place: string,
  contents: readonly string[],
  text: string,
): FormerSession {
  try {
    return { ...detailSchema.parse(JSON.parse(text)), contents, lease };
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
