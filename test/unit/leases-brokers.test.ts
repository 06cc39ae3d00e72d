/** Several real brokers over one store, in one process, while fast-check's scheduler decides what comes next. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Broker, noStateFile } from "../../src/broker/index.ts";
import { LeaseHolder, MemoryStore, type StorePort } from "../../src/leases/index.ts";
import type { Clock, EnginePort, PoolPort, SourceEvents, StreamsPort } from "../../src/ports.ts";
import type { ClientId, ListedStream, SessionUrls } from "../../src/slots/index.ts";
import { SILENT } from "./leases-world.ts";

const PORTS = [1, 2];
/** Long enough for nobody to lose a lease who is not dead. */
const TERM = 1_000_000;

interface Carried {
  readonly urls: SessionUrls;
  readonly content: string;
  readonly by: Proxy;
}

interface Proxy {
  readonly broker: Broker;
  readonly timers: { readonly what: string; readonly fire: () => void }[];
  alive: boolean;
}

interface Ask {
  readonly content: number;
  readonly proxy: number;
  /** Goes away some time, answered or not. */
  readonly leaves: boolean;
}

/** What really runs, and what the store says of it. */
class Scene {
  readonly carried = new Map<number, Carried[]>(PORTS.map((port) => [port, []]));
  readonly proxies: Proxy[] = [];
  highest = 0;
  commands = 0;
  now = 1_000;
  readonly store = new MemoryStore(() => this.now);
  readonly wrong: string[] = [];
  #sessions = 0;

  constructor(
    readonly scheduler: fc.Scheduler,
    readonly cap: number,
    readonly foreign: number,
  ) {}

  /** Streams that nobody of ours started: the store knows nothing of them. */
  strangers(proxy: string): readonly ListedStream[] {
    return Array.from({ length: this.foreign }, (_, index) => ({
      engine: `${proxy} calls it ${PORTS[0]}`,
      contents: [`id:${index} of a stranger`],
      playbackSession: `stranger ${index}`,
      label: null,
      urls: null,
    }));
  }

