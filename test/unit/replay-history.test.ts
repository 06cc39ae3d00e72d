/** Several proxies, told by hand-written journals: what counts, since when, and what is wrong. */
import { describe, expect, test } from "bun:test";
import { historyOf, type NamedText } from "../../model/replay/history.ts";
import { pretty } from "../../model/replay/pretty.ts";
import type { Told } from "../../model/replay/told.ts";
import { CAP, Journal, Monitor, PLACE } from "../support/history.ts";

const a = (): Journal => new Journal("a", "box@:1", "one/x");
const b = (): Journal => new Journal("b", "box@:2", "two/y");

const told = (...of: readonly { readonly text: NamedText }[]): Promise<Told> =>
  historyOf(of.map(({ text }) => text));

describe("a lease that changes hands", () => {
  test("is right when it is given back before the other is granted it", async () => {
    const [one, two] = [a(), b()];
    one.play(10, 1);
    one.stop(20);
    two.play(30, 2);
    one.tick(40);
    expect(await told(one, two)).toMatchObject({
      verdict: "fine",
      cap: { value: 1, source: "file" },
      engines: [{ id: PLACE, name: "vpn1", certain: { load: 1 }, possible: { load: 1 } }],
      history: { proxies: [{ proxy: "box@:1", granted: 1, released: 1 }, { proxy: "box@:2" }], store: null },
    });
  });

  test("is right in the same millisecond, whichever file is named first", async () => {
    for (const order of [0, 1]) {
      const [one, two] = [a(), b()];
      one.play(10, 1);
      one.stop(20);
      two.play(20, 2);
      one.tick(40);
      expect((await told(...(order ? [one, two] : [two, one]))).verdict).toBe("fine");
    }
  });

  test("exceeds the cap when the other is granted it before, and all lines are told that say so", async () => {
    const [one, two] = [a(), b()];
    const first = one.play(10, 1);
    const second = two.play(19, 2);
    one.stop(20);
    const found = await told(one, two);
    expect(found.verdict).toBe("broken");
    expect(found.history?.exceeded.certainly).toMatchObject({
      place: PLACE,
      where: { file: 1, line: second },
      load: 2,
      cap: 1,
      sessions: [
        { lease: "one/x/1", proxy: "box@:1", certain: true, began: { file: 0, line: first } },
        { lease: "two/y/1", proxy: "box@:2", certain: true, began: { file: 1, line: second } },
      ],
    });
    const out = pretty(found, { colours: false, safe: (text) => text });
    expect(out).toContain(`b:${second}, 12:00:00.019: ${PLACE} carries 2 streams of all proxies`);
    expect(out).toContain(`a:${first}`);
  });

  test("within the skew cannot be told; beyond it, it can", async () => {
    const [one, two] = [a(), new Journal("b", "other@:2", "two/y")];
    one.play(10, 1);
    two.play(1_000, 2);
    one.stop(1_050);
    const texts = [one.text, two.text];
    expect(await historyOf(texts)).toMatchObject({
      verdict: "unknown",
      above: { certainly: null, possibly: {} },
      history: { skewMs: 100 },
    });
    expect((await historyOf(texts, { skewMs: 50 })).verdict).toBe("unknown");
    expect((await historyOf(texts, { skewMs: 49 })).verdict).toBe("broken");
    expect((await historyOf(texts, { cap: 2 })).verdict).toBe("fine");
  });

  test("is told within the skew, too, by the store's own order", async () => {
    const [one, two] = [a(), new Journal("b", "other@:2", "two/y")];
    const store = new Monitor();
    store.reserve(10, "one/x", 1, 1);
    one.play(12, 1);
    store.release(990, "one/x", "one/x/1");
    store.reserve(995, "two/y", 1, 2);
    two.play(1_000, 2);
    one.stop(1_050);
    one.tick(2_000);
    expect(await told(one, two, store)).toMatchObject({
      verdict: "fine",
      history: { store: { granted: 2, ended: 1 } },
    });
  });
});

