/** What must hold where several proxies share engines through a store of leases. */
import type { PropertyKind } from "../result.ts";
import type { WorldSize } from "../world/size.ts";
import { type Env, isLoad, isMember, NOBODY, proxyOf } from "./env.ts";
import type { Known } from "./known.ts";

export interface ClusterProperty {
  readonly name: string;
  readonly sentence: string;
  readonly kind: PropertyKind;
  /** What its twin asks to have occurred, in words. */
  readonly sometimes: string;
  /** Whether a world has what it takes; absent: every world should. */
  readonly needs?: (size: WorldSize) => boolean;
}

/** May two claims be under way at once? */
const mayRace = ({ requests, prompt, lags }: WorldSize): boolean => requests > 1 && (!prompt || lags > 0);

export const atGrant: ClusterProperty = {
  name: "cluster: load ≤ cap at every claim",
  sentence:
    "A proxy asks for a slot only where the slots that it holds and those that others are known to claim leave one.",
  kind: "always",
  sometimes: "a slot is asked for at an engine that another proxy uses",
  needs: ({ cap, requests }) => cap > 1 && requests > 1,
};
export const books: ClusterProperty = {
  name: "cluster: each selector's books agree",
  sentence:
    "Whatever the store says, no slot refuses a move, each held session has one slot, and each stream one session.",
  kind: "always",
  sometimes: "a slot is held",
};
export const realLoad: ClusterProperty = {
  name: "cluster: real load ≤ cap",
  sentence: "No engine ever carries more sessions of all proxies together than the cap.",
  kind: "always",
  sometimes: "an engine carries as many as it may",
};
export const noUnderCount: ClusterProperty = {
  name: "cluster: no under-count",
  sentence:
    "Every session that an engine carries has a lease in the store, or the store grants nothing until it has one.",
  kind: "always",
  sometimes: "an engine carries a session",
};
export const contentOnce: ClusterProperty = {
  name: "cluster: a content never twice on one engine",
  sentence: "No engine carries two sessions of one content, whoever started them.",
  kind: "always",
  sometimes: "two proxies want one content",
  needs: mayRace,
};
export const heldWhenSent: ClusterProperty = {
  name: "cluster: a start leaves only under a lease",
  sentence: "Right before a start leaves, its lease is checked and found to be held.",
  kind: "always",
  sometimes: "a start leaves",
};
export const fenceRises: ClusterProperty = {
  name: "cluster: fences rise",
  sentence: "Each grant has a higher fence than all grants before it, whatever the store has forgotten.",
  kind: "always",
  sometimes: "a slot is granted",
};
export const nothingLeft: ClusterProperty = {
  name: "cluster: at rest nothing is left",
  sentence:
    "When nothing happens any more, every lease is of a session that its owner plays, every such session has one, and without clients all is free.",
  kind: "eventually",
  sometimes: "nothing happens any more",
};
export const nobodyWaits: ClusterProperty = {
  name: "cluster: nobody waits while a slot is free",
  sentence: "When nothing happens any more, no stream waits at a proxy for a slot that some engine has free.",
  kind: "eventually",
  sometimes: "a stream waits when nothing happens any more",
  needs: ({ engines, cap, requests, contents }) => engines === 1 && cap === 1 && requests > 1 && contents > 1,
};
export const rests: ClusterProperty = {
  name: "cluster: rest can always be reached",
  sentence: "From every state there is a way to one in which nothing happens any more.",
  kind: "eventually",
  sometimes: "something is under way",
};
export const noEndlessWaiting: ClusterProperty = {
  name: "cluster: no endless waiting",
  sentence: "No stream waits for ever while answers, time-outs and renewals go round and round.",
  kind: "eventually",
  sometimes: "a stream waits",
  needs: ({ engines, cap, requests, faults }) => faults > 0 || (engines === 1 && cap === 1 && requests > 1),
};

