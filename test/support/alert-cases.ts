/** When each alert of `deploy/prometheus/aceslot.rules.yml` must fire, and when it must not although it comes near. */

/**
 * Series as `promtool test rules` writes them, a value every 15 s: `0x20` stays 0, `0+1x20` rises by 1; `_x20` is
 * not there yet, since what is so at the first scrape has not lasted. `PROXY` in a name stands for the labels that every
 * series of a proxy has.
 */
type Series = Readonly<Record<string, string>>;

export interface AlertCase {
  readonly fires: Series;
  readonly stays: Series;
  /** When both are looked at. */
  readonly at: string;
  /** Labels beside those of the proxy. */
  readonly labels?: Readonly<Record<string, string>>;
  /** `$value` as the annotations show it, where they do. */
  readonly value?: string;
}

const failing = (failed: string, played: string): Series => ({
  'aceslot_start_outcomes_total{PROXY,outcome="failed"}': failed,
  'aceslot_start_outcomes_total{PROXY,outcome="played"}': played,
});

/** Of 150 beats a minute: so many up to 0.25 s, the rest up to half a second. */
const beats = (punctual: number): Series => ({
  'aceslot_event_loop_delay_seconds_bucket{PROXY,le="0.25"}': `0+${punctual}x60`,
  'aceslot_event_loop_delay_seconds_bucket{PROXY,le="0.5"}': "0+150x60",
  'aceslot_event_loop_delay_seconds_bucket{PROXY,le="+Inf"}': "0+150x60",
});

