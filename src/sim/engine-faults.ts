/** Everything that can be wrong with a simulated engine. Set at run time: `engine.faults.start = { kind: "hang" }`. */
import type { Effect, FaultScope, Faults, ScopedAnswerFault } from "./faults.ts";

/**
 * A start that goes wrong. `effect` says whether the engine began the session: `before` (default) it did not and
 * carries nothing; `during` it carries it until the answer; `after` it did, and carries it although the answer is
 * lost or wrong. `late` and `urls` always begin it.
 */
export type StartFault =
  | ScopedAnswerFault
  | (FaultScope & { delayMs?: number; effect?: Effect } & (
        | { kind: "error"; words: string }
        /** Right, but the URLs begin with `base` instead of the engine's own `http://host:port`. */
        | { kind: "urls"; base: string; which?: "all" | "playback" | "stat" | "command" }
      ));

/** Bases for `urls` that no client may ever follow. */
export const FOREIGN_URL_BASES = [
  "http://169.254.169.254",
  "file://",
  "http://192.0.2.7:6878",
  "https://127.0.0.1:6878",
  "ftp://127.0.0.1:6878",
  "http://user:secret@127.0.0.1:6878",
  "http://[fe80::1]:6878",
  "//192.0.2.7",
] as const;

/** How a playing connection ends: `reset` RST, `cut` FIN in mid-body, `close` a proper end of the body. */
export type Ending = "reset" | "cut" | "close";

/** A playback that goes wrong; all that fit apply together. Times count from the start of the connection. */
export type PlaybackFault = FaultScope &
  (
    | { kind: "status"; status: number }
    | { kind: "redirect"; to: string; status?: number }
    /** Accepted; not even headers. */
    | { kind: "hang" }
    /** Headers, then the end. */
    | { kind: "no_bytes" }
    | { kind: "html" }
    | { kind: "no_content_type" }
    /** An endless body in which no sync byte ever appears. */
    | { kind: "no_sync" }
    /** No byte from `afterMs` (default 0) on, for `forMs` (default: ever). Then what was missed comes in a burst. */
    | { kind: "silent"; afterMs?: number; forMs?: number }
    /** The connection ends; the session goes on unread unless `endsSession`. */
    | { kind: "dies"; afterMs: number; how: Ending; endsSession?: boolean }
    /** At least so many bytes at LAN speed first. */
    | { kind: "burst"; bytes: number }
    /** Of `packets` (default 20) packets in a row the sync byte is wrong, once in every `everyPackets` (default 200). */
    | { kind: "lost_sync"; everyPackets?: number; packets?: number }
    /** One packet of 187 bytes in every `everyPackets` (default 200). */
    | { kind: "short_packet"; everyPackets?: number }
    /** Noise of 97 bytes in front of one packet in every `everyPackets` (default 200). */
    | { kind: "garbage"; everyPackets?: number }
    /** One packet in every `everyPackets` (default 200) is missing. */
    | { kind: "continuity"; everyPackets?: number }
    /** One packet in every `everyPackets` (default 200) comes twice. */
    | { kind: "duplicates"; everyPackets?: number }
    /** One packet in every `everyPackets` (default 200) is damaged, and says so. */
    | { kind: "transport_error"; everyPackets?: number }
    /** The adaptation field of one packet in every `everyPackets` (default 200) is longer than the packet. */
    | { kind: "adaptation"; everyPackets?: number }
    /** Every packet that is not a table is scrambled, and says so. */
    | { kind: "scrambled" }
    /** 192: a time of 4 bytes stands before each packet; 204: 16 bytes of error correction behind it. */
    | { kind: "packet_size"; bytes: 192 | 204 }
    /** All tables are missing among the first `packets` (default: all) after `afterPackets` (default 0). */
    | { kind: "no_tables"; afterPackets?: number; packets?: number }
    /** At the first keyframe after every `everyPackets` (default 2000) the PMT is a new one: picture and sound get PIDs never used before. */
    | { kind: "new_pids"; everyPackets?: number }
    /** Sound alone; the program's clock goes on in packets of its own. */
    | { kind: "audio_only" }
    /** Keyframes are there, but no packet is flagged as one. */
    | { kind: "no_random_access" }
    /** Keyframes are missing after the first `afterPackets` (default 0); the counters hide it. */
    | { kind: "no_keyframes"; afterPackets?: number }
    /** The program's clock is nowhere told. */
    | { kind: "no_clock" }
    /** The 33 bits of the clock and of all times overflow `afterMs` (default 3000) after the first clock reference. */
    | { kind: "clock_wrap"; afterMs?: number }
    /** After each `everyMs` (default 2000) of media the clock and all times jump by `ms` (default an hour), unannounced. */
    | { kind: "clock_jump"; everyMs?: number; ms?: number }
  );

/** A stop that goes wrong. By default (`before`) the session goes on; with `after` it ends all the same. */
export type StopFault =
  | ScopedAnswerFault
  | (FaultScope & { delayMs?: number; effect?: Effect } & (
        | { kind: "error"; words: string }
        /** The session ends, and the answer is that it is not known (as after a stop whose answer was lost). */
        | { kind: "unknown_session" }
      ));

/** A `stat_url` that goes wrong. */
export type StatFault =
  | ScopedAnswerFault
  | (FaultScope & { delayMs?: number; effect?: Effect } & (
        | { kind: "error"; words: string }
        /** No peers, no speed, and the count of downloaded bytes stands still. */
        | { kind: "no_progress" }
        | { kind: "unknown_session" }
      ));

/** Everything that can be wrong with a simulated engine, by what is asked of it. */
export interface EngineFaults {
  /** Time from a start's arrival to its answer; overrides the option while not null. */
  startDelayMs: number | null;
  /** Of starts. */
  start: Faults<StartFault>;
  /** Of playbacks, while they run too. */
  playback: Faults<PlaybackFault>;
  /** Of stops. */
  stop: Faults<StopFault>;
  /** Of `stat_url`. */
  stat: Faults<StatFault>;
  /** `get_version` and `get_network_connection_status`. */
  service: Faults<ScopedAnswerFault>;
  /** What `get_network_connection_status` says. */
  connected: boolean;
}

/**
 * An engine that does everything right: what it begins with, and how it is mended.
 *
 * @example
 * ```ts
 * import { contentId, noEngineFaults, startSimEngine } from "aceslot/sim";
 *
 * await using engine = await startSimEngine();
 * engine.faults = { ...noEngineFaults(), start: { kind: "hang" } };
 * const start = `http://${engine.address}/ace/getstream?id=${contentId(1)}&format=json`;
 * await fetch(start, { signal: AbortSignal.timeout(50) }).catch(() => console.log("no answer"));
 * engine.faults = noEngineFaults();
 * console.log((await fetch(start)).status); // 200
 * ```
 */
export const noEngineFaults = (): EngineFaults => ({
  startDelayMs: null,
  start: null,
  playback: null,
  stop: null,
  stat: null,
  service: null,
  connected: true,
});
