/** One way to log for every room: a message for people, and fields for machines. */
import { getLogger } from "@logtape/logtape";

export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** A log of one room. Whoever owns the process decides where lines go; without that they go nowhere. */
export function roomLog(room: string): Log {
  const logger = getLogger(["aceslot", room]);
  return {
    debug: (message, fields) => logger.debug(message, fields ?? {}),
    info: (message, fields) => logger.info(message, fields ?? {}),
    warn: (message, fields) => logger.warn(message, fields ?? {}),
    error: (message, fields) => logger.error(message, fields ?? {}),
  };
}
