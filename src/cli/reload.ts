/**
 * SIGHUP: the settings are read anew from the same flags, variables and files, and what can change does, under the
 * clients that watch. What is wrong in them changes nothing at all. Windows has no such signal.
 */
import { closeSync, openSync, statSync } from "node:fs";
import { ConfigError, type Loaded } from "../config/load.ts";
import { reloaded } from "../config/reload.ts";
import { RELOAD_LOOKS_MAX, RELOAD_STILL_MS } from "../limits.ts";
import type { Log } from "../log.ts";

export interface ReloadOrders {
  /** The settings in force at the start. */
  readonly loaded: Loaded;
  /** Reads all sources anew. Throws `ConfigError`. */
  read(): Loaded;
  /** Brings settings into force. */
  apply(loaded: Loaded): void;
  readonly log: Log;
}

/** Reads and applies, once for each call; never throws. */
export function reloader({ loaded, read, apply, log }: ReloadOrders): () => void {
  let before = loaded;
  return () => {
    let now: Loaded;
    try {
      now = read();
    } catch (error) {
      const faults = error instanceof ConfigError ? error.all.map(({ message }) => message) : [String(error)];
      for (const fault of faults) log.error(`not reloaded, the old settings stay: ${fault}`);
      return;
    }
    const { inForce, changes } = reloaded(before, now);
    const known = new Set(before.warnings);
    for (const warning of inForce.warnings) if (!known.has(warning)) log.warn(warning);
    apply(inForce);
    before = inForce;
    const [later, done] = [true, false].map((isLater) =>
      changes.filter(({ reload }) => (reload === "restart") === isLater),
    );
    const told = (done ?? []).map(({ name, from, to }) => `${name}: ${from} → ${to}`);
    for (const { name, from, to } of later ?? [])
      log.warn(`restart needed for: ${name} (${from} → ${to}); until then it stays as it was`);
    if (inForce.settings.lease.kind !== "memory" && changes.some(({ name }) => name === CAP))
      log.warn(
        `${CAP} is for all proxies that share the store: give the others the same, or engines get as many streams as the highest of them says`,
      );
    // Last: whoever waits for this line has read all that is said of the reload.
    log.info(`settings reloaded: ${told.length === 0 ? "nothing changed" : told.join("; ")}`);
  };
}

const CAP = "max-streams-per-engine";

/**
 * Calls `reload` when the file has been still for a moment: one that is just being written says half of what is meant,
 * and half of a TOML file may well be one. All signals that come meanwhile are one.
 */
export function whenStill(file: string | null, reload: () => void): () => void {
  let waits = false;
  return () => {
    if (waits) return;
    waits = true;
    let before = markOf(file);
    let looks = 0;
    const look = (): void => {
      const now = markOf(file);
      if (now !== before && ++looks < RELOAD_LOOKS_MAX) {
        before = now;
        setTimeout(look, RELOAD_STILL_MS);
        return;
      }
      waits = false;
      reload();
    };
    setTimeout(look, RELOAD_STILL_MS);
  };
}

/** Changes with every writing of the file. */
function markOf(file: string | null): string {
  try {
    const { ino, size, mtimeMs } = statSync(file ?? "");
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}

export interface HangUps {
  /** What to do from now on; a signal that came before is made up for. `end`: the terminal is gone. */
  listen(reload: () => void, end: () => void): void;
}

/**
 * Catches SIGHUP from this moment on: uncaught it would end the process. A terminal that is closed sends the same
 * signal; there a proxy that was started by hand ends with it, as everything else does.
 */
export function catchHangUps(terminal: () => boolean = hasTerminal): HangUps {
  let missed = 0;
  let hear = (): void => {
    missed += 1;
  };
  if (process.platform !== "win32") {
    const byHand = process.stdin.isTTY === true || process.stdout.isTTY === true;
    process.on("SIGHUP", () => hear());
    return {
      listen(reload, end) {
        hear = () => (byHand && !terminal() ? end() : reload());
        if (missed > 0) hear();
      },
    };
  }
  return { listen() {} };
}

/** Whether the terminal that the process belongs to is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
