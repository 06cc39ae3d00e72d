/** Opens what a proxy may be told to open: the state file, and the shared store of leases. */
import {
  instanceName,
  machineName,
  noStateFile,
  openStateFile,
  StateFileError,
  type StateStore,
  systemClock,
} from "../broker/index.ts";
import type { RoomLogs } from "../log.ts";
import type { SharedLeases } from "../proxy.ts";
import { sharedLeases } from "../shared-leases.ts";
import type { ReadOptions } from "./reading.ts";

export interface Opened {
  readonly store: StateStore | null;
  /** Why a crash would forget open sessions; null: it would not. */
  readonly stateTrouble: string | null;
  readonly leases: SharedLeases | null;
}

/** Where nothing is to be opened. */
export const NOTHING_OPEN: Opened = {
  store: null,
  stateTrouble: "no state folder (stateDir): a crash forgets open sessions",
  leases: null,
};

/**
 * A state folder that cannot be used is told, and done without; a store of leases is reached later. Null: `signal` was
 * aborted meanwhile, and nothing is open.
 */
export async function openAll(
  { stateDir, leases }: ReadOptions,
  name: string,
  logs: RoomLogs,
  signal: AbortSignal,
): Promise<Opened | null> {
  // What connects to nothing yet comes first: it has nothing to be closed.
  const shared = await sharedLeases(leases, logs("leases"));
  const state = stateDir === null ? NOTHING_OPEN : await openState(stateDir, name, logs, signal);
  if (signal.aborted) {
    await state.store?.close();
    return null;
  }
  if (state.stateTrouble !== null && stateDir !== null) logs("state").warn(state.stateTrouble);
  return { ...state, leases: shared };
}

async function openState(dir: string, name: string, logs: RoomLogs, signal: AbortSignal): Promise<Opened> {
  try {
    const shared = `the same name (${name})`;
    const store = await openStateFile({
      dir,
      listen: name,
      shared,
      log: logs("state"),
      clock: systemClock,
      signal,
    });
    return { store, stateTrouble: store.trouble, leases: null };
  } catch (error) {
    if (!(error instanceof StateFileError)) throw error;
    return {
      store: noStateFile(instanceName(machineName(), name, error.isInUse)),
      stateTrouble: `${error.message}; a crash would forget open sessions. Name another folder with stateDir`,
      leases: null,
    };
  }
}