  async soon(what: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), what);
  }

  begin(port: number, content: string, by: Proxy): SessionUrls {
    const name = `${port} ${++this.#sessions}`;
    const urls = { playback: name, stat: name, command: name };
    const here = this.carried.get(port) ?? [];
    if (here.some((other) => other.content === content))
      this.wrong.push(`engine ${port} has ${content} twice`);
    here.push({ urls, content, by });
    this.highest = Math.max(this.highest, here.length);
    if (port === PORTS[0] && here.length + this.foreign > this.cap)
      this.wrong.push(`engine ${port} carries ${here.length} of ours beside ${this.foreign} of strangers`);
    return urls;
  }

  end({ command }: SessionUrls): void {
    const here = this.carried.get(Number(command.split(" ")[0])) ?? [];
    const index = here.findIndex(({ urls }) => urls.command === command);
    if (index >= 0) here.splice(index, 1);
  }

  /** A door whose commands, answers and changes come when the scheduler says so, each kind in order. */
  door(of: { alive: boolean }, name: string): StorePort {
    const door = this.store.door();
    let there = Promise.resolve();
    let back = Promise.resolve();
    let told = Promise.resolve();
    const ask = async <T>(take: () => Promise<T>, what: string): Promise<T> => {
      this.commands++;
      there = there.then(() => this.soon(`${name} ${what}`));
      await there;
      if (!of.alive) return new Promise(() => {});
      const answer = take();
      back = back.then(() => this.soon(`${name} ${what} answered`));
      await back;
      return answer;
    };
    return {
      ...door,
      open: (events) =>
        door.open({
          ...events,
          change: (change) => {
            told = told.then(() => this.soon(`${name} change`)).then(() => events.change(change));
          },
        }),
      ask: (command) => ask(() => door.ask(command), command.type),
      view: () => ask(() => door.view(), "view"),
    };
  }

  proxy(index: number): Proxy {
    const name = `p${index}`;
    const timers: Proxy["timers"] = [];
    const flags = { alive: true };
    const soon = (what: string): Promise<void> => this.soon(`${name} ${what}`);
    const clock: Clock = {
      now: () => 0,
      monotonicMs: () => 0,
      after: (delayMs, fire, what = "") => {
        let isSet = true;
        const once = (): void => {
          if (isSet && flags.alive) fire();
          isSet = false;
        };
        if (what.startsWith("linger ")) void soon(what).then(once);
        else if (what.startsWith("turn ")) {
          const at = this.now + delayMs;
          void soon(what).then(() => {
            this.now = Math.max(this.now, at);
            once();
          });
        } else timers.push({ what, fire: once });
        return () => {
          isSet = false;
        };
      },
    };
    const engine: EnginePort = {
      start: async ({ address, content }) => {
        if (!flags.alive) return new Promise(() => {});
        const urls = this.begin(address.port, content, proxy);
        await soon(`start ${urls.command}`);
        return {
          kind: "started",
          answer: { urls, infohash: null, playbackSession: urls.command, isLive: true },
        };
      },
      stop: async (urls) => {
        await soon(`stop ${urls.command}`);
        if (!flags.alive) return new Promise(() => {});
        this.end(urls);
        return { kind: "confirmed", proof: "stop confirmed" };
      },
      stat: async () => ({ kind: "gone" }),
      alive: async () => true,
    };
    const engines = PORTS.map((port) => ({
      id: `${name} calls it ${port}`,
      name: `e${port}`,
      address: { scheme: "http", host: "engine", port } as const,
      health: "healthy" as const,
      draining: false,
      forwarded: false,
      usedAtMs: null,
    }));
    const pool: PoolPort = {
      look: async () => ({ engines, streams: this.strangers(name), skipped: [] }),
      provision: null,
      fallback: [],
      describe: () => "two engines",
    };
    let events: (SourceEvents & { left(client: ClientId, reason: string): void }) | undefined;
    const streams: StreamsPort = {
      play: ({ session }) => void soon(`media ${session}`).then(() => flags.alive && events?.media(session)),
      move() {},
      drop() {},
      close() {},
      taken: () => null,
      figures: () => null,
    };
    const leases = new LeaseHolder({
      store: this.door(flags, name),
      member: `${name}/now`,
      info: () => ({ name }),
      ttlMs: TERM,
      whenDown: "refuse",
      clock,
      log: SILENT,
    });
    const broker = new Broker(
      {
        engine,
        pool,
        clock,
        leases,
        reports: { started() {}, ended() {}, flush: async () => {}, pending: 0 },
        streams: (ears) => {
          events = ears;
          return streams;
        },
        journal: null,
        store: { ...noStateFile(name), save: () => soon("save") },
        log: SILENT,
      },
      {
        cap: this.cap,
        queueTimeoutMs: 1,
        startTimeoutMs: 1,
        stallTimeoutMs: 1,
        lingerMs: 1,
        releaseTimeoutMs: 1,
        proxy: name,
        life: "now",
      },
    );
    const proxy: Proxy = Object.assign(flags, { broker, timers });
    this.proxies.push(proxy);
    return proxy;
  }

  /** Time passes, and the living renew. */
  async renew(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      this.now += TERM / 4;
      for (const { timers, alive } of this.proxies)
        for (const timer of timers.splice(0))
          if (timer.what === "beat") timer.fire();
          else if (alive) timers.push(timer);
      await this.scheduler.waitIdle();
    }
  }

  /** An engine ends what nobody reads; some time later nobody waits for proof any more. */
  async endUnread(): Promise<void> {
    for (const here of this.carried.values())
      for (const { urls, by } of [...here]) if (!by.alive) this.end(urls);
    for (const { timers, alive } of this.proxies)
      if (alive)
        for (const timer of timers.splice(0))
          if (timer.what.startsWith("release ")) timer.fire();
          else timers.push(timer);
    await this.scheduler.waitIdle();
  }
}

