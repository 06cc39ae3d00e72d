/** What every test ends with: nothing is left anywhere, and the cap was held at every instant. */
import { expect } from "bun:test";
import { historyOf, type NamedText, placeOf } from "../../model/replay/history.ts";
import { enginesOf, streamsOf, waitingIn } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { type Cluster, PREFIX } from "./cluster.ts";

/** A dead proxy's slots: its term ends, another takes them over, and at worst waits for the release deadline. */
export const restDeadlineMs = (cluster: Cluster): number => 2 * cluster.ttlMs + cluster.releaseMs + 25_000;

const keyOf = (name: string): string => `{${PREFIX}}:${name}`;

/** How many leases the store keeps, over all engines. */
export async function leasesIn(cluster: Cluster): Promise<number> {
  const held = (await cluster.store.ask("hvals", keyOf("engines"))).split("\n").filter((line) => line !== "");
  return held.reduce((sum, line) => sum + leasesOf(JSON.parse(line)), 0);
}
const leasesOf = (engine: unknown): number => (Array.isArray(engine) ? engine.length : 1);

export const membersIn = async (cluster: Cluster): Promise<number> =>
  Number(await cluster.store.ask("hlen", keyOf("members")));

async function left(cluster: Cluster): Promise<Record<string, number>> {
  const counts: Record<string, number> = {
    "real load": cluster.watch.load,
    "engines in the store": Number(await cluster.store.ask("hlen", keyOf("engines"))),
    "queue in the store": Number(await cluster.store.ask("exists", keyOf("queue"))),
  };
  for (const { running, index, isAlive } of cluster.proxies) {
    if (running === null || !isAlive) continue;
    const slots = (await enginesOf(running)).flatMap((engine) => engine.slots);
    counts[`slots of proxy ${index}`] = slots.filter(({ state }) => state !== "free").length;
    counts[`streams of proxy ${index}`] = (await streamsOf(running)).length;
    counts[`waiting at proxy ${index}`] = await waitingIn(running);
  }
  return counts;
}

/** All clients leave; resolves when nothing is left; throws, with what is, after the deadline. */
export async function atRest(cluster: Cluster, deadlineMs = restDeadlineMs(cluster)): Promise<void> {
  for (const client of [...cluster.clients]) cluster.leave(client);
  let counts: Record<string, number> = {};
  const isAtRest = async (): Promise<boolean> => {
    if (cluster.watch.load > 0) {
      counts = { "real load": cluster.watch.load };
      return false;
    }
    counts = await left(cluster);
    return Object.values(counts).every((count) => count === 0);
  };
  await until("nothing is left", isAtRest, deadlineMs).catch((error: unknown) => {
    const held = JSON.stringify(Object.entries(counts).filter(([, count]) => count !== 0));
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${held}`);
  });
  capHeld(cluster);
}

/** Throws with a time line if any engine ever had too much. */
export function capHeld(cluster: Cluster): void {
  const [first] = cluster.watch.violations;
  if (first === undefined) return;
  const { engine, what, timeLine } = first;
  const all = cluster.watch.violations.map((violation) => `${violation.engine}: ${violation.what}`);
  throw new Error(`${engine}: ${what}\n${timeLine.join("\n")}\nall violations: ${all.join("; ")}`);
}

/** The journals of all lives of all proxies, and all that their store was asked. */
export const writtenBy = (cluster: Cluster): readonly NamedText[] => [
  ...cluster.proxies.flatMap((proxy) =>
    proxy.journals().map((text, life) => ({ name: `proxy-${proxy.index}-life-${life}.ndjson`, text })),
  ),
  ...cluster.stores.map((store, n) => ({ name: `monitor-${n}.txt`, text: store.monitor() })),
];

/** The same said by what was written down: the journals of all lives, and all that the store was asked. */
export async function historyHeld(cluster: Cluster, written = writtenBy): Promise<void> {
  const told = await historyOf(written(cluster));
  const faults = [told.illegal, told.above.certainly].flatMap((fault) =>
    fault === null ? [] : [`${placeOf(fault.where, told.files)}: ${fault.sentence}`],
  );
  const excess = told.history?.exceeded.certainly ?? null;
  if (excess !== null)
    faults.push(`${placeOf(excess.where, told.files)}: ${excess.place} had ${excess.load} of ${excess.cap}`);
  // A journal that ends with a crash leaves doubts; it may never say that the cap was exceeded.
  expect(faults).toEqual([]);
}

/** At rest, then all proxies end as they should, and the store holds no member of theirs. */
export async function everythingEnds(cluster: Cluster, written = writtenBy): Promise<void> {
  await atRest(cluster);
  const living = cluster.proxies.filter(({ running }) => running !== null);
  if (living.length > 0) {
    await until(
      "members that were killed are forgotten, and all others have joined",
      async () => (await membersIn(cluster)) === living.length,
      restDeadlineMs(cluster),
    );
    // Who joins a store that lost its memory tells it what others held when last heard of: it stands there until
    // somebody has taken it over and ended it.
    await atRest(cluster);
  }
  expect(await Promise.all(living.map((proxy) => proxy.shutDown()))).toEqual(living.map(() => 0));
  const keys = ["engines", "members", "queue"].map(keyOf);
  // A proxy waits half a second and no longer for the store's word that it has left.
  await until(
    "nothing is left in the store",
    async () => (await cluster.store.ask("exists", ...keys)) === "0",
  );
  capHeld(cluster);
  await historyHeld(cluster, written);
}
