/** What the broker counts adds up after every decision, in any world; and each word is counted for what it means. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Counts, Histogram } from "../../src/broker/index.ts";
import { type ListedEngine, type SelectorEvent, type State, type Step, step } from "../../src/slots/index.ts";
import { CoreWorld, type WorldSize } from "../support/core-world.ts";
import { answer, core, due, engine, refused } from "./slots/core.ts";

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Counts as the broker does: requests when they come, then each decision, then the answers that it gives. */
class Counting {
  readonly clock = { ms: 0, monotonicMs: () => this.clock.ms };
  readonly counts = new Counts(this.clock);
  asked = 0;
  moves = { granted: 0, began: 0, freed: 0 };

  took(event: SelectorEvent, before: State, taken: Step): void {
    const { requests } = this.counts;
    if (event.type === "request" && !before.clients.has(event.client)) {
      this.asked++;
      requests.asked(event.client);
    }
    if (event.type === "leave") requests.left(event.client, "closed the connection");
    this.counts.took(event, before, taken);
    for (const effect of taken.effects)
      if (effect.type === "serve") requests.served(effect.client);
      else if (effect.type === "reject") requests.refused(effect.client, effect.code);
    for (const record of taken.records) {
      if ("type" in record && record.type === "grant") this.moves.granted++;
      if ("to" in record && record.to === "active") this.moves.began++;
      if ("to" in record && record.to === "free") this.moves.freed++;
    }
    // Nobody tells the core of those who have had a content to its end: the data plane tells when they have.
    if (event.type === "sourceEnded" && event.fault === "over")
      for (const [client, { served }] of before.clients)
        if (served && !taken.state.clients.has(client)) requests.left(client, "the content is over");
  }

  /** Everything that must hold now. */
  check({ places, streams, clients }: State): void {
    const { sessions, requests } = this.counts;
    const phases = [...streams.values()].map(({ phase }) => phase);
    const served = [...clients.values()].filter((client) => client.served).length;
    expect({
      held: sessions.started + sessions.recovered - sumOf(sessions.releases),
      underWay: sessions.started - sumOf(sessions.outcomes),
      waiting: this.asked - sumOf(requests.outcomes),
      served: requests.outcomes.served - sumOf(requests.endings),
      granted: sessions.started,
      freed: sumOf(sessions.releases),
      starts: sessions.startSeconds.count,
    }).toEqual({
      held: places.size,
      underWay: phases.filter((phase) => phase === "starting").length,
      waiting: clients.size - served,
      served,
      granted: this.moves.granted,
      freed: this.moves.freed,
      starts: sessions.outcomes.played,
    });
    expect(sessions.outcomes.played).toBeLessThanOrEqual(this.moves.began);
    expect(sumOf(sessions.failures.start)).toBe(sessions.outcomes.failed);
  }
}

const sizes: fc.Arbitrary<WorldSize> = fc.record({
  engines: fc.integer({ min: 1, max: 3 }),
  cap: fc.integer({ min: 1, max: 2 }),
  contents: fc.integer({ min: 1, max: 4 }),
  requests: fc.integer({ min: 1, max: 14 }),
  spares: fc.integer({ min: 0, max: 2 }),
  troubles: fc.integer({ min: 0, max: 10 }),
  labels: fc.boolean(),
});

describe("in any world", () => {
  const reached = new Map<string, number>();
  const note = (kind: string, counts: Readonly<Record<string, number>>): void => {
    for (const [word, count] of Object.entries(counts))
      reached.set(`${kind} ${word}`, (reached.get(`${kind} ${word}`) ?? 0) + count);
  };

  test("all sums hold after every decision", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(), { maxLength: 160, size: "max" }), (size, choices) => {
        let counting = new Counting();
        let last: State | null = null;
        const world = new CoreWorld(size, (state, event) => {
          // A crash begins a new life, which counts anew.
          if (last !== null && state !== last) counting = new Counting();
          const taken = step(state, event);
          counting.took(event, state, taken);
          counting.check(taken.state);
          last = taken.state;
          return taken;
        });
        for (const choice of choices) if (!world.choose(choice)) break;
        const { sessions, requests } = counting.counts;
        note("outcome", sessions.outcomes);
        note("proof", sessions.releases);
        note("request", requests.outcomes);
        note("client", requests.endings);
        note("stream", sessions.endings);
        note("start", sessions.failures.start);
        note("play", sessions.failures.play);
        const { failovers, recovered, lateAnswers, setAside } = sessions;
        note("session", { failovers, recovered, lateAnswers, setAside });
      }),
      { numRuns: 400, seed: 20251012 },
    );
  }, 60_000);

  test("all words were needed", () => {
    const never = [...reached].flatMap(([word, count]) => (count > 0 ? [] : [word]));
    expect(never.sort()).toEqual(NOT_THERE);
  });
});

