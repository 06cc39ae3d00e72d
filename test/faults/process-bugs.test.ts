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
        if (isBroken) Reflect.set(slots, 0, { state: "active", session: null });
        return 0;
      },
    });
    await proxy.ready;
    const ask = (n: number): Promise<Response> =>
      proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(n)}`));
    const playing = (await ask(1)).body?.getReader();
    expect((await playing?.read())?.done).toBe(false);
    isBroken = true;
    let n = 2;
    await until("the core notices, and says so to who asks", async () => {
      const answer = await ask(n++);
      if (answer.status !== 200)
        return (await answer.text()).includes(
          "the slot books contradict themselves; no new streams until a restart",
        );
      await answer.body?.cancel();
      return false;
    });
    expect((await ask(n)).status).toBe(503);
    const ready = await proxy.fetch(new Request("http://proxy/readyz"));
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { codes: string[] }).codes).toContain("books_broken");
    expect(Math.max(...engines.map(({ peakLoad }) => peakLoad))).toBe(1);
    for (let reads = 0; reads < 20; reads++) expect((await playing?.read())?.done).toBe(false);
    await playing?.cancel();
    await until("the engines carry nothing", () => engines.every(({ load }) => load === 0));
    expect(Math.max(...engines.map(({ peakLoad }) => peakLoad))).toBe(1);
    await Promise.all(engines.map((engine) => engine.close()));
  },
  LIMIT_MS,
);

test.concurrent(
  "P8 a ranking that changes what it is shown does no harm to another proxy in the same process",
  async () => {
    await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 2_000 });
    const options = { engines: [engine.address, "127.0.0.1:1"], lingerMs: 0, queueTimeoutMs: 0 };
    let spoilt = 0;
    await using spoiler = createProxy({
      ...options,
      rank: ({ slots: [slot] }) => {
        if (slot !== undefined && Reflect.set(slot, "state", "active")) spoilt++;
        return 0;
      },
    });
    await using proxy = createProxy(options);
    await Promise.all([spoiler.ready, proxy.ready]);
    const ask = (of: typeof proxy): Promise<Response> =>
      of.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(1)}`));
    await (await ask(spoiler)).body?.cancel();
    const states = proxy.engines().flatMap(({ slots }) => slots.map(({ state }) => state));
    expect({ states, spoilt }).toEqual({ states: ["free", "free"], spoilt: 0 });
    await until("the engine is free", () => engine.load === 0);
  },
  LIMIT_MS,
);
