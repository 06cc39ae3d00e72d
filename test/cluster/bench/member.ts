/**
 * One proxy's leases in a process of its own, for the bench: `bun member.ts PORT NAME SECONDS FLIGHT PLACES`. Claims
 * and gives back as fast as it can, `FLIGHT` at a time, at places that it shares with the others; writes one JSON
 * line with the time of each grant. `NAME` bare: a plain INCR in place of a claim. `NAME` hold: claims `FLIGHT` slots
 * and keeps them. `NAME` heir: says when it has been given those of another.
 */
import { createClient } from "@redis/client";
import { systemClock } from "../../../src/broker/index.ts";
import { LeaseHolder } from "../../../src/leases/index.ts";
import { createRedisStore } from "../../../src/leases/redis.ts";
import type { FormerSession } from "../../../src/slots/index.ts";

const [
  portText = "6379",
  name = "",
  secondsText = "3",
  flightText = "1",
  placesText = "100",
  ttlText = "10000",
] = process.argv.slice(2);
const port = Number(portText);
const flight = Number(flightText);
const places = Number(placesText);
const ttlMs = Number(ttlText);
const log = { debug() {}, info() {}, warn() {}, error: console.error };

const hex = (number: number): string => number.toString(16).padStart(40, "0");

/** As long as a real one. */
const sessionAt = (place: string): FormerSession => ({
  engine: hex(7).slice(0, 12),
  name: `acestream-${place}`,
  address: { scheme: "http", host: "engine", port: 6878 },
  contents: [`id:${hex(1)}`],
  urls: null,
  playbackSession: null,
  reportedAs: null,
});

async function claims(): Promise<(turn: number) => Promise<boolean>> {
  const leases = new LeaseHolder({
    store: createRedisStore({
      address: {
        form: "server",
        hosts: [{ host: "127.0.0.1", port }],
        master: "",
        tls: false,
        database: 0,
        username: "",
        password: null,
      },
      prefix: "bench",
      caFile: null,
      answerMs: ttlMs,
      log,
    }),
    member: `bench-${name}/1`,
    info: () => ({ name, cap: 2, ttlMs }),
    ttlMs,
    whenDown: "refuse",
    clock: systemClock,
    log,
  });
  let heirs = 0;
  let join = (): void => {};
  const joined = new Promise<void>((resolve) => {
    join = resolve;
  });
  leases.start(
    {
      trouble: (why) => why === null && join(),
      claims() {},
      lost() {},
      orphans(sessions) {
        heirs += sessions.length;
        console.log(JSON.stringify({ heirs, at: Date.now() }));
      },
    },
    [],
  );
  await joined;
  let session = 0;
  const keep = name === "hold";
  return async (turn) => {
    const id = ++session;
    const lease = `bench-${name}/1/${id}`;
    const place = `engine-${turn % places}:6878`;
    const outcome = await leases.claim({
      lease,
      place,
      contents: [`id:${hex(id)}`],
      session: sessionAt(place),
      cap: keep ? 1 : 1_000,
      more: false,
      instead: null,
    });
    if (outcome.kind === "granted" && !keep) leases.release(lease);
    return outcome.kind === "granted";
  };
}

async function bare(): Promise<(turn: number) => Promise<boolean>> {
  const client = createClient({ socket: { host: "127.0.0.1", port } });
  await client.connect();
  return async () => (await client.incr("bench:count")) > 0;
}

const once = name.startsWith("bare") ? await bare() : await claims();
if (name === "hold") {
  for (let turn = 0; turn < flight; turn += 1) await once(turn);
  console.log(JSON.stringify({ held: flight }));
} else if (name !== "heir") {
  // The runtime's compiler first.
  for (let turn = 0; turn < 2_000; turn += 1) await once(turn);
  console.log(JSON.stringify({ ready: true }));
  await new Promise((resolve) => process.stdin.once("data", resolve));
  const times: number[] = [];
  let granted = 0;
  const until = performance.now() + Number(secondsText) * 1000;
  const began = performance.now();
  let turn = places > 1 ? Math.floor(Math.random() * places) : 0;
  await Promise.all(
    Array.from({ length: flight }, async () => {
      while (performance.now() < until) {
        const askedAt = performance.now();
        if (await once(turn++)) granted++;
        times.push((performance.now() - askedAt) * 1000);
      }
    }),
  );
  const tookMs = performance.now() - began;
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.floor(times.length * share)] ?? 0);
  console.log(
    JSON.stringify({ perSecond: Math.round((granted / tookMs) * 1000), p50: at(0.5), p99: at(0.99) }),
  );
  process.exit(0);
}
