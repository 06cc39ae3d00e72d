/** Bugs, put in through the doors that programs of others have: they cost the request that meets them, and nothing else. */
import { expect, test } from "bun:test";
import { createProxy } from "../../src/index.ts";
import { bareMedia, contentId, startSimEngine } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

test.concurrent(
  "P8 a ranking, a listener and a log that throw, and a request that cannot be read: each fails alone, by its name",
  async () => {
    const engines = await Promise.all(
      [1, 2, 3].map(() => startSimEngine({ media: bareMedia, unreadSessionMs: 2_000 })),
    );
    const told: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
    const broken = (): never => {
      throw new Error("a bug");
    };
    const log =
      (level: string) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
        told.push([message, fields]);
        if (level === "info") broken();
      };
    await using proxy = createProxy({
      engines: engines.map(({ address }) => address),
      lingerMs: 0,
      releaseTimeoutMs: 3_000,
      rank: broken,
      log: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    });
    await proxy.ready;
    for (const name of ["grant", "transition", "journal"] as const) proxy.on(name, broken);
    const ask = (n: number): Promise<Response> =>
      proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(n)}`));
    const first = (await ask(1)).body?.getReader();
    expect((await first?.read())?.done).toBe(false);

    const unreadable = new Proxy(new Request("http://proxy/healthz"), {
      get: (of, name) => (name === "headers" ? broken() : Reflect.get(of, name, of)),
    });
    const failed = await proxy.fetch(unreadable);
    expect(failed.status).toBe(500);
    const { error } = (await failed.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe("internal_error");
    const id = /says ([0-9a-f]{8})$/.exec(error.message)?.[1];
    expect(told.some(([, fields]) => fields.id === id && id !== undefined)).toBe(true);
    expect(error.message).not.toContain("bug");

    // The mailbox goes on: the next one is served, and who plays, plays.
    const second = (await ask(2)).body?.getReader();
    expect((await second?.read())?.done).toBe(false);
    expect((await first?.read())?.done).toBe(false);
    await first?.cancel();
    await second?.cancel();
    await until("everything is free", async () => {
      const view = await (await proxy.fetch(new Request("http://proxy/api/v1/engines"))).json();
      const { engines: views } = view as { engines: { slots: { state: string }[] }[] };
      return views.every(({ slots }) => slots.every(({ state }) => state === "free"));
    });
    await until("the engines carry nothing", () => engines.every(({ load }) => load === 0));
    expect(Math.max(...engines.map(({ peakLoad }) => peakLoad))).toBe(1);
    await Promise.all(engines.map((engine) => engine.close()));
  },
  LIMIT_MS,
);

test.concurrent(
  "P8 an assertion of the core that fails: nothing is granted any more, /readyz says why, and who plays, plays",
  async () => {
    const engines = await Promise.all(
      [1, 2, 3].map(() => startSimEngine({ media: bareMedia, unreadSessionMs: 2_000 })),
    );
    let isBroken = false;
    await using proxy = createProxy({
      engines: engines.map(({ address }) => address),
      ...{ lingerMs: 0, releaseTimeoutMs: 3_000, queueTimeoutMs: 2_000 },
      // A ranking that changes what it is shown is the one door by which the core's books can be spoilt from outside.
      rank: ({ slots }) => {
        if (isBroken && slots[0] !== undefined) Reflect.set(slots[0], "state", "active");
        return 0;
      },
    });
    await proxy.ready;
    const ask = (n: number): Promise<Response> =>
      proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(n)}`));
    const playing = (await ask(1)).body?.getReader();
    expect((await playing?.read())?.done).toBe(false);
    isBroken = true;
    for (const n of [2, 3]) {
      const refused = await ask(n);
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain(
        "the slot books contradict themselves; no new streams until a restart",
      );
    }
    const ready = await proxy.fetch(new Request("http://proxy/readyz"));
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { codes: string[] }).codes).toContain("books_broken");
    expect(engines.map(({ peakLoad }) => peakLoad).sort()).toEqual([0, 0, 1]);
    for (let reads = 0; reads < 20; reads++) expect((await playing?.read())?.done).toBe(false);
    await playing?.cancel();
    await Promise.all(engines.map((engine) => engine.close()));
  },
  LIMIT_MS,
);
