/** Clients that come, watch for a moment and go, at all proxies, for as long as it is wanted. */
import { contentId } from "../../src/sim/index.ts";
import type { Client } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import { below, type Random } from "./random.ts";

export interface Load {
  readonly played: number;
  /** By what was said, such as `503 no_capacity`. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly broken: number;
  /** Streams that began at one proxy after this call. */
  playedAt(proxy: number): number;
  /** Nobody comes any more, and those who came leave. */
  end(): void;
}

const WATCHED_MS = { min: 100, max: 1_000 };
/** Somebody who was turned away asks again. */
const PAUSE_MS = 150;

/** `clients` at a time, among `contents` contents: more than the engines can carry is fine. */
export function keepLoad(
  cluster: Cluster,
  options: { readonly clients: number; readonly contents: number; readonly random: Random },
): Load {
  const { random } = options;
  const refusals = new Map<string, number>();
  const playedAt = new Map<number, number>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const here = new Set<Client>();
  let played = 0;
  let broken = 0;
  let over = false;

  const after = (delayMs: number, then: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      then();
    }, delayMs);
    timers.add(timer);
  };
  const come = (): void => {
    if (over) return;
    const content = contentId(below(random, options.contents));
    const came = cluster.ask(content, below(random, cluster.proxies.length), (client) => {
      if (client.state === "playing") {
        played++;
        playedAt.set(client.proxy, (playedAt.get(client.proxy) ?? 0) + 1);
        after(WATCHED_MS.min + random() * (WATCHED_MS.max - WATCHED_MS.min), () => next(client));
        return;
      }
      if (client.state === "refused") {
        const said = client.refusal ?? "?";
        refusals.set(said, (refusals.get(said) ?? 0) + 1);
      }
      if (client.state === "broken") broken++;
      if (client.state !== "left") after(PAUSE_MS, () => next(client));
    });
    here.add(came);
  };
  /** Somebody else comes in the place of who goes. */
  const next = (client: Client): void => {
    if (!here.delete(client)) return;
    cluster.leave(client);
    come();
  };
  for (let n = 0; n < options.clients; n++) after(n * 5, come);
  return {
    get played() {
      return played;
    },
    refusals,
    get broken() {
      return broken;
    },
    playedAt: (proxy) => playedAt.get(proxy) ?? 0,
    end() {
      over = true;
      for (const timer of timers) clearTimeout(timer);
      for (const client of here) cluster.leave(client);
    },
  };
}
