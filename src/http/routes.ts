/** What every group of routes is given. One group is one file: it adds its routes to the app, and keeps nothing global. */
import type { Context, Hono } from "hono";
import type { Broker } from "../broker/index.ts";
import type { Log } from "../log.ts";
import type { Channels } from "../playlist/index.ts";
import type { ClientId, EngineId, StreamId } from "../slots/index.ts";
import type { StreamFigures, StreamsHeld, Watching } from "../stream/index.ts";
import type { Slates } from "../stream/slate/index.ts";
import type { Env } from "./clients.ts";
import type { Crowd } from "./crowd.ts";
import type { Bodies } from "./getstream.ts";
import type { HlsSessions } from "./manifest.ts";
import type { OwnUrl } from "./own-url.ts";

export type App = Hono<Env>;

/** What a reload may change. A value is never changed itself: another one takes its place. */
export interface AppSettings {
  /** Whether `/ace/getstream` answers HLS as well. */
  readonly m3u8: boolean;
  /** Asked of clients and of the API if set. */
  readonly token: string | null;
  /** CIDRs whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** M3U files and URLs with the channels. */
  readonly playlists: readonly string[];
  /** XMLTV files and URLs; empty: those that the playlists name. */
  readonly guides: readonly string[];
  readonly playlistRefreshMs: number;
  /** Base URL of the links that are given out; null: as the client asked. */
  readonly publicUrl: string | null;
  /** A picture instead of an error. */
  readonly slate: "off" | "on";
  /** Whether programs on this machine may ask what the process holds. */
  readonly debug: "off" | "on";
}

export interface AppOptions {
  readonly broker: Broker;
  readonly bodies: Bodies &
    HlsSessions & {
      figures(stream: StreamId): StreamFigures | null;
      watching(client: ClientId): Watching | null;
      readonly hlsSessions: number;
      readonly held: StreamsHeld;
    };
  /** Pictures of refusals; left out: errors stay errors. */
  readonly slates?: Pick<Slates, "show" | "figures"> | undefined;
  /** Whether there is room for one more client; left out: always. */
  readonly crowd?: Crowd | undefined;
  /** The settings in force. To be asked by each request, never kept: a reload replaces them as a whole. */
  current(): AppSettings;
  /** The channels of the playlists; left out: there are none. */
  readonly channels?: Channels | undefined;
  /** Path under which the app is mounted, without a slash at its end; left out: none. */
  readonly basePath?: string | undefined;
  /** Left out: nothing is logged. */
  readonly log?: Log | undefined;
  /** The proxy's name, from which it is known again; left out: `aceslot`. */
  readonly name?: string | undefined;
  /** Why a crash would forget open sessions; null: it would not. */
  readonly stateTrouble: string | null;
  /** An engine's version, if it is known; asks for it if that was not done yet. */
  versionOf?(engine: EngineId): string | null;
  /** Aborted when the proxy ends, and with it whatever is answered for as long as somebody listens. */
  readonly ending?: AbortSignal;
}

/** Who asks. */
export interface Askers {
  /** The client's address; forwarded headers of trusted proxies are believed. */
  addressOf(context: Context<Env>): string;
  /** Whether a trusted proxy passes the request on. */
  isPassedOn(context: Context<Env>): boolean;
  /** Tells players apart: address and User-Agent. */
  whoIs(context: Context<Env>): string;
  /**
   * Below a prefix that somebody took off on the way: the path, with a slash at its end, under which the client has
   * the page; null: the request's own path tells.
   */
  pathHere(context: Context<Env>): string | null;
  /** The proxy's own address as this client reaches it; null: nothing names a host. */
  ownUrl(context: Context<Env>): OwnUrl | null;
}