/** These worlds share no store, and the core knows of nobody that a client is slow. */
const NOT_THERE: string[] = ["client slow", "outcome refused"];

/** A core that counts, and a clock that a test sets. */
function counted(...engines: Parameters<typeof core>[1][]) {
  const counting = new Counting();
  const world = core({ cap: 1 }, ...engines);
  return {
    counting,
    ...counting.counts,
    send(...events: SelectorEvent[]) {
      for (const event of events) {
        const before = world.state;
        const taken = step(before, event);
        world.send(event);
        counting.took(event, before, taken);
        counting.check(taken.state);
      }
    },
    ask: (client: number, content: string, who = `tv ${client}`): SelectorEvent => ({
      type: "request",
      client,
      content,
      variant: "",
      who,
    }),
    started: (session: number): SelectorEvent => ({ type: "started", session, answer: answer(session) }),
    media: (session: number): SelectorEvent => ({ type: "media", session }),
  };
}

describe("time", () => {
  test("from a slot to its first media, and from a request to its first byte, is measured by a clock that cannot jump", () => {
    const { counting, sessions, requests, send, ask, started, media } = counted(engine("e1", 1));
    send(ask(1, "a"));
    counting.clock.ms = 400;
    send(started(1));
    counting.clock.ms = 1_700;
    send(media(1));
    counting.clock.ms = 1_750;
    requests.tookFirstByte(1);
    requests.tookFirstByte(1);
    expect([sessions.startSeconds.sum, requests.firstByte.sum, requests.firstByte.count]).toEqual([
      1.7, 1.75, 1,
    ]);
    expect(requests.waits.served.count).toBe(0);
  });

  test("in the queue is that of all waits of a request together, and only of those that had to", () => {
    const { counting, requests, send, ask, started, media } = counted(engine("e1", 1));
    send(ask(1, "a"), started(1), media(1), ask(2, "b"), ask(3, "c"));
    counting.clock.ms = 2_000;
    // The first one leaves: the next gets its slot, and waits no more.
    send({ type: "leave", client: 1 }, due({ kind: "linger", stream: 1 }));
    send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    counting.clock.ms = 9_000;
    send(started(2), media(2));
    expect([requests.waits.served.count, requests.waits.served.sum]).toEqual([1, 2]);
    send({ type: "leave", client: 3 });
    expect([requests.waits.left.count, requests.waits.left.sum]).toEqual([1, 9]);
  });

  test("in the queue goes on where a start fails and another one is waited for", () => {
    const { counting, requests, send, ask, started, media } = counted(engine("e1", 1), engine("e2", 2));
    const end = (session: number): SelectorEvent[] => [
      { type: "end", stream: session, reason: "ended by hand" },
      { type: "stopConfirmed", session, proof: "stop confirmed" },
    ];
    send(ask(1, "a"), started(1), media(1), ask(2, "b"), started(2), media(2), ask(3, "c"));
    counting.clock.ms = 2_000;
    send(...end(1));
    counting.clock.ms = 2_500;
    send(refused(3));
    counting.clock.ms = 5_500;
    send(...end(2), started(4), media(4));
    expect(requests.waits.served.sum).toBe(5);
  });

  test("does not run out by bytes of a start that is not answered yet", () => {
    const { sessions, send, ask, media } = counted(engine("e1", 1));
    send(ask(1, "a"), media(1));
    expect([sessions.outcomes.played, sessions.startSeconds.count]).toEqual([0, 0]);
  });
});

