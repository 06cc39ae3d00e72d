/** The rooms' logs in a process that is ours: LogTape's, whose registry is one for the whole process. */
import { getLogger } from "@logtape/logtape";
import type { Log } from "../log.ts";

/** A log of one room. `startLogging` decides where lines go; without that they go nowhere. */
export function roomLog(room: string): Log {
  const logger = getLogger(["aceslot", room]);
  return {
    debug: (message, fields) => logger.debug(message, fields ?? {}),
    info: (message, fields) => logger.info(message, fields ?? {}),
    warn: (message, fields) => logger.warn(message, fields ?? {}),
    error: (message, fields) => logger.error(message, fields ?? {}),
  };
}
