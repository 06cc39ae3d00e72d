/** One way to log for every room: a message for people, and fields for machines. Nothing here knows where lines go. */

import { ifRejected } from "./foreign.ts";

/**
 * Where log lines go, by level. `console` is one, and so is nearly every logger there is; pino and its like want the
 * fields first: turn them round.
 *
 * @example
 * ```ts
 * import { createProxy, type Log } from "aceslot";
 *
 * declare const pino: Record<keyof Log, (fields: object | undefined, message: string) => void>;
 * const log: Log = {
 *   debug() {},
 *   info: (message, fields) => pino.info(fields, message),
 *   warn: (message, fields) => pino.warn(fields, message),
 *   error: (message, fields) => pino.error(fields, message),
 * };
 * await using proxy = createProxy({ log });
 * await proxy.ready;
 * ```
 */
export interface Log {
  /** For whoever looks for a fault: several lines for each stream. */
  debug(message: string, fields?: Record<string, unknown>): void;
  /** What happens: streams start and end, settings change. */
  info(message: string, fields?: Record<string, unknown>): void;
  /** What somebody should know of, and that goes on working. */
  warn(message: string, fields?: Record<string, unknown>): void;
  /** What does not work. */
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A log for each room of one proxy: `broker`, `stream`, `orchestrator`… */
export type RoomLogs = (room: string) => Log;

/** Goes nowhere. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** One log for all rooms: each line has its room among the fields. A log that throws harms nobody. */
export function inRooms(log: Log): RoomLogs {
  return (room) => {
    const line =
      (level: keyof Log) =>
      (message: string, fields?: Record<string, unknown>): void => {
        try {
          const answer: unknown = log[level](message, { room, ...fields });
          ifRejected(answer, () => {});
        } catch {
          // There is nowhere left to say so.
        }
      };
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  };
}
