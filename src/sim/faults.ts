/**
 * The words in which a test says how an answer goes wrong. Engines and orchestrators share them; each adds its
 * own. Faults are plain data, read at the moment a request arrives, so a test may change them at any time.
 */
import type { ServerResponse } from "node:http";
import { endSocket, send, sendJson } from "./door.ts";

/** Which calls a fault meets. */
export interface FaultScope {
  /** Only calls about this content (its content id or its infohash). */
  content?: string;
  /** Only the next so many calls; counted down to 0 in place. */
  times?: number;
}

/** When the thing asked for happens, relative to the faulty answer. */
export type Effect =
  /** Never: the call fails before it does anything. */
  | "before"
  /** It is under way until the answer, and undone then. */
  | "during"
  /** It happens in full, only the answer goes wrong. */
  | "after";

/** Ways in which one HTTP answer goes wrong (or merely late). */
export type AnswerFault =
  /** The right answer, after `delayMs`. */
  | { kind: "late" }
  /** Any JSON. */
  | { kind: "json"; body: unknown; status?: number }
  | { kind: "text"; text: string; status?: number }
  | { kind: "empty"; status?: number }
  | { kind: "html"; status?: number }
  /** The first half of the right answer, with a matching length. */
  | { kind: "truncated" }
  /** The right answer behind `bytes` of white space (default 10 MiB): valid, and far too long. */
  | { kind: "huge"; bytes?: number }
  | { kind: "status"; status: number; text?: string }
  /** Accepted, never answered. */
  | { kind: "hang" }
  /** The connection ends without an answer: RST or FIN. */
  | { kind: "reset" }
  | { kind: "close" };

/** A wrong answer, to whom and when it is given, and whether the request is obeyed all the same. */
export type ScopedAnswerFault = FaultScope & { delayMs?: number; effect?: Effect } & AnswerFault;

/** One fault, several (the first that fits is taken), or none. */
export type Faults<F> = F | F[] | null;

/** Takes the first fault that fits a call, and counts it. */
export function takeFault<F extends FaultScope>(
  faults: Faults<F>,
  isAbout: (content: string) => boolean = () => true,
): F | null {
  return takeFaults(faults, isAbout, 1)[0] ?? null;
}

/** Takes every fault that fits a call, and counts each. */
export function takeFaults<F extends FaultScope>(
  faults: Faults<F>,
  isAbout: (content: string) => boolean,
  countMax = Number.POSITIVE_INFINITY,
): F[] {
  const fitting: F[] = [];
  for (const fault of faults === null ? [] : Array.isArray(faults) ? faults : [faults]) {
    if (fitting.length >= countMax) break;
    if (fault.content !== undefined && !isAbout(fault.content)) continue;
    if (fault.times !== undefined) {
      if (fault.times <= 0) continue;
      fault.times--;
    }
    fitting.push(fault);
  }
  return fitting;
}

export const HUGE_ANSWER_BYTES = 10 * 1024 * 1024;
const HTML_PAGE =
  "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>";

/** Sends `right` as JSON, or what `fault` makes of it. */
export function sendFaulty(
  response: ServerResponse,
  fault: AnswerFault | null,
  right: unknown,
  status = 200,
): void {
  if (response.destroyed || response.writableEnded) return;
  if (fault === null) {
    sendJson(response, status, right);
    return;
  }
  switch (fault.kind) {
    case "late":
      sendJson(response, status, right);
      return;
    case "json":
      sendJson(response, fault.status ?? 200, fault.body);
      return;
    case "text":
      send(response, fault.status ?? 200, "text/plain; charset=utf-8", fault.text);
      return;
    case "empty":
      send(response, fault.status ?? 200, "application/json", "");
      return;
    case "html":
      send(response, fault.status ?? 200, "text/html; charset=utf-8", HTML_PAGE);
      return;
    case "truncated": {
      const whole = JSON.stringify(right);
      send(response, status, "application/json", whole.slice(0, Math.floor(whole.length / 2)));
      return;
    }
    case "huge":
      sendHuge(response, fault.bytes ?? HUGE_ANSWER_BYTES, JSON.stringify(right), status);
      return;
    case "status":
      send(response, fault.status, "text/plain; charset=utf-8", fault.text ?? `error ${fault.status}`);
      return;
    case "hang":
      return;
    case "reset":
    case "close":
      endSocket(response.socket, fault.kind);
      return;
    default:
      fault satisfies never;
  }
}

const PADDING = Buffer.alloc(64 * 1024, 0x20);

function sendHuge(response: ServerResponse, bytes: number, tail: string, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  let left = bytes;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      const part = PADDING.subarray(0, Math.min(left, PADDING.length));
      left -= part.length;
      if (!response.write(part)) {
        response.once("drain", more);
        return;
      }
    }
    if (!response.destroyed) response.end(tail);
  };
  more();
}
