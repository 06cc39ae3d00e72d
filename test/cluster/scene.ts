/** What the tests of faults have in common: a cluster that plays, and what must be true again afterwards. */
import { expect } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import type { Client } from "./client.ts";
import { type Cluster, RELEASE_TIMEOUT_MS } from "./cluster.ts";

/** What a busy machine may add to the times of proxies and store. */
export const SLACK_MS = 10_000;

/** Contents that no test has asked for yet. */
export function freshContents(): () => string {
  let next = 10_000;
  return () => contentId(next++);
}
export const freshContent = freshContents();

export const inState = (clients: readonly Client[], state: Client["state"]): readonly Client[] =>
  clients.filter((client) => client.state === state);

/**
 * Clients that stay: asks for fresh contents at these proxies in turn until `count` of them play; who is refused
 * asks again. Gives those who play when all do.
 */
export async function fill(
  cluster: Cluster,
  count: number,
  proxies: readonly number[] = cluster.proxies.map(({ index }) => index),
  deadlineMs = 4 * cluster.ttlMs + RELEASE_TIMEOUT_MS + SLACK_MS,
): Promise<readonly Client[]> {
  const playing = new Set<Client>();
  let over = false;
  const come = (proxy: number): void => {
    if (over) return;
    cluster.ask(freshContent(), proxy, (client) => {
      if (client.state === "playing") playing.add(client);
      else playing.delete(client);
      if (client.state !== "refused" && client.state !== "broken") return;
      cluster.leave(client);
      setTimeout(() => come(proxy), 100);
    });
  };
  for (let n = 0; n < count; n++) come(proxies[n % proxies.length] ?? 0);
  try {
    await until(`${count} play`, () => playing.size >= count, deadlineMs).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${playing.size} do, real load ${cluster.watch.load}`);
    });
  } finally {
    over = true;
  }
  return [...playing];
}

/** Every proxy with a process serves a new content: none of them needs a restart. */
export async function allServe(cluster: Cluster): Promise<void> {
  const living = cluster.proxies.filter(({ running }) => running !== null).map(({ index }) => index);
  const served = await fill(cluster, living.length, living);
  for (const client of served) cluster.leave(client);
}

/** Those who still play really get bytes. */
export async function goOn(clients: readonly Client[]): Promise<void> {
  const before = clients.map(({ bytes }) => bytes);
  await until("bytes come", () =>
    clients.every(({ state, bytes }, n) => state !== "playing" || bytes > (before[n] ?? 0)),
  );
}

/** What a proxy's last life wrote of its leases, by outcome. */
export function leaseRecords(cluster: Cluster, proxy: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // The last line may be about to be written.
  const whole = cluster.proxy(proxy).journals().at(-1)?.split("\n").slice(0, -1) ?? [];
  for (const line of whole) {
    if (!line.includes('"type":"lease"')) continue;
    const { outcome } = JSON.parse(line) as { outcome: string };
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

export async function readiness(cluster: Cluster, proxy: number): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${cluster.proxy(proxy).url}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

export function expectAllPlaying(clients: readonly Client[]): void {
  expect(clients.map(({ state }) => state)).toEqual(clients.map(() => "playing" as const));
}