describe("an end", () => {
  test("by hand, by a slow client and by a shutdown is told apart", () => {
    const { requests, sessions, send, ask, started, media } = counted(engine("e1", 1), engine("e2", 2));
    send(ask(1, "a"), started(1), media(1), ask(2, "a"), ask(3, "b"), started(2), media(2));
    requests.left(2, "takes nothing");
    send({ type: "leave", client: 2 });
    send({ type: "end", stream: 1, reason: "ended by hand" }, { type: "drain" });
    expect(requests.endings).toMatchObject({ slow: 1, by_hand: 1, shutdown: 1, left: 0 });
    expect(sessions.endings).toMatchObject({ by_hand: 1, shutdown: 1, failed: 0 });
  });

  test("of a start that the store refuses is nobody's failure", () => {
    const { sessions, send, ask } = counted(engine("e1", 1));
    send(ask(1, "a"), { type: "leaseRefused", session: 1, message: "taken" });
    expect(sessions.outcomes).toMatchObject({ refused: 1, failed: 0, withdrawn: 0 });
    expect(sessions.releases).toMatchObject({ never_opened: 1 });
  });

  test("of an engine's start is a failure of the engine once, whatever it says afterwards", () => {
    const { sessions, send, ask } = counted(engine("e1", 1));
    send(ask(1, "a"), refused(1), refused(1));
    expect(sessions.failures.start).toEqual({ engine: 1, content: 0, timeout: 0 });
    expect(sessions.failures.play).toEqual({ engine: 0, content: 0, timeout: 0 });
    expect(sessions.setAside).toBe(1);
  });

  test("of an engine's start sets it aside once, wherever it is asked next; and a new engine that is asked is none", () => {
    const { sessions, send, ask } = counted(engine("e1", 1));
    const look = (asked: number, ...engines: ListedEngine[]): SelectorEvent => ({
      type: "snapshot",
      ...{ asked, engines, streams: [] },
    });
    send({ type: "configure", cap: 1, provisioning: true }, ask(1, "a"), refused(1));
    send(look(2, engine("e1", 9)));
    expect(sessions.setAside).toBe(1);
    send(ask(2, "b"), look(3, engine("e1", 9), engine("e2", 2)));
    expect([sessions.provisions.asked, sessions.setAside]).toEqual([1, 1]);
  });

  test("of a session that played moves its stream; a start that is tried again, or was waited for, moves none", () => {
    const { sessions, send, ask, started, media } = counted(...[1, 2, 3].map((n) => engine(`e${n}`, n)));
    send(ask(1, "a"), refused(1), started(2), media(2));
    send(ask(2, "b"), started(3), media(3), ask(3, "c"));
    send({ type: "end", stream: 2, reason: "ended by hand" });
    send({ type: "stopConfirmed", session: 3, proof: "stop confirmed" }, started(4), media(4));
    expect([sessions.started, sessions.failovers]).toEqual([4, 0]);
    send({ type: "end", stream: 3, reason: "ended by hand" });
    send({ type: "stopConfirmed", session: 4, proof: "stop confirmed" });
    send({ type: "sourceEnded", session: 2, fault: "engine", message: "it is gone" });
    expect([sessions.started, sessions.failovers]).toEqual([5, 1]);
  });

  test("of a start that nobody wanted any more is no failure", () => {
    const { sessions, send, ask } = counted(engine("e1", 1));
    send(ask(1, "a"), { type: "end", stream: 1, reason: "ended by hand" }, refused(1, "content"));
    expect(sessions.outcomes).toMatchObject({ withdrawn: 1, failed: 0 });
    expect([sessions.failures.start.content, sessions.failures.play.content]).toEqual([0, 0]);
  });
});

describe("a histogram", () => {
  test("sorts values into the bucket of the first bound that they do not pass", () => {
    const histogram = new Histogram([1, 2]);
    for (const value of [0, 1, 1.5, 2, 7]) histogram.observe(value);
    expect([histogram.counts, histogram.sum, histogram.count]).toEqual([[2, 2, 1], 11.5, 5]);
  });
});
