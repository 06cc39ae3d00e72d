/** Looks at how many descriptors are open, and shuts the door while it must be shut. */
import { type Log, SILENT } from "../log.ts";
import { type Crowd, sparesOf } from "./crowd.ts";
import { openDescriptors } from "./descriptors.ts";
import { CROWD_LOOK_MS, CROWD_LOOK_PART, CROWD_TOLD_MS } from "./limits.ts";
import { Spares } from "./spares.ts";

/** What can be done about connections. */
export interface Door {
  /** Accepts none from now on; those that are there stay. */
  shut(): void;
  /** Accepts them again. @throws the system's error where it cannot, and is asked again later. */
  open(): void;
  /** Closes those on which nothing is asked. */
  closeIdle(): void;
}

/** Answers how to end it. Does nothing where the system does not tell. */
export function watchCrowd(crowd: Crowd, door: Door, log: Log = SILENT): () => void {
  const { limit } = crowd;
  if (limit === null) return () => {};
  const spares = new Spares();
  spares.hold(sparesOf(limit));
  let isShut = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const tell = (message: string, fields: Readonly<Record<string, unknown>>): void => {
    if (performance.now() - toldAtMs < CROWD_TOLD_MS) return;
    toldAtMs = performance.now();
    log.warn(message, fields);
  };

  const look = (): void => {
    const open = openDescriptors();
    if (open === null) return;
    const level = crowd.see(open - spares.count);
    if (level !== "open") {
      tell(TOLD[level], { open: Number.isFinite(open) ? open : limit, limit, fix: FIX });
      door.closeIdle();
    }
    if (level === "shut" && !isShut) {
      // In this order, or those who are waiting to be let in would have them.
      door.shut();
      isShut = true;
      spares.release();
    } else if (level !== "shut" && isShut) {
      try {
        door.open();
        isShut = false;
      } catch (error) {
        tell("no connection can be accepted again yet", { error: String(error) });
      }
    }
    if (!isShut) spares.hold(sparesOf(limit));
  };

  let timer: ReturnType<typeof setTimeout>;
  const next = (): void => {
    const beganMs = performance.now();
    look();
    const tookMs = performance.now() - beganMs;
    timer = setTimeout(next, Math.max(CROWD_LOOK_MS, tookMs / CROWD_LOOK_PART));
    timer.unref?.();
  };
  next();
  return () => {
    clearTimeout(timer);
    spares.release();
  };
}

const TOLD = {
  full: "new clients are refused: nearly all descriptors are in use",
  shut: "no connections are accepted for now: connections that ask for nothing have taken nearly all descriptors",
} as const;

const FIX = "allow more: ulimit -n, LimitNOFILE= in a unit, ulimits: nofile: in a compose file";
