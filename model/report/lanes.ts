/** Who stands where in a sequence diagram: clients left, then proxies, engines, orchestrator and stores. */
import type { Lane, TraceStep } from "../result.ts";
import { load } from "./words.ts";

const ORDER = ["client", "proxy", "engine", "orchestrator", "store", "state file"];
const SHORT: Readonly<Record<string, string>> = {
  client: "c",
  proxy: "p",
  engine: "e",
  orchestrator: "orch",
  store: "store",
  "state file": "file",
};

/** Those that send or receive something in the trace, and the engines that hold something in it, from left to right. */
export function lanesOf(trace: readonly TraceStep[]): Lane[] {
  const lanes = new Set<Lane>();
  for (const { messages, engines } of trace) {
    for (const { from, to } of messages) lanes.add(from).add(to);
    for (const engine of engines) if (load(engine) > 0 || engine.carries > 0) lanes.add(engine.name);
  }
  const seen = [...lanes];
  return seen.toSorted((a, b) => rank(a) - rank(b) || byNumber(a, b) || seen.indexOf(a) - seen.indexOf(b));
}

/** `client 12` is `c12` where there is little room. */
export function shortName(lane: Lane): string {
  const { kind, number } = parts(lane);
  const short = SHORT[kind];
  if (short === undefined) return lane.slice(0, 6);
  return number === null && kind === "proxy" ? lane : short + (number ?? "");
}

function rank(lane: Lane): number {
  const at = ORDER.indexOf(parts(lane).kind);
  return at < 0 ? ORDER.length : at;
}

function byNumber(a: Lane, b: Lane): number {
  const [left, right] = [parts(a), parts(b)];
  return left.kind === right.kind ? (left.number ?? 0) - (right.number ?? 0) : 0;
}

function parts(lane: Lane): { kind: string; number: number | null } {
  const [, kind = lane, digits] = /^(.*?)\s*(\d+)?$/u.exec(lane) ?? [];
  return { kind, number: digits === undefined ? null : Number(digits) };
}
