/** The metrics of what is around the streams: channels and their sources, and pictures in place of errors. */
import type { Meter } from "./meter.ts";

export interface Surroundings {
  readonly channels?:
    | {
        readonly lineup: { readonly channels: readonly unknown[] };
        /** `ok` is null before a source was tried. */
        views(): readonly { readonly kind: string; readonly ok: boolean | null }[];
      }
    | undefined;
  readonly slates?: { readonly figures: { readonly viewers: number; readonly shown: number } } | undefined;
}

/** Without playlists there are no channels and no sources, which is told as 0. */
export function measureChannels(meter: Meter, { channels, slates }: Surroundings): void {
  meter.gauge("aceslot_channels", "Channels of all playlists.", () => channels?.lineup.channels.length ?? 0);
  meter.gauge(
    "aceslot_channel_sources",
    "Playlists and guides by what became of the last try to read them.",
    function* () {
      const views = channels?.views() ?? [];
      for (const kind of ["playlist", "guide"])
        for (const [state, ok] of STATES)
          yield [
            { kind, state },
            views.filter((view) => view.kind === kind && view.ok === ok).length,
          ] as const;
    },
    "kind",
    "state",
  );
  meter.gauge(
    "aceslot_slate_viewers",
    "Clients that look at a picture in place of an error.",
    () => slates?.figures.viewers ?? 0,
  );
  meter.counter(
    "aceslot_slates_total",
    "Pictures that were shown in place of errors.",
    () => slates?.figures.shown ?? 0,
  );
}

const STATES = [
  ["ok", true],
  ["failed", false],
  ["untried", null],
] as const;
