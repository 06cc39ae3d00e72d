/** One limiter put to work on the runtime that runs this; the order is the first argument, the answer a line. */
import process from "node:process";
import { liveBytes } from "./heap.ts";
import { LIMITERS, type Limiter } from "./limiters.ts";
import type { Answer, Order, Places } from "./orders.ts";

const LOOK_EVERY = 64;
const REST = Promise.resolve();

/** A task's work that holds its place for no longer than one turn, and notices when there are too many at once. */
function counted(max: number): () => Promise<void> {
  let running = 0;
  return async () => {
    running += 1;
    if (running > max) throw new Error(`${running} run at once, and there are ${max} places`);
    await REST;
    running -= 1;
  };
}

/** Rounds a second of so many tasks, for so many milliseconds. */
async function rounds(limiter: Limiter, tasks: number, ms: number, max: number): Promise<number> {
  const work = counted(max);
  let count = 0;
  let isOver = false;
  const began = performance.now();
  async function task(number: number): Promise<void> {
    while (!isOver) {
      await limiter.use(number, work);
      count += 1;
      if (count % LOOK_EVERY === 0 && performance.now() - began >= ms) isOver = true;
    }
  }
  await Promise.all(Array.from({ length: tasks }, (_, number) => task(number)));
  return count / ((performance.now() - began) / 1000);
}

const maxOf = (name: string, { resources, cap }: Places): number =>
  name === "nothing" ? Number.POSITIVE_INFINITY : resources * cap;

/** Takes every place, lets others wait, and says what a place and a waiter hold in memory. */
async function hold(
  limiter: Limiter,
  places: number,
  waiters: number,
): Promise<{ readonly full: number; readonly waited: number }> {
  let begun = 0;
  let allow = (): void => {};
  const over = new Promise<void>((resolve) => {
    allow = resolve;
  });
  const work = (): Promise<void> => {
    begun += 1;
    return over;
  };
  const holders = Array.from({ length: places }, (_, task) => limiter.use(task, work));
  while (begun < places) await new Promise((resolve) => setTimeout(resolve, 1));
  const full = await liveBytes();
  const waiting = Array.from({ length: waiters }, (_, task) => limiter.use(places + task, work));
  const waited = await liveBytes();
  allow();
  await Promise.all([...holders, ...waiting]);
  if (begun !== places + waiters) throw new Error(`${begun} of ${places + waiters} were served`);
  return { full, waited };
}

async function obey(order: Order): Promise<Omit<Answer, "cpuSeconds">> {
  const make = LIMITERS[order.limiter];
  if (make === undefined) throw new Error(`there is no limiter ${order.limiter}`);
  const { places, stdAsync } = order;
  const max = maxOf(order.limiter, places);
  if (order.kind === "rate") {
    const limiter = await make(places, stdAsync);
    await rounds(limiter, order.tasks, order.warmUpMs, max);
    return { perSecond: await rounds(limiter, order.tasks, order.measuredMs, max) };
  }
  // What is compiled and cached on the way is there before it is looked.
  await hold(await make({ resources: 10, cap: 10 }, stdAsync), 100, 100);
  const before = await liveBytes();
  const limiter = await make(places, stdAsync);
  const slots = places.resources * places.cap;
  const { full, waited } = await hold(limiter, slots, order.waiters);
  return {
    bytesPerSlot: (full - before) / slots,
    // Where nothing limits, nobody waits.
    ...(order.limiter !== "nothing" && { bytesPerWaiter: (waited - full) / order.waiters }),
  };
}

const answer = await obey(JSON.parse(process.argv[2] ?? "null") as Order);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ...answer, cpuSeconds: (user + system) / 1e6 } satisfies Answer));
// Limiters may keep timers of their own.
process.exit(0);
