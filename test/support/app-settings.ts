/** The settings of an app for which nothing was asked. */
import type { AppSettings } from "../../src/http/routes.ts";

export const APP_SETTINGS: AppSettings = {
  m3u8: false,
  token: null,
  trustedProxies: [],
  playlists: [],
  guides: [],
  playlistRefreshMs: 3_600_000,
  publicUrl: null,
  slate: "off",
  debug: "off",
};
