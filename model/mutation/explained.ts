/** Mutants of the selector that nothing kills, and why that is right. Checked by `make mutate`: none more, none less. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code.
import type { Explanation } from "./report.ts";

export const EXPLAINED: readonly Explanation[] = [
  {
    why: "An engine that is deleted is neither in the list of those that were touched nor looked at there: each of the two guards makes up for the other.",
    changes: [
      { at: "draft.ts deleteEngine", mutator: "CallExpression", change: "this.#touched.delete(id); → ;" },
      { at: "draft.ts finish", mutator: "ConditionalExpression", change: "engine → true" },
    ],
  },
  {
    why: "An entry that is no stream or engine has none of the fields that are asked for, so it is passed over.",
    changes: [
      { at: "draft.ts touchedStreams", mutator: "ArrayDeclaration", change: '[] → ["Stryker was here"]' },
      { at: "pool.ts openEngines", mutator: "ArrayDeclaration", change: '[] → ["Stryker was here"]' },
      { at: "queue.ts refreshOpen", mutator: "ArrayDeclaration", change: '[] → ["Stryker was here"]' },
      { at: "queue.ts lingeringStreams", mutator: "ArrayDeclaration", change: '[] → ["Stryker was here"]' },
    ],
  },
  {
    why: "Every caller has asked whether the session is held.",
    changes: [
      { at: "draft.ts patchSession", mutator: "ConditionalExpression", change: "!held → false" },
      { at: "draft.ts patchSession", mutator: "StringLiteral", change: "`session ${id} is not held` → ``" },
    ],
  },
  {
    why: "The flags are asked for twice, here and by `mayCarry`, which also decides what is worth waiting for.",
    changes: [
      {
        at: "pool.ts isUsable",
        mutator: "ConditionalExpression",
        change: "engine.listed && !engine.draining → true",
      },
      {
        at: "pool.ts isUsable",
        mutator: "LogicalOperator",
        change: "engine.listed && !engine.draining → engine.listed || !engine.draining",
      },
    ],
  },
  {
    why: "Undefined is as false as false.",
    changes: [
      { at: "pool.ts holdsContent", mutator: "ArrowFunction", change: "() => false → () => undefined" },
    ],
  },
  {
    why: "A shortcut: without it the same is found with more work.",
    changes: [
      {
        at: "leases.ts takeClaims",
        mutator: "ConditionalExpression",
        change: "others.length > 0 || engine.claims.length > 0 || blocked !== engine.blocked → true",
      },
      {
        at: "leases.ts takeClaims",
        mutator: "EqualityOperator",
        change: "others.length > 0 → others.length >= 0",
      },
      {
        at: "leases.ts takeClaims",
        mutator: "EqualityOperator",
        change: "engine.claims.length > 0 → engine.claims.length >= 0",
      },
      {
        at: "leases.ts forgetReleased",
        mutator: "ConditionalExpression",
        change: "before.size === 0 → false",
      },
      { at: "leases.ts forgetReleased", mutator: "ConditionalExpression", change: "gone.length > 0 → true" },
      {
        at: "leases.ts forgetReleased",
        mutator: "EqualityOperator",
        change: "gone.length > 0 → gone.length >= 0",
      },
      {
        at: "pool.ts holdsContent",
        mutator: "ConditionalExpression",
        change: "engine.foreign.length === 0 && engine.own === 0 && engine.claims.length === 0 → false",
      },
      {
        at: "pool.ts fitSlots",
        mutator: "ConditionalExpression",
        change: "slots.length !== engine.slots.length → true",
      },
      {
        at: "queue.ts pump",
        mutator: "ConditionalExpression",
        change: "draft.state.queue.length === 0 → false",
      },
      {
        at: "queue.ts pump",
        mutator: "ConditionalExpression",
        change: "draft.state.queue.length > 0 → true",
      },
      {
        at: "queue.ts pump",
        mutator: "EqualityOperator",
        change: "draft.state.queue.length > 0 → draft.state.queue.length >= 0",
      },
      {
        at: "queue.ts placesComing",
        mutator: "ConditionalExpression",
        change: "engine.own > 0 || engine.blocked → true",
      },
      {
        at: "queue.ts placesComing",
        mutator: "EqualityOperator",
        change: "engine.own > 0 → engine.own >= 0",
      },
      { at: "pool.ts isOwing", mutator: "ConditionalExpression", change: "own > 0 → true" },
      { at: "pool.ts isOwing", mutator: "EqualityOperator", change: "own > 0 → own >= 0" },
      { at: "queue.ts placesComing", mutator: "EqualityOperator", change: "places > 0 → places >= 0" },
      { at: "queue.ts takePlace", mutator: "ConditionalExpression", change: "coming.size === 0 → false" },
      {
        at: "selector.ts take",
        mutator: "ConditionalExpression",
        change: "stream.failovers + stream.tried.length > 0 → true",
      },
      {
        at: "selector.ts take",
        mutator: "EqualityOperator",
        change: "stream.failovers + stream.tried.length > 0 → stream.failovers + stream.tried.length >= 0",
      },
      { at: "selector.ts media", mutator: "ConditionalExpression", change: "engine.faults > 0 → true" },
      {
        at: "selector.ts media",
        mutator: "EqualityOperator",
        change: "engine.faults > 0 → engine.faults >= 0",
      },
      {
        at: "snapshot.ts takeSnapshot",
        mutator: "ConditionalExpression",
        change: "listed !== engine.listed || !sameKeys(here, engine.foreign) → true",
      },
      {
        at: "snapshot.ts sameKeys",
        mutator: "ArrowFunction",
        change:
          "(a: readonly ContentKey[], b: readonly ContentKey[]): boolean => a.length === b.length && a.every((… → () => undefined",
      },
      {
        at: "snapshot.ts sameKeys",
        mutator: "ConditionalExpression",
        change: "a.length === b.length && a.every((key, index) => key === b[index]) → false",
      },
      {
        at: "snapshot.ts sameKeys",
        mutator: "ArrowFunction",
        change: "(key, index) => key === b[index] → () => undefined",
      },
      { at: "snapshot.ts sameKeys", mutator: "ConditionalExpression", change: "key === b[index] → false" },
    ],
  },
  {
    why: "The callers name engines that are there.",
    changes: [{ at: "pool.ts fitSlots", mutator: "ConditionalExpression", change: "!engine → false" }],
  },
  {
    why: "A free slot too many is taken away by the next line.",
    changes: [
      {
        at: "pool.ts fitSlots",
        mutator: "EqualityOperator",
        change: "slots.length < draft.state.cap → slots.length <= draft.state.cap",
      },
    ],
  },
  {
    why: "The list is longer than the cap there, so it is not empty.",
    changes: [
      {
        at: "pool.ts fitSlots",
        mutator: "OptionalChaining",
        change: "slots.at(-1)?.state → slots.at(-1).state",
      },
    ],
  },
  {
    why: "Stands for no id; any text that is no engine's id does.",
    changes: [
      { at: "pool.ts takeIn", mutator: "StringLiteral", change: '"" → "Stryker was here!"' },
      { at: "snapshot.ts takeFallback", mutator: "StringLiteral", change: '"" → "Stryker was here!"' },
    ],
  },
  {
    why: "The one who asks tells only `former` and `foreign` apart from the rest.",
    changes: [
      { at: "pool.ts ownerOf", mutator: "StringLiteral", change: '"known" → ""' },
      { at: "pool.ts ownerOf", mutator: "StringLiteral", change: '"known" → "" #2' },
      { at: "pool.ts ownerOf", mutator: "StringLiteral", change: '"known" → "" #3' },
      { at: "snapshot.ts sortStreams", mutator: "StringLiteral", change: '"known" → ""' },
    ],
  },
  {
    why: "Null is in no list of names.",
    changes: [
      { at: "pool.ts ownerOf", mutator: "ConditionalExpression", change: "label !== null → true" },
      {
        at: "selector.ts recover",
        mutator: "ConditionalExpression",
        change: "former.lease == null → false",
      },
      { at: "snapshot.ts sortStreams", mutator: "ConditionalExpression", change: "name !== null → true" },
      { at: "snapshot.ts heldNames", mutator: "ConditionalExpression", change: "name → true" },
    ],
  },
  {
    why: "A phase other than `asked` has no `answered`, and no engine has null as its id.",
    changes: [
      {
        at: "provisioning.ts closeProvisioning",
        mutator: "ConditionalExpression",
        change: 'provisioning.phase !== "asked" → false',
      },
      {
        at: "provisioning.ts closeProvisioning",
        mutator: "ConditionalExpression",
        change: "provisioning.engine === null → false",
      },
      { at: "selector.ts provisioned", mutator: "ConditionalExpression", change: "engine === null → false" },
    ],
  },
  {
    why: "Only a session that is being stopped is ever late with it.",
    changes: [
      { at: "pool.ts isOwing", mutator: "ConditionalExpression", change: 'state === "released" → true' },
    ],
  },
  {
    why: "What holds a session has one; clients, streams and sessions that name each other are all there.",
    changes: [
      {
        at: "leases.ts heldLeases",
        mutator: "OptionalChaining",
        change: "draft.held(id)?.session → draft.held(id).session",
      },
      { at: "leases.ts heldLeases", mutator: "OptionalChaining", change: "session?.lease → session.lease" },
      {
        at: "leases.ts heldLeases",
        mutator: "OptionalChaining",
        change: "session?.formerLabel → session.formerLabel",
      },
      {
        at: "leases.ts leaseRefused",
        mutator: "ConditionalExpression",
        change: "stream?.place?.session === id → true",
      },
      {
        at: "leases.ts leaseRefused",
        mutator: "OptionalChaining",
        change: "stream?.place?.session → stream?.place.session",
      },
      {
        at: "leases.ts leaseRefused",
        mutator: "LogicalOperator",
        change: "stream && waits → stream || waits",
      },
      {
        at: "leases.ts leasesLost",
        mutator: "ConditionalExpression",
        change: "stream?.place?.session === id → true",
      },
      {
        at: "leases.ts leasesLost",
        mutator: "OptionalChaining",
        change: "stream?.place?.session → stream?.place.session",
      },
      {
        at: "queue.ts grant",
        mutator: "OptionalChaining",
        change: "draft.state.clients.get(client)?.served → draft.state.clients.get(client).served",
      },
      {
        at: "pool.ts isOwing",
        mutator: "OptionalChaining",
        change: "session?.stopDelayed → session.stopDelayed",
      },
      {
        at: "queue.ts isComing",
        mutator: "OptionalChaining",
        change: "slot.session?.stopDelayed → slot.session.stopDelayed",
      },
      { at: "queue.ts watchPairs", mutator: "OptionalChaining", change: "waiting?.phase → waiting.phase" },
      {
        at: "queue.ts watchPairs",
        mutator: "OptionalChaining",
        change: "draft.state.clients.get(client)?.who → draft.state.clients.get(client).who",
      },
      {
        at: "queue.ts watchPairs",
        mutator: "OptionalChaining",
        change: "draft.state.clients.get(rival)?.who → draft.state.clients.get(rival).who",
      },
      {
        at: "selector.ts currentStream",
        mutator: "ConditionalExpression",
        change: "stream?.place?.session === id → true",
      },
      {
        at: "selector.ts currentStream",
        mutator: "OptionalChaining",
        change: "stream?.place?.session → stream?.place.session",
      },
      {
        at: "selector.ts currentStream",
        mutator: "OptionalChaining",
        change: "stream?.place → stream.place",
      },
      { at: "selector.ts started", mutator: "OptionalChaining", change: "held?.session → held.session" },
      {
        at: "selector.ts started",
        mutator: "OptionalChaining",
        change: "session?.contents → session.contents",
      },
      {
        at: "selector.ts started",
        mutator: "ConditionalExpression",
        change:
          "!before || !held || !session?.urls || session.playbackSession === null || content === undefined → false",
      },
      {
        at: "selector.ts started",
        mutator: "LogicalOperator",
        change:
          "!before || !held || !session?.urls || session.playbackSession === null || content === undefined → (!before || !held || !session?.urls || session.playbackSession === null) && content === undefined",
      },
      {
        at: "selector.ts started",
        mutator: "ConditionalExpression",
        change: "!before || !held || !session?.urls || session.playbackSession === null → false",
      },
      {
        at: "selector.ts started",
        mutator: "LogicalOperator",
        change:
          "!before || !held || !session?.urls || session.playbackSession === null → (!before || !held || !session?.urls) && session.playbackSession === null",
      },
      {
        at: "selector.ts started",
        mutator: "ConditionalExpression",
        change: "!before || !held || !session?.urls → false",
      },
      {
        at: "selector.ts started",
        mutator: "LogicalOperator",
        change: "!before || !held || !session?.urls → (!before || !held) && !session?.urls",
      },
      { at: "selector.ts started", mutator: "ConditionalExpression", change: "!before || !held → false" },
      {
        at: "selector.ts started",
        mutator: "LogicalOperator",
        change: "!before || !held → !before && !held",
      },
      { at: "selector.ts started", mutator: "OptionalChaining", change: "session?.urls → session.urls" },
      {
        at: "selector.ts started",
        mutator: "ConditionalExpression",
        change: "session.playbackSession === null → false",
      },
      {
        at: "selector.ts started",
        mutator: "ConditionalExpression",
        change: "content === undefined → false",
      },
      { at: "selector.ts play", mutator: "OptionalChaining", change: "held?.session → held.session" },
      { at: "selector.ts media", mutator: "OptionalChaining", change: "held?.slot → held.slot" },
      {
        at: "snapshot.ts heldNames",
        mutator: "OptionalChaining",
        change: "draft.held(place.session)?.session → draft.held(place.session).session",
      },
      {
        at: "snapshot.ts heldNames",
        mutator: "OptionalChaining",
        change: "session?.playbackSession → session.playbackSession",
      },
      {
        at: "snapshot.ts heldNames",
        mutator: "OptionalChaining",
        change: "session?.formerLabel → session.formerLabel",
      },
      { at: "snapshot.ts heldNames", mutator: "OptionalChaining", change: "session?.lease → session.lease" },
      { at: "streams.ts leave", mutator: "ConditionalExpression", change: "!before → false" },
      {
        at: "streams.ts finish",
        mutator: "OptionalChaining",
        change: "draft.state.clients.get(id)?.served → draft.state.clients.get(id).served",
      },
      {
        at: "streams.ts dismiss",
        mutator: "OptionalChaining",
        change: "draft.stream(client.stream)?.contents → draft.stream(client.stream).contents",
      },
      { at: "streams.ts dismiss", mutator: "StringLiteral", change: '"" → "Stryker was here!"' },
      { at: "streams.ts collapse", mutator: "ConditionalExpression", change: "!client → false" },
      { at: "streams.ts collapse", mutator: "ConditionalExpression", change: "place → true" },
    ],
  },
  {
    why: "A session is given up by its stream and released in one step, so one that is not released has a stream.",
    changes: [
      { at: "leases.ts leasesLost", mutator: "OptionalChaining", change: "stream?.place → stream.place" },
    ],
  },
  {
    why: "A stream that lingers plays or begins, so it has a place.",
    changes: [
      {
        at: "queue.ts lingeringStreams",
        mutator: "ConditionalExpression",
        change: "stream.place !== null → true",
      },
    ],
  },
  {
    why: "The callers pass streams with one client each, and streams of the queue.",
    changes: [
      {
        at: "queue.ts watchFormerStreams",
        mutator: "ConditionalExpression",
        change: 'stream.phase === "waiting" → true',
      },
      {
        at: "queue.ts watchPairs",
        mutator: "ConditionalExpression",
        change: 'client === undefined || waiting?.phase !== "waiting" || waiting.live → false',
      },
      {
        at: "queue.ts watchPairs",
        mutator: "LogicalOperator",
        change:
          'client === undefined || waiting?.phase !== "waiting" || waiting.live → (client === undefined || waiting?.phase !== "waiting") && waiting.live',
      },
      {
        at: "queue.ts watchPairs",
        mutator: "ConditionalExpression",
        change: 'client === undefined || waiting?.phase !== "waiting" → false',
      },
      {
        at: "queue.ts watchPairs",
        mutator: "LogicalOperator",
        change:
          'client === undefined || waiting?.phase !== "waiting" → client === undefined && waiting?.phase !== "waiting"',
      },
      { at: "queue.ts watchPairs", mutator: "ConditionalExpression", change: "client === undefined → false" },
      {
        at: "queue.ts watchPairs",
        mutator: "ConditionalExpression",
        change: 'waiting?.phase !== "waiting" → false',
      },
    ],
  },
  {
    why: "Two different engines, streams, sessions or entries of a list never have the same id.",
    changes: [
      { at: "ranking.ts byText", mutator: "EqualityOperator", change: "a < b → a <= b" },
      { at: "ranking.ts byText", mutator: "ConditionalExpression", change: "a > b → true" },
      { at: "ranking.ts byText", mutator: "EqualityOperator", change: "a > b → a >= b" },
      {
        at: "ranking.ts best",
        mutator: "EqualityOperator",
        change: "compare(engine, first) < 0 → compare(engine, first) <= 0",
      },
      {
        at: "selector.ts handOver",
        mutator: "ConditionalExpression",
        change: "stream.id === waiting.id → false",
      },
      { at: "snapshot.ts takeEngines", mutator: "EqualityOperator", change: "a.id < b.id → a.id <= b.id" },
      {
        at: "streams.ts collapse",
        mutator: "EqualityOperator",
        change: "gone.place.session > kept.place.session → gone.place.session >= kept.place.session",
      },
    ],
  },
  {
    why: "No stream has the number null, and no engine the id undefined.",
    changes: [
      {
        at: "leases.ts leaseRefused",
        mutator: "ConditionalExpression",
        change: "held.session.stream === null → false",
      },
      {
        at: "leases.ts leasesLost",
        mutator: "ConditionalExpression",
        change: "held.session.stream === null → false",
      },
      { at: "selector.ts confirmed", mutator: "ConditionalExpression", change: "heir === null → false" },
      {
        at: "selector.ts engineOfFormer",
        mutator: "ConditionalExpression",
        change: "at === undefined → false",
      },
    ],
  },
  {
    why: "The reason is told to clients that are being served, and these are not.",
    changes: [
      { at: "selector.ts queueTimeout", mutator: "StringLiteral", change: '"timeout" → ""' },
      { at: "selector.ts queueTimeout", mutator: "StringLiteral", change: '"timeout" → "" #2' },
      { at: "selector.ts queueTimeout", mutator: "StringLiteral", change: '"timeout" → "" #3' },
    ],
  },
  {
    why: "Written over before anybody reads it: by the engine's answer, and by the end of the session.",
    changes: [
      { at: "sessions.ts newSession", mutator: "BooleanLiteral", change: "true → false" },
      { at: "sessions.ts newSession", mutator: "StringLiteral", change: '"" → "Stryker was here!"' },
    ],
  },
  {
    why: "Types only; nothing of it is there when the program runs.",
    changes: [
      {
        at: "slot.ts slotMachine",
        mutator: "ObjectLiteral",
        change: "{ types: { events: {} as SlotMove } } → {}",
      },
      {
        at: "slot.ts slotMachine",
        mutator: "ObjectLiteral",
        change: "{ events: {} as SlotMove } → {}",
      },
    ],
  },
  {
    why: "The client's join writes the stream in the same step.",
    changes: [
      { at: "streams.ts newStream", mutator: "CallExpression", change: "draft.putStream(stream); → ;" },
    ],
  },
];
