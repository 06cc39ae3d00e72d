/** Looks at how many descriptors are open, and shuts the entrance while it must be shut. */
import { type Log, SILENT } from "../log.ts";
import { type Crowd, crowding, sparesOf } from "./crowd.ts";
import { openDescriptors } from "./descriptors.ts";
import { CROWD_LOOK_MS, CROWD_LOOK_PART, CROWD_SHUT_LOOKS, CROWD_TOLD_MS } from "./limits.ts";
import { Spares } from "./spares.ts";

/** Where connections come in, whatever is asked on them then. */
export interface Entrance {
  /** Accepts none from now on; those that are there stay. */
  shut(): void;
  /** Accepts them again. @throws the system's error where it cannot, and is asked again later. */
  open(): void;
  /** Closes those on which nothing is asked. */
  closeIdle(): void;
}

/** Answers how to end it. Does nothing where the system does not tell. */
export function watchCrowd(crowd: Crowd, entrance: Entrance, log: Log = SILENT): () => void {
  const { limit } = crowd;
  if (limit === null) return () => {};
  const spares = new Spares();
  spares.hold(sparesOf(limit));
  let isShut = false;
  const toldAtMs = new Map<string, number>();
  /** Whoever read that clients are kept out shall read that they are not any more. */
  let isToldOf = false;
  /** Answers whether it was not told just now already. */
  const tell = (message: string, fields: Readonly<Record<string, unknown>>): boolean => {
    const nowMs = performance.now();
    if (nowMs - (toldAtMs.get(message) ?? Number.NEGATIVE_INFINITY) < CROWD_TOLD_MS) return false;
    toldAtMs.set(message, nowMs);
    log.warn(message, fields);
    return true;
  };

  /** Looks in a row that found the entrance to be shut. */
  let shutLooks = 0;
  let costMs = 0;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Null: the system does not tell. */
  const used = (): number | null => {
    const beganMs = performance.now();
    const open = openDescriptors();
    lookedAtMs = performance.now();
    costMs = lookedAtMs - beganMs;
    return open === null ? null : open - spares.count;
  };
  const pauseMs = (): number => costMs / CROWD_LOOK_PART;

  // Hundreds may ask between two looks of the timer's.
  crowd.look = () => {
    if (performance.now() - lookedAtMs < Math.min(pauseMs(), CROWD_LOOK_MS)) return;
    const now = used();
    if (now !== null) crowd.see(now, true);
  };

  const obey = (): void => {
    const now = used();
    if (now === null) return;
    shutLooks = crowding(now, limit, crowd.level) === "shut" ? shutLooks + 1 : 0;
    const level = crowd.see(now, shutLooks < CROWD_SHUT_LOOKS);
    if (level !== "open") {
      const open = Number.isFinite(now) ? now : limit;
      isToldOf = tell(TOLD[level], { open, limit, fix: FIX }) || isToldOf;
      entrance.closeIdle();
    } else if (isToldOf && !isShut) {
      isToldOf = false;
      log.info("new clients are let in again", { open: now, limit });
    }
    if (level === "shut" && !isShut) {
      // In this order, or those who are waiting to be let in would have them.
      entrance.shut();
      isShut = true;
      spares.release();
    } else if (level !== "shut" && isShut) {
      try {
        entrance.open();
        isShut = false;
      } catch (error) {
        tell("no connection can be accepted again yet", { error: String(error) });
      }
    }
    if (!isShut) spares.hold(sparesOf(limit));
  };

  let timer: ReturnType<typeof setTimeout>;
  const next = (): void => {
    try {
      obey();
    } catch (error) {
      // Without a next look an entrance that is shut would stay so.
      tell("connections could not be looked at", { error: String(error) });
    }
    timer = setTimeout(next, Math.max(CROWD_LOOK_MS, pauseMs()));
    timer.unref?.();
  };
  next();
  return () => {
    clearTimeout(timer);
    crowd.look = () => {};
    spares.release();
  };
}

const TOLD = {
  full: "new clients are refused: nearly all descriptors are in use",
  shut: "no connections are accepted for now: connections that ask for nothing have taken nearly all descriptors",
} as const;

const FIX = "allow more: ulimit -n, LimitNOFILE= in a unit, ulimits: nofile: in a compose file";