async function live(
  scheduler: fc.Scheduler,
  [cap, foreign]: readonly [number, number],
  asks: readonly Ask[],
  dies: boolean,
) {
  const scene = new Scene(scheduler, cap, foreign);
  const proxies = [1, 2, 3].map((index) => scene.proxy(index));
  for (const { broker } of proxies) await scheduler.waitFor(broker.start());
  await scheduler.waitIdle();
  const statuses: string[] = [];
  for (const [index, { content, proxy: at, leaves }] of asks.entries())
    void scene.soon(`request ${index}`).then(async () => {
      const proxy = proxies[at] as Proxy;
      const id = `id:${`${content}`.padStart(40, "a")}`;
      statuses[index] = "waits";
      const { client, admission } = proxy.broker.request({
        content: id,
        variant: "",
        who: `client ${index}`,
      });
      const leave = (): void => {
        statuses[index] = statuses[index] === "waits" ? "left" : (statuses[index] ?? "");
        proxy.broker.leave(client);
      };
      if (leaves) void scene.soon(`client ${index} goes away`).then(leave);
      const { kind } = await admission;
      statuses[index] = kind;
      if (kind === "serve") void scene.soon(`client ${index} has enough`).then(leave);
    });
  const dead = proxies[0] as Proxy;
  if (dies)
    void scene.soon("the first proxy dies").then(() => {
      dead.alive = false;
    });
  await scheduler.waitIdle();
  if (dies) {
    await scene.renew(12);
    await scene.endUnread();
    await scene.renew(2);
  }
  return { scene, proxies, statuses };
}

const ask = fc.record({
  content: fc.integer({ min: 1, max: 4 }),
  proxy: fc.integer({ min: 0, max: 2 }),
  leaves: fc.boolean(),
});

for (const dies of [false, true])
  test(`in any order the cap holds, and nobody waits while a slot is free${dies ? ", though a proxy dies" : ""}`, async () => {
    let fullest = 0;
    let refused = 0;
    let adopted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.constantFrom([1, 0], [2, 0], [2, 1]),
        fc.array(ask, { minLength: 2, maxLength: 8 }),
        async (scheduler, [cap = 1, foreign = 0], asks) => {
          const { scene, proxies, statuses } = await live(scheduler, [cap, foreign], asks, dies);
          expect(scene.wrong).toEqual([]);
          expect(scene.highest).toBeLessThanOrEqual(cap);
          for (const [index, { proxy }] of asks.entries())
            if (!dies || proxy !== 0) expect(["serve", "left"]).toContain(statuses[index] ?? "none");
          expect([...scene.carried.values()].flat()).toEqual([]);
          expect([...scene.store.books.engines.keys()]).toEqual([]);
          for (const { broker, alive } of proxies) {
            if (!alive) continue;
            const { state, leases } = broker;
            expect([state.places.size, state.streams.size, state.clients.size]).toEqual([0, 0, 0]);
            expect(
              [...state.engines.values()].map(({ claims, blocked }) => [claims.length, blocked]),
            ).toEqual(PORTS.map(() => [0, false]));
            expect(leases?.drift).toEqual([]);
            expect(broker.counters.illegalMoves).toBe(0);
            refused += broker.counters.claims?.refused ?? 0;
            adopted += broker.counters.claims?.adopted ?? 0;
          }
          // Whoever is refused does not ask in circles.
          expect(scene.commands).toBeLessThan(60 + 30 * asks.length);
          fullest = Math.max(fullest, scene.highest);
        },
      ),
      { numRuns: 150, seed: 20251012 },
    );
    expect(fullest).toBe(2);
    expect(refused).toBeGreaterThan(20);
    if (dies) expect(adopted).toBeGreaterThan(20);
  }, 60_000);
