/** What is compared: each in the way that its own page tells to use it, from taking a place until it is given back. */
import { createSelector } from "aceslot/selector";
import { Sema } from "async-sema";
import { createPool } from "generic-pool";
import PQueue from "p-queue";
import type { Places } from "./orders.ts";

export interface Limiter {
  /** Runs `work` as soon as there is a place for it, and resolves when the place is given back. */
  use(task: number, work: () => Promise<void>): Promise<void>;
}

/** The part of the Semaphore of `@std/async` that is used here; it is on JSR alone, so nothing is typed by it. */
interface Semaphore {
  acquire(): Promise<unknown>;
  release(): void;
}

type Make = (places: Places, stdAsync: string | null) => Promise<Limiter>;

const sum = ({ resources, cap }: Places): number => resources * cap;

function selectorWith(keyOf: (task: number) => { readonly key?: string }): Make {
  return async ({ resources, cap }) => {
    const selector = createSelector({
      resources: Array.from({ length: resources }, (_, at) => ({ id: `resource-${at}`, cap })),
    });
    return {
      async use(task, work) {
        const slot = await selector.acquire(keyOf(task));
        try {
          await work();
        } finally {
          await slot.release();
        }
      },
    };
  };
}

export const LIMITERS: Readonly<Record<string, Make>> = {
  // What the bench itself costs: a place for everybody.
  nothing: async () => ({ use: async (_task, work) => work() }),
  aceslot: selectorWith(() => ({})),
  "aceslot-key": selectorWith((task) => ({ key: `key-${task}` })),
  "p-queue": async (places) => {
    const queue = new PQueue({ concurrency: sum(places) });
    return { use: async (_task, work) => queue.add(work) };
  },
  "async-sema": async (places) => {
    const sema = new Sema(sum(places));
    return {
      async use(_task, work) {
        const token = await sema.acquire();
        try {
          await work();
        } finally {
          sema.release(token);
        }
      },
    };
  },
  "generic-pool": async (places) => {
    let made = 0;
    const pool = createPool(
      { create: async () => ({ number: made++ }), destroy: async () => {} },
      { max: sum(places) },
    );
    return { use: async (_task, work) => pool.use(work) };
  },
  "std-async": async (places, stdAsync) => {
    if (stdAsync === null) throw new Error("it is not said where @std/async is");
    const { Semaphore } = (await import(stdAsync)) as { Semaphore: new (max: number) => Semaphore };
    const semaphore = new Semaphore(sum(places));
    return {
      async use(_task, work) {
        await semaphore.acquire();
        try {
          await work();
        } finally {
          semaphore.release();
        }
      },
    };
  },
};
