import { expect, test } from "bun:test";
import { Recent } from "../../src/http/recent.ts";
import type { AppOptions } from "../../src/http/routes.ts";

/** A proxy of which nothing is there but what is looked at, and a clock that is moved by hand. */
function here(ending?: AbortSignal) {
  const sent = new Map<number, number>();
  const clients = new Set<number>();
  const engines = new Map<string, { own: number; foreign: string[]; claims: [] }>();
  const options = {
    broker: { state: { streams: sent, clients, engines } },
    bodies: { figures: (id: number) => ({ bytesOut: sent.get(id) }) },
    ending,
  } as unknown as Pick<AppOptions, "broker" | "bodies" | "ending">;
  let [nowMs, next] = [0, null as (() => void) | null];
  const recent = new Recent(options, {
    now: () => Date.UTC(2026, 10, 30) + nowMs,
    monotonicMs: () => nowMs,
    after(_, fire) {
      next = fire;
      return () => {
        if (next === fire) next = null;
      };
    },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
    const due = next;
    next = null;
    due?.();
  };
  return { recent, sent, clients, engines, pass, isPlanned: () => next !== null };
}

test("a sample tells load, clients, and what went out since the one before, by the time that really passed", () => {
  const { recent, sent, clients, engines, pass } = here(new AbortController().signal);
  engines.set("a", { own: 1, foreign: [], claims: [] });
  engines.set("b", { own: 0, foreign: [""], claims: [] });
  clients.add(1).add(2);
  sent.set(1, 1_000_000);
  pass(5_000);
  sent.set(1, 1_500_000).set(2, 500_000);
  pass(8_000);
  sent.delete(1);
  pass(5_000);
  const { everyMs, samples } = recent;
  expect(everyMs).toBe(5_000);
  expect(samples).toEqual([
    { at: "2026-11-30T00:00:05.000Z", load: 2, clients: 2, sentBitsPerSecond: 1_600_000 },
    { at: "2026-11-30T00:00:13.000Z", load: 2, clients: 2, sentBitsPerSecond: 1_000_000 },
    { at: "2026-11-30T00:00:18.000Z", load: 2, clients: 2, sentBitsPerSecond: 0 },
  ]);
});

test("five minutes are kept, however long it runs, and nothing goes on after the end", () => {
  const end = new AbortController();
  const { recent, pass, isPlanned } = here(end.signal);
  for (let n = 0; n < 1_000; n++) pass(5_000);
  expect(recent.samples).toHaveLength(60);
  expect(recent.samples.at(-1)?.at).toBe("2026-11-30T01:23:20.000Z");
  end.abort();
  expect(isPlanned()).toBe(false);
  expect(here().isPlanned()).toBe(false);
  expect(here(AbortSignal.abort()).isPlanned()).toBe(false);
});
