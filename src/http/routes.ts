/** What every group of routes is given. One group is one file: it adds its routes to the app, and keeps nothing global. */
import type { Context, Hono } from "hono";
import type { Broker } from "../broker/index.ts";
import type { StreamId } from "../slots/index.ts";
import type { StreamFigures } from "../stream/index.ts";
import type { Env } from "./clients.ts";
import type { Bodies } from "./getstream.ts";
import type { HlsSessions } from "./manifest.ts";

export type App = Hono<Env>;

export interface AppOptions {
  readonly broker: Broker;
  readonly bodies: Bodies & HlsSessions & { figures(stream: StreamId): StreamFigures | null };
  /** Whether `/ace/getstream` answers HLS as well. */
  readonly m3u8: boolean;
  /** Asked of clients and of the API if set. */
  readonly token: string | null;
  /** CIDRs whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  /** Why a crash would forget open sessions; null: it would not. */
  readonly stateTrouble: string | null;
}

/** Who asks. */
export interface Askers {
  /** The client's address; forwarded headers of trusted proxies are believed. */
  addressOf(context: Context<Env>): string;
  /** Tells players apart: address and User-Agent. */
  whoIs(context: Context<Env>): string;
}