describe("of two steps that are near to each other, the order", () => {
  /** One slot is taken and another given back by one proxy while the other proxy plays. */
  function exchange(host: string, plays: number, taken: number, freed: number): Journal[] {
    const one = new Journal("a", "box@:1", "one/x", 2);
    const two = new Journal("b", `${host}@:2`, "two/y", 2);
    one.play(10, 1);
    two.play(plays, 2);
    one.slot = 1;
    one.play(taken, 3, 2);
    one.slot = 0;
    one.session = 1;
    one.stop(freed);
    two.tick(9_000);
    return [one, two];
  }

  test("of one proxy's own is as its journal says, even in one millisecond", async () => {
    expect(await told(...exchange("box", 500, 1_000, 1_000))).toMatchObject({
      illegal: null,
      above: { certainly: {} },
    });
  });

  test("to another proxy's begin is not certain, either", async () => {
    expect(await told(...exchange("other", 1_000, 1_017, 1_030))).toMatchObject({
      verdict: "unknown",
      illegal: null,
      above: { certainly: null },
    });
    expect(await told(...exchange("other", 1_000, 1_017, 1_101))).toMatchObject({
      illegal: null,
      above: { certainly: {} },
    });
  });

  test("is the store's, whatever a clock says that goes before the others", async () => {
    const [one, two, store] = [a(), new Journal("b", "other@:2", "two/y"), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.play(12, 1);
    two.play(960, 2);
    store.release(990, "one/x", "one/x/1");
    store.reserve(995, "two/y", 1, 2);
    one.stop(1_000);
    two.tick(2_000);
    expect((await told(one, two)).verdict).toBe("unknown");
    expect((await told(one, two, store)).verdict).toBe("fine");
  });
});

describe("what counts", () => {
  test("is not a slot that the store refuses", async () => {
    const [one, two] = [a(), b()];
    one.play(10, 1);
    two.pending(20);
    two.lease(30, "refused");
    two.move(30, "pending", "released", "refused");
    two.free(30, "never opened");
    one.tick(40);
    expect(await told(one, two)).toMatchObject({ verdict: "fine", engines: [{ possible: { load: 1 } }] });
  });

  test("is the slot that is pending, for a proxy without leases", async () => {
    const [one, two] = [a(), b()];
    one.pending(10);
    one.move(11, "pending", "active", "started");
    one.stop(12);
    one.lines.pop();
    one.pending(20);
    two.play(30, 1);
    one.move(40, "pending", "active", "started");
    expect(await told(one, two)).toMatchObject({
      verdict: "broken",
      history: { exceeded: { certainly: { load: 2, where: { file: 1 } } } },
    });
  });

  test("is one session when another proxy takes it over, until somebody proves its end", async () => {
    const [one, two, three] = [a(), b(), new Journal("c", "box@:3", "three/z")];
    one.play(10, 1);
    two.adopt(2_000, "one/x/1");
    three.tick(2_500);
    two.free(3_000);
    three.play(3_000, 2);
    two.tick(4_000);
    expect(await told(one, two, three)).toMatchObject({
      verdict: "fine",
      engines: [{ certain: { load: 1 } }],
    });
    const early = new Journal("c", "box@:3", "three/z");
    const line = early.play(2_999, 2);
    early.tick(3_000);
    expect(await told(one, two, early)).toMatchObject({
      verdict: "broken",
      history: { exceeded: { certainly: { where: { file: 2, line } } } },
    });
  });

  test("is possible, and no more, of a proxy that died without a line for its end", async () => {
    const [one, two] = [a(), b()];
    one.play(10, 1);
    two.play(500_000, 2);
    expect(await told(one, two)).toMatchObject({
      verdict: "unknown",
      history: {
        exceeded: { certainly: null, possibly: { sessions: [{ certain: false }, { certain: true }] } },
      },
    });
  });

  test("is possible, and no more, where the lines that may tell its end are missing", async () => {
    const [one, two] = [a(), b()];
    one.play(10, 1);
    one.stop(20);
    one.tick(40);
    two.play(30, 2);
    two.tick(50);
    const missing = { name: "a", text: [...one.lines.slice(0, 6), ...one.lines.slice(9)].join("\n") };
    const found = await historyOf([missing, two.text]);
    expect(found).toMatchObject({ verdict: "unknown", above: { certainly: null, possibly: {} } });
    expect(found.doubts).toEqual(["a:7: number 10 follows 6: 3 lines are missing"]);
  });

  test("without a lease is possible for as long as an engine keeps what nobody reads", async () => {
    for (const [seconds, verdict] of [
      [80, "unknown"],
      [100, "fine"],
    ] as const) {
      const [one, two] = [a(), b()];
      one.pending(10);
      one.move(11, "pending", "active", "started");
      two.play(seconds * 1_000, 1);
      two.tick(seconds * 1_000 + 1);
      expect((await told(one, two)).verdict).toBe(verdict);
    }
  });

  test("goes on in the proxy's next life, in its own file or in another", async () => {
    const again = new Journal("a2", "box@:1", "one/x2", CAP, 1_000);
    again.move(1_000, "free", "pending", "former life", null);
    again.move(1_000, "pending", "released", "former life", null);
    again.tick(1_100);
    again.move(2_000, "released", "free", "stop confirmed", null);
    const [one, two] = [a(), b()];
    one.play(10, 1);
    two.play(3_000, 2);
    again.tick(4_000);
    const found = await told(one, again, two);
    expect(found).toMatchObject({ verdict: "fine", history: { proxies: [{ lives: 2 }, { lives: 1 }] } });
    const joined = { text: { name: "a", text: one.text.text + again.text.text } };
    expect(await told(joined, two)).toMatchObject({
      verdict: "fine",
      history: { proxies: [{ lives: 2 }, {}] },
    });
  });

  test("of a former life is what is left when the lease of another slot turns out to be given back", async () => {
    const one = new Journal("a", "box@:1", "one/x", 2);
    const again = new Journal("a2", "box@:1", "one/x2", 2, 1_000);
    const two = new Journal("b", "box@:2", "two/y", 2);
    one.play(10, 1);
    one.slot = 1;
    one.play(20, 2, 2);
    for (const slot of [0, 1]) {
      again.slot = slot;
      again.move(1_000, "free", "pending", "former life", null);
      again.move(1_000, "pending", "released", "former life", null);
    }
    again.slot = 0;
    again.tick(1_100);
    again.move(2_000, "released", "free", "stop confirmed", null);
    again.lease(2_000, "released", { lease: "one/x/2" });
    const first = two.play(3_000, 3);
    two.slot = 1;
    const second = two.play(3_001, 4, 2);
    for (const journal of [again, two]) journal.tick(4_000);
    expect((await told(one, again, two)).history?.exceeded.certainly).toMatchObject({
      load: 3,
      where: { file: 2, line: second },
      sessions: [
        { lease: "one/x/1", proxy: "box@:1" },
        { lease: "two/y/1", began: { line: first } },
        { lease: "two/y/2" },
      ],
    });
  });

  test("is what begins to play after all, when its slot was given back by others meanwhile", async () => {
    const [one, two, three] = [a(), b(), new Journal("c", "box@:3", "three/z")];
    one.pending(10);
    one.lease(10, "granted", { fence: 1 });
    two.adopt(2_000, "one/x/1");
    two.free(3_000, "release deadline");
    three.play(4_000, 2);
    const line = one.move(5_000, "pending", "active", "started");
    for (const journal of [one, two, three]) journal.tick(6_000);
    expect(await told(one, two, three)).toMatchObject({
      verdict: "broken",
      history: { windows: 1, exceeded: { certainly: { where: { file: 0, line } } } },
    });
  });

  test("is held against the cap of the proxy that was granted it, as in the store", async () => {
    const grants = async (firstHas: number, secondHas: number): Promise<Told> => {
      const one = new Journal("a", "box@:1", "one/x", firstHas);
      const two = new Journal("b", "box@:2", "two/y", secondHas);
      one.play(10, 1);
      two.play(20, 2);
      one.tick(30);
      two.tick(30);
      return told(one, two);
    };
    const allowed = await grants(1, 2);
    expect(allowed).toMatchObject({ verdict: "fine", cap: { value: 2 } });
    expect(allowed.notes).toContainEqual(
      "b:1: the cap is 2 here, and 1 at box@:1: each grant is held against its own proxy's",
    );
    const found = await grants(2, 1);
    expect(found).toMatchObject({
      verdict: "broken",
      history: { exceeded: { certainly: { load: 2, cap: 1, where: { file: 1 } } } },
    });
    expect(found.notes.join("\n")).toContain("each grant is held against its own proxy's");
  });

  test("is what one proxy did, if its journal is given alone: the note and the verdict say so", async () => {
    const [one, two] = [a(), b()];
    one.play(10, 1);
    one.stop(20);
    two.tick(30);
    const look = { colours: false, safe: (text: string) => text };
    const alone = await told(one);
    expect(alone.verdict).toBe("fine");
    expect(alone.notes.filter((note) => note.startsWith("This proxy shared its engines"))).toHaveLength(1);
    expect(pretty(alone, look)).toContain("no engine was given more than its cap by this proxy.");
    expect(pretty(alone, look)).toContain(
      "note: This proxy shared its engines, and no other proxy's journal",
    );
    const both = await told(one, two);
    expect(both.notes.join("\n")).not.toContain("This proxy shared its engines");
    expect(pretty(both, look)).toContain("more than its cap at any instant.");
    const store = new Monitor();
    store.reserve(10, "one/x", 1, 1);
    store.release(21, "one/x", "one/x/1");
    expect((await told(one, store)).notes.join("\n")).not.toContain("This proxy shared its engines");
  });

  test("of what was claimed, the head says claims, since some are refused", async () => {
    const one = a();
    one.play(10, 1);
    one.stop(20);
    one.pending(30);
    one.lease(30, "refused");
    one.move(30, "pending", "released", "refused");
    one.free(31, "never opened");
    const out = pretty(await told(one), { colours: false, safe: (text) => text });
    expect(out).toContain(" · 2 claims · ");
    expect(out).not.toContain("grants ·");
  });
});

describe("an illegal step", () => {
  const wrong: Readonly<Record<string, readonly [sentence: string, make: () => { text: NamedText }[]]>> = {
    "a start without a lease": [
      "slot 0 of engine id-a plays, but no line says that its lease was granted",
      () => {
        const one = a();
        one.play(10, 1);
        one.stop(20);
        one.pending(30);
        one.move(31, "pending", "active", "started");
        return [one];
      },
    ],
    "a lease that is granted twice": [
      "lease one/x/1 is granted, and was before",
      () => {
        const one = a();
        one.play(10, 1);
        one.lease(20, "granted", { fence: 2 });
        return [one];
      },
    ],
    "a lease for which no slot is pending": [
      "lease one/x/0 is granted, but no slot of this proxy is pending for it",
      () => {
        const one = a();
        one.lease(20, "granted", { fence: 2 });
        return [one];
      },
    ],
    "a lease that is given back while its slot is held": [
      "lease one/x/1 is given back, but slot 0 of engine id-a is still held",
      () => {
        const one = a();
        one.play(10, 1);
        one.lease(20, "released");
        return [one];
      },
    ],
    "a fence that comes twice": [
      `fence 1 is granted twice at ${PLACE}`,
      () => {
        const [one, two] = [a(), b()];
        one.play(10, 1);
        one.stop(20);
        two.play(20, 1);
        return [one, two];
      },
    ],
    "a fence that falls": [
      "fence 4 is granted, but 5 had been told before it was asked for: fences only rise",
      () => {
        const [one, two] = [a(), b()];
        one.play(10, 5);
        one.stop(20);
        two.play(30, 4);
        return [one, two];
      },
    ],
    "a load that nobody can have claimed": [
      "the load of engine id-a is told as 2, but it is 1",
      () => {
        const one = new Journal("a", "box@:1", "one/x", 2);
        one.pending(10, 2);
        one.move(11, "pending", "active", "started");
        return [one];
      },
    ],
    "a grant that the store never made": [
      "lease one/x/1 is granted, but the store's stream knows of no such grant",
      () => {
        const [one, store] = [a(), new Monitor()];
        store.ask(0, { type: "join", member: "one/x" });
        one.play(1_000, 1);
        store.ask(2_000, { type: "beat", member: "one/x" });
        return [one, store];
      },
    ],
    "a fence that the store gave otherwise": [
      "lease one/x/1 has fence 2, but 1 in the store's stream",
      () => {
        const [one, store] = [a(), new Monitor()];
        store.reserve(10, "one/x", 1, 1);
        one.play(11, 2);
        return [one, store];
      },
    ],
    "a store that goes above the cap": [
      `the store grants two/y/1 and has 2 leases at ${PLACE}, more than the cap of 1`,
      () => {
        const store = new Monitor();
        store.reserve(10, "one/x", 1, 1);
        store.reserve(11, "two/y", 1, 2);
        return [a(), store];
      },
    ],
    "a store whose fences fall": [
      "the store grants fence 1 after 2: fences only rise",
      () => {
        const store = new Monitor();
        store.reserve(10, "one/x", 1, 2);
        store.release(11, "one/x", "one/x/1");
        store.reserve(12, "two/y", 1, 1);
        return [a(), store];
      },
    ],
    "a lease that is given back before its slot is free": [
      "lease one/x/1 ended in the store 480 ms before its slot was free",
      () => {
        const [one, store] = [a(), new Monitor()];
        store.reserve(10, "one/x", 1, 1);
        one.play(11, 1);
        store.release(20, "one/x", "one/x/1");
        one.stop(500);
        return [one, store];
      },
    ],
  };
  for (const [what, [sentence, make]] of Object.entries(wrong))
    test(`is ${what}`, async () => {
      const found = await told(...make());
      expect(found.illegal?.sentence).toBe(sentence);
      expect(found.verdict).toBe("broken");
    });
});

describe("a store's stream", () => {
  test("tells what a dead proxy could not: the end of its session", async () => {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.play(11, 1);
    store.release(900, "two/y", "one/x/1");
    store.reserve(1_000, "two/y", 1, 2);
    two.play(1_001, 2);
    expect((await told(one, two)).verdict).toBe("unknown");
    expect(await told(one, two, store)).toMatchObject({ verdict: "fine" });
    // To a proxy without leases, too, of which the store knows nothing.
    const three = new Journal("c", "box@:3", "");
    three.pending(980);
    three.move(981, "pending", "active", "started");
    three.move(990, "active", "released", "nobody watches");
    three.move(990, "released", "free", "stop confirmed");
    two.tick(2_000);
    expect(await told(one, two, three, store)).toMatchObject({ verdict: "fine" });
  });

  test("that goes on with older data gives nothing back by that", async () => {
    const [one, store] = [new Journal("a", "box@:1", "one/x", 2), new Monitor()];
    store.reserve(10, "one/x", 1, 1, 2);
    one.play(11, 1);
    store.reserve(20, "one/x", 2, 2, 2);
    one.slot = 1;
    one.play(21, 2, 2);
    const newer = store.held.pop();
    store.ask(500, { type: "join", member: "one/x" });
    store.show(500, "lua", "DEL", "{aceslot}:members", "{aceslot}:queue", "{aceslot}:freed");
    store.write(500);
    if (newer) store.held.push(newer);
    store.write(500);
    one.stop(5_000);
    store.release(5_001, "one/x", "one/x/2");
    one.tick(6_000);
    expect(await told(one, store)).toMatchObject({ verdict: "fine", history: { store: { losses: 1 } } });
  });

  test("that goes on with older data may hand over again what was given back with proof", async () => {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(2, "two/y", 1, 1);
    two.play(3, 1);
    two.stop(4);
    store.release(5, "two/y", "two/y/1");
    store.reserve(10, "one/x", 1, 2);
    one.play(11, 2);
    store.ask(900, { type: "beat", member: "two/y" });
    store.adopt(900, "two/y");
    two.adopt(901, "one/x/1");
    two.free(950);
    const [older] = store.held;
    store.release(951, "two/y", "one/x/1");
    if (older) store.held.push(older);
    store.ask(1_000, { type: "join", member: "two/y" });
    store.show(1_000, "lua", "DEL", "{aceslot}:members", "{aceslot}:queue", "{aceslot}:freed");
    store.ask(2_000, { type: "beat", member: "two/y" });
    store.adopt(2_000, "two/y");
    two.adopt(2_001, "one/x/1");
    two.free(4_500);
    store.release(4_501, "two/y", "one/x/1");
    two.tick(5_000);
    expect((await told(one, two, store)).illegal).toBeNull();
  });

  test("tells of a start after its proxy's end: a window, and wrong only if another got the slot", async () => {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.pending(10);
    one.lease(11, "granted", { fence: 1 });
    store.ask(1_500, { type: "beat", member: "two/y" });
    store.show(1_500, "lua", "HDEL", "{aceslot}:members", "one/x");
    const line = one.move(3_000, "pending", "active", "started");
    two.tick(4_000);
    const found = await told(one, two, store);
    expect(found).toMatchObject({ verdict: "fine", history: { windows: 1, store: { membersEnded: 1 } } });
    expect(found.notes).toContainEqual(
      `a:${line}: lease one/x/1 begins to play after the store ended its proxy's membership`,
    );
  });

  test("that breaks off near a grant leaves it open; one that loses its memory accuses nobody", async () => {
    const [one, store] = [a(), new Monitor()];
    store.ask(0, { type: "join", member: "one/x" });
    store.lines.push("OK");
    store.ask(1_000, { type: "beat", member: "one/x" });
    one.play(1_020, 1);
    store.ask(5_000, { type: "beat", member: "one/x" });
    expect(await told(one, store)).toMatchObject({ verdict: "unknown", illegal: null });

    const [other, emptied] = [a(), new Monitor()];
    emptied.reserve(10, "one/x", 1, 7);
    other.play(11, 7);
    emptied.show(20, "10.0.0.1:1", "flushall");
    emptied.ask(30, { type: "join", member: "one/x" });
    emptied.show(30, "lua", "DEL", "{aceslot}:members", "{aceslot}:queue", "{aceslot}:freed");
    emptied.write(30);
    other.stop(1_000);
    emptied.release(1_001, "one/x", "one/x/1");
    emptied.reserve(2_000, "one/x", 2, 3);
    const found = await told(other, emptied);
    expect(found).toMatchObject({ verdict: "fine", history: { store: { losses: 1 } } });
    expect(found.notes).toContainEqual(expect.stringContaining("the store has lost its memory"));
  });
});

test("texts that are empty are left out; if all are, there is nothing to replay", async () => {
  const one = a();
  one.play(10, 1);
  expect((await historyOf([{ name: "x", text: "" }, one.text])).files).toEqual(["a"]);
  expect(historyOf([{ name: "x", text: "\n" }])).rejects.toThrow("all texts are empty");
});
