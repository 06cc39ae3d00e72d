/** The pool in a small world: a few clients who come once, wait, give up, and sometimes give back twice. */
import type { Model } from "aceslot/check";
import { type Bug, type Pool, type PoolEvent, poolOf, step } from "./pool.ts";

export interface World {
  readonly pool: Pool;
  /** What each client has done last; the first one is client 0. */
  readonly clients: readonly ("nothing" | "asked" | "given up" | "released" | "released twice")[];
}

export interface Happening {
  readonly type: "acquire" | "timeout" | "abort" | "release" | "release again";
  readonly client: number;
}

/** What a happening is for the pool, and what its client has done then. */
const MEANS: Record<Happening["type"], [PoolEvent["type"], World["clients"][number]]> = {
  acquire: ["acquire", "asked"],
  timeout: ["giveUp", "given up"],
  abort: ["giveUp", "given up"],
  release: ["release", "released"],
  "release again": ["release", "released twice"],
};

export const semaphore = (permits: number, clients: number, bug: Bug | null): Model<World, Happening> => ({
  name: `semaphore: permits ${permits}, clients ${clients}${bug ? `, bug ${bug}` : ""}`,
  begin: { pool: poolOf(permits), clients: Array.from({ length: clients }, () => "nothing" as const) },
  names: Object.keys(MEANS),
  happenings: ({ pool, clients }) =>
    clients.flatMap((did, client): Happening[] => {
      if (did === "nothing") return [{ type: "acquire", client }];
      if (did === "released") return [{ type: "release again", client }];
      if (did === "asked" && pool.held.includes(client)) return [{ type: "release", client }];
      if (did !== "asked") return [];
      return (["timeout", "abort"] as const).map((type) => ({ type, client }));
    }),
  next: ({ pool, clients }, { type, client }) => {
    const [event, did] = MEANS[type];
    return { pool: step(pool, { type: event, client }, bug), clients: clients.with(client, did) };
  },
  isFair: ({ type }) => type === "timeout" || type === "release",
  properties: [
    {
      kind: "always",
      name: "cap",
      sentence: "There are never more permits out than there are.",
      sometimes: "all permits are out",
      check: ({ pool: { held: out } }) =>
        out.length > permits ? `clients ${out} hold one, of ${permits}` : out.length === permits,
    },
    {
      kind: "step",
      name: "served while waiting",
      sentence: "Whoever has given up gets no permit.",
      sometimes: "a client that has waited gets a permit",
      check: ({ before, after }) => {
        const got = after.pool.held.find((client) => !before.pool.held.includes(client));
        if (got === undefined) return false;
        return after.clients[got] === "given up"
          ? `client ${got} gets a permit`
          : before.clients[got] === "asked";
      },
    },
    {
      kind: "eventually",
      name: "all permits come back",
      sentence: "When everybody is done, every permit is free again.",
      sometimes: "a permit is out",
      check: ({ pool }) =>
        pool.free < permits ? `${permits - pool.free} of ${permits} permits are out` : false,
    },
    {
      kind: "sometimes",
      name: "a queue",
      sentence: "Two clients wait at once.",
      check: ({ pool }) => pool.queue.length >= 2,
    },
  ],
  show: ({ pool }) => [`${pool.free} free, held by [${pool.held}], waiting [${pool.queue}]`],
});