const occurs = (name: string, sentence: string, needs: (size: WorldSize) => boolean): ClusterProperty => ({
  name,
  sentence,
  kind: "sometimes",
  sometimes: sentence.charAt(0).toLowerCase() + sentence.slice(1, -1),
  needs,
});
/** Without these the rest would say little. */
export const REFUSED = occurs(
  "cluster: a claim is refused",
  "The store refuses a claim that its proxy had room for.",
  mayRace,
);
export const CLASHED = occurs(
  "cluster: a content clash is refused",
  "The store refuses a claim since another proxy has that content on the engine.",
  mayRace,
);
export const ADOPTED = occurs(
  "cluster: an orphan is taken over",
  "A lease of an ended member is taken over.",
  ({ faults }) => faults > 0,
);
export const LOST = occurs(
  "cluster: an answer is lost",
  "The answer to a claim is lost after the store has granted it.",
  ({ faults }) => faults > 0,
);
export const FORGOTTEN = occurs(
  "cluster: a store recovers",
  "A store that has lost its memory grants again while sessions play that it had forgotten.",
  ({ faults }) => faults > 0,
);
export const RETURNED = occurs(
  "cluster: a next life takes its sessions up",
  "A proxy that crashed comes back and holds what its former life held.",
  ({ faults }) => faults > 0,
);
export const LATE = occurs(
  "cluster: a start leaves late",
  "A proxy is paused between its check and the start, and its lease has ended when the start leaves.",
  ({ faults }) => faults > 0,
);

export const CLUSTER_PROPERTIES: readonly ClusterProperty[] = [
  realLoad,
  noUnderCount,
  contentOnce,
  heldWhenSent,
  fenceRises,
  atGrant,
  books,
  nothingLeft,
  nobodyWaits,
  noEndlessWaiting,
  rests,
  REFUSED,
  CLASHED,
  ADOPTED,
  LOST,
  FORGOTTEN,
  RETURNED,
  LATE,
];

export interface Wrongs {
  readonly property: string;
  readonly detail: string;
}

/** What is wrong with what the engines carry. */
export function wrongLoad(env: Env, size: WorldSize, tested: Set<string>): Wrongs | null {
  for (let place = 1; place <= size.engines; place++) {
    let load = 0;
    let contents = 0;
    let isTwice = false;
    for (const run of env.runs) {
      if (run.place !== place || !isLoad(run)) continue;
      load++;
      if (run.owner === NOBODY && env.store === "knows")
        return {
          property: noUnderCount.name,
          detail: `engine ${place} carries a session of content {${run.content}}, and the store knows nothing of it`,
        };
      isTwice ||= (contents & (1 << run.content)) !== 0;
      contents |= 1 << run.content;
    }
    if (load > size.cap)
      return {
        property: realLoad.name,
        detail: `engine ${place} carries ${load} sessions, the cap is ${size.cap}`,
      };
    if (isTwice) return { property: contentOnce.name, detail: `engine ${place} carries a content twice` };
    if (load > 0) tested.add(noUnderCount.name);
    if (load === size.cap) tested.add(realLoad.name);
  }
  return null;
}

/** What is wrong where nothing happens any more. */
export function wrongRest(
  env: Env,
  knowns: readonly Known[],
  size: WorldSize,
  tested: Set<string>,
): Wrongs | null {
  // Where all are gone nobody is left to take over.
  if (env.proxies.every(({ status }) => status === "gone")) return null;
  const left = (detail: string): Wrongs => ({ property: nothingLeft.name, detail });
  for (const run of env.runs) {
    const what = `content {${run.content}} at engine ${run.place}`;
    if (run.owner === NOBODY) return left(`${what} has no lease, and somebody still holds a slot for it`);
    const owner = proxyOf(run.owner);
    if ((run.held & (1 << owner)) === 0) return left(`the lease for ${what} is held for nobody`);
    if (!isLoad(run)) return left(`there is a lease for ${what}, which no engine carries`);
  }
  for (const [proxy, { seats, trouble }] of knowns.entries()) {
    if (env.proxies[proxy]?.status === "gone") continue;
    if (trouble || !isMember(env, proxy)) return left(`proxy {p${proxy}} is not a member of the store`);
    for (const { released, content, place } of seats)
      if (released) return left(`proxy {p${proxy}} still stops content {${content}} at engine ${place}`);
  }
  tested.add(nothingLeft.name);
  for (const [proxy, { waiting }] of knowns.entries())
    for (const content of waiting) {
      for (let place = 1; place <= size.engines; place++) {
        const here = env.runs.filter((run) => run.place === place);
        if (here.length < size.cap && here.every((run) => run.content !== content))
          return {
            property: nobodyWaits.name,
            detail: `content {${content}} waits at proxy {p${proxy}}, and engine ${place} has a free slot`,
          };
      }
      tested.add(nobodyWaits.name);
    }
  return null;
}
