/** What a list changes in an engine that is known already. */
import { describe, expect, test } from "bun:test";
import {
  type Effect,
  initialState,
  type JournalRecord,
  type ListedEngine,
  type ListedStream,
  type SelectorEvent,
  step,
} from "../../../src/slots/index.ts";

const ENGINE: ListedEngine = {
  id: "127.0.0.1:19000",
  name: "engine",
  address: { scheme: "http", host: "127.0.0.1", port: 19000 },
  health: "healthy",
  draining: false,
  forwarded: false,
  usedAtMs: null,
};

const STARTED = {
  urls: {
    playback: "http://127.0.0.1:19000/p",
    stat: "http://127.0.0.1:19000/s",
    command: "http://127.0.0.1:19000/c",
  },
  infohash: null,
  playbackSession: "session",
  isLive: true,
};

const FOREIGN: ListedStream = {
  engine: ENGINE.id,
  contents: ["id:1"],
  playbackSession: "theirs",
  label: "theirs",
  urls: null,
};

function pool(cap = 1) {
  let state = initialState({ cap });
  const effects: Effect[] = [];
  const records: JournalRecord[] = [];
  let asked = 0;
  const send = (event: SelectorEvent): void => {
    const taken = step(state, event);
    expect(taken.illegal).toEqual([]);
    state = taken.state;
    effects.push(...taken.effects);
    records.push(...taken.records);
  };
  return {
    effects,
    records,
    get engine() {
      return [...state.engines.values()][0];
    },
    send,
    look: (engines: ListedEngine[], streams: ListedStream[] = []) =>
      send({ type: "snapshot", asked: ++asked, engines, streams }),
    play: () => {
      send({ type: "request", client: 1, content: "id:2", variant: "", who: "tv" });
      send({ type: "started", session: 1, answer: STARTED });
    },
    of: <T extends Effect["type"]>(type: T) =>
      effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type),
  };
}

describe("an engine that is listed under another id than before", () => {
  test("is reported under the id that the list knows now, after it was a fallback", () => {
    const { send, look, play, of } = pool();
    send({ type: "fallback", engines: [ENGINE] });
    look([{ ...ENGINE, id: "container" }]);
    play();
    expect(of("reportStarted").map(({ engine }) => engine)).toEqual(["container"]);
  });

  test("has its end reported where its start was", () => {
    const { send, look, play, of } = pool();
    look([{ ...ENGINE, id: "old" }]);
    play();
    look([{ ...ENGINE, id: "new" }]);
    send({ type: "leave", client: 1 });
    send({ type: "timer", timer: { kind: "linger", stream: 1 } });
    send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(of("reportEnded").map(({ engine }) => engine)).toEqual(["old"]);
  });

  test("is written down under its new name", () => {
    const { look, records } = pool();
    look([{ ...ENGINE, id: "old", name: "old" }]);
    look([{ ...ENGINE, id: "new", name: "new" }]);
    const seen = records.flatMap((record) =>
      "type" in record && record.type === "engine_seen" ? [record.name] : [],
    );
    expect(seen).toEqual(["old", "new"]);
  });
});

test("an engine that rests is asked at its new address when it moves", () => {
  const { send, look, of } = pool();
  look([ENGINE]);
  send({ type: "request", client: 1, content: "id:2", variant: "", who: "tv" });
  send({ type: "startFailed", session: 1, fault: "engine", opened: "no", message: "refused" });
  look([{ ...ENGINE, address: { ...ENGINE.address, port: 19001 } }]);
  expect(of("probe").map(({ address }) => address.port)).toEqual([19000, 19001]);
});

test("the streams of others are written down as they are counted, also on an engine that is not listed any more", () => {
  const world = pool(2);
  world.look([ENGINE]);
  world.play();
  world.look([], [FOREIGN]);
  expect(world.engine?.foreign).toHaveLength(1);
  const last = world.records.findLast((record) => "type" in record && record.type === "snapshot");
  expect(last).toMatchObject({ foreign: { [ENGINE.id]: 1 }, missing: [ENGINE.id] });
});

test("a request that waited for a slot hears that all are full, though an engine had failed it before", () => {
  const { send, look, effects } = pool();
  const second = { ...ENGINE, id: "second", address: { ...ENGINE.address, port: 19001 } };
  look([ENGINE, second], [{ ...FOREIGN, engine: "second" }]);
  send({ type: "request", client: 1, content: "id:2", variant: "", who: "tv" });
  send({ type: "startFailed", session: 1, fault: "engine", opened: "no", message: "refused" });
  send({ type: "timer", timer: { kind: "queue", client: 1 } });
  expect(effects.at(-2)).toMatchObject({ type: "reject", code: "no_capacity" });
});