/** A metric of a second proxy, beside the one of which an alert must tell. */
const another = (metric: string, engine?: string): string =>
  `${metric}{job="aceslot",instance="another:6879"${engine === undefined ? "" : `,engine="${engine}"`}}`;

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  AceslotDown: {
    fires: { "up{PROXY}": "1 1 0x20" },
    stays: { "up{PROXY}": "1x10 0 0 1x20" },
    at: "4m",
  },
  AceslotNotReady: {
    fires: {
      "aceslot_ready{PROXY}": "0x20",
      "aceslot_cap{PROXY}": "1x20",
      'aceslot_engine_load{PROXY,engine="free"}': "0x20",
      'aceslot_engine_usable{PROXY,engine="free"}': "1x20",
    },
    stays: {
      "aceslot_ready{PROXY}": "0x6 1 0x13",
      // All engines carry what they may, beside one that is set aside: it is full.
      [another("aceslot_ready")]: "0x20",
      [another("aceslot_cap")]: "1x20",
      [another("aceslot_engine_load", "busy")]: "1x20",
      [another("aceslot_engine_usable", "busy")]: "1x20",
      [another("aceslot_engine_load", "resting")]: "0x20",
      [another("aceslot_engine_usable", "resting")]: "0x20",
    },
    at: "3m",
  },
  AceslotHalted: {
    fires: { "aceslot_halted{PROXY}": "0x5 1x10" },
    stays: { "aceslot_halted{PROXY}": "0x20" },
    at: "2m",
  },
  AceslotStateNotSaved: {
    fires: { "aceslot_state_saved{PROXY}": "0x40" },
    stays: { "aceslot_state_saved{PROXY}": "0x10 1 0x29" },
    at: "6m",
  },
  AceslotJournalLosesLines: {
    fires: { "aceslot_journal_lines_lost_total{PROXY}": "0x10 7x10" },
    stays: { "aceslot_journal_lines_lost_total{PROXY}": "7x20" },
    at: "5m",
  },
  AceslotEventLoopSlow: {
    // 145 of 150: the 99th of a hundred lies at 0.25 + 0.25 · 3.5/5 s.
    fires: beats(145),
    stays: beats(149),
    at: "12m",
    value: "425ms",
  },
  AceslotMemoryNearLimit: {
    fires: {
      "process_resident_memory_bytes{PROXY}": "95x40",
      "aceslot_memory_limit_bytes{PROXY}": "100x40",
    },
    stays: {
      "process_resident_memory_bytes{PROXY}": "89x40",
      "aceslot_memory_limit_bytes{PROXY}": "100x40",
    },
    at: "8m",
  },
  AceslotFilesNearLimit: {
    fires: {
      "process_open_fds{PROXY}": "900x40",
      "process_max_fds{PROXY}": "1000x40",
      "aceslot_cap{PROXY}": "2x40",
    },
    // Another program's files are not ours to tell of.
    stays: { "process_open_fds{PROXY}": "900x40", "process_max_fds{PROXY}": "1000x40" },
    at: "8m",
    value: "90%",
  },
  AceslotOverCap: {
    fires: { "aceslot_cap{PROXY}": "2x20", 'aceslot_engine_load{PROXY,engine="e1"}': "3x20" },
    stays: { "aceslot_cap{PROXY}": "2x20", 'aceslot_engine_load{PROXY,engine="e1"}': "2x20" },
    at: "3m",
    labels: { engine: "e1" },
    value: "3",
  },
  AceslotIllegalMove: {
    fires: { "aceslot_illegal_moves_total{PROXY}": "0x10 1x30" },
    stays: { "aceslot_illegal_moves_total{PROXY}": "0x40" },
    at: "5m",
  },
  AceslotNoEngineUsable: {
    // A proxy that knows no engine at all has no series of any.
    fires: { "aceslot_cap{PROXY}": "2x20" },
    stays: {
      "aceslot_cap{PROXY}": "2x20",
      'aceslot_engine_usable{PROXY,engine="e1"}': "0x20",
      'aceslot_engine_usable{PROXY,engine="e2"}': "1x20",
    },
    at: "2m",
  },
  AceslotEngineSetAside: {
    fires: { 'aceslot_engine_set_aside{PROXY,engine="e1"}': "0x4 1x50" },
    stays: {
      'aceslot_engine_set_aside{PROXY,engine="e1"}': "1x30 0 1x23",
      'aceslot_engine_set_aside{PROXY,engine="new"}': "_x40 1x10",
    },
    at: "12m",
    labels: { engine: "e1" },
  },
  AceslotQueue: {
    fires: { "aceslot_queue_length{PROXY}": "0 2x20" },
    stays: { "aceslot_queue_length{PROXY}": "2x14 0 2x6", [another("aceslot_queue_length")]: "_x18 2x10" },
    at: "5m",
  },
  AceslotStopsTimeOut: {
    fires: { 'aceslot_slots_freed_total{PROXY,proof="deadline"}': "0+1x30" },
    stays: {
      'aceslot_slots_freed_total{PROXY,proof="deadline"}': "0 1x30",
      'aceslot_slots_freed_total{PROXY,proof="stop_confirmed"}': "0+9x30",
    },
    at: "5m",
    labels: { proof: "deadline" },
  },
  AceslotStartsFail: {
    fires: failing("0+3x80", "0+1x80"),
    stays: failing("0+1x80", "0+1x80"),
    at: "18m",
    value: "75%",
  },
  AceslotPoolDown: {
    fires: { "aceslot_pool_up{PROXY}": "1 0x20" },
    stays: { "aceslot_pool_up{PROXY}": "0 0 1 0 0 1 0x3" },
    at: "2m",
  },
  AceslotChannelsFail: {
    fires: { 'aceslot_channel_sources{PROXY,kind="playlist",state="failed"}': "0 1x200" },
    stays: {
      'aceslot_channel_sources{PROXY,kind="playlist",state="failed"}': "1x80 0 1x119",
      'aceslot_channel_sources{PROXY,kind="guide",state="failed"}': "_x100 1x100",
      'aceslot_channel_sources{PROXY,kind="playlist",state="ok"}': "2x200",
    },
    at: "40m",
    labels: { kind: "playlist", state: "failed" },
  },
  AceslotReportsStuck: {
    fires: { "aceslot_reports_pending{PROXY}": "0 3x60" },
    stays: {
      "aceslot_reports_pending{PROXY}": "3x30 0 3x30",
      [another("aceslot_reports_pending")]: "_x40 3x20",
    },
    at: "12m",
  },
  AceslotLeaseStoreDown: {
    fires: { "aceslot_lease_up{PROXY}": "1 0x20" },
    stays: { "aceslot_lease_up{PROXY}": "1 0 1x20" },
    at: "2m",
  },
  AceslotLeaseDrift: {
    fires: { "aceslot_lease_drift{PROXY}": "0 1x20" },
    stays: { "aceslot_lease_drift{PROXY}": "1x6 0 1x13", [another("aceslot_lease_drift")]: "_x6 1x13" },
    at: "2m",
  },
};
