/** The demo's channels. They show test pictures; any other 40 hex digits play as well. */
import { contentId } from "../sim/index.ts";

export interface DemoChannel {
  readonly name: string;
  readonly group: string;
  /** A content id: 40 hex digits. */
  readonly content: string;
}

const NAMES: readonly (readonly [group: string, ...names: string[]])[] = [
  ["Sport", "Arena One", "Arena Two", "Velodrome", "Court Central", "Winter Games"],
  ["Film", "Cinema Nova", "Noir & Night", "Kino Луч"],
  ["News", "World Desk", "Canal Première"],
  ["Nature", "Blue Ocean", "Aurora 4K"],
  ["Music", "Jazz Cellar", "Discothèque"],
];

export const DEMO_CHANNELS: readonly DemoChannel[] = NAMES.flatMap(([group, ...names]) =>
  names.map((name) => ({ group, name })),
).map((channel, at) => ({ ...channel, content: contentId(at + 1) }));

/** As a playlist, of the kind that people have. */
export const demoPlaylist = (): string =>
  [
    "#EXTM3U",
    ...DEMO_CHANNELS.map(
      ({ name, group, content }, at) =>
        `#EXTINF:-1 tvg-chno="${at + 1}" group-title="${group}",${name}\nacestream://${content}`,
    ),
    "",
  ].join("\n");
