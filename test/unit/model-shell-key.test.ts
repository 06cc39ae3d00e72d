/** The key of a moment of the shell: moments that it takes for one must have one future, whatever led to them. */
import { beforeAll, describe, expect, test } from "bun:test";
import { microtaskDrain, type Settle } from "../../model/shell/drain.ts";
import { choose, happenings } from "../../model/shell/happenings.ts";
import { keyOf } from "../../model/shell/key.ts";
import { beginWorld } from "../../model/shell/search.ts";
import { nameOf, type ShellSize, sized } from "../../model/shell/size.ts";
import { Subject } from "../../model/shell/subject.ts";

let settle: Settle;
beforeAll(async () => {
  settle = await microtaskDrain();
});

async function after(size: ShellSize, choices: readonly number[]) {
  const world = await beginWorld(size, Subject, settle);
  for (const choice of choices) {
    choose(world, choice);
    await settle();
    world.endTurn();
  }
  return world;
}

/** The keys that can be reached in one turn, without their order. */
async function futures(size: ShellSize, path: readonly number[]): Promise<string[]> {
  const { length } = happenings(await after(size, path));
  const keys = new Set<string>();
  for (let choice = 0; choice < length; choice++) keys.add(keyOf(await after(size, [...path, choice])));
  return [...keys].sort();
}

/** Worlds, and every how many-th pair of twins is looked at, so that it takes seconds. */
const WORLDS: readonly (readonly [ShellSize, number])[] = [
  [sized({ timeouts: 2 }), 2],
  [sized({ faults: 1, timeouts: 1 }), 8],
  [sized({ looks: 1, cold: true }), 2],
  [sized({ former: 1, timeouts: 1 }), 2],
  [sized({ requests: 2, contents: 2, timeouts: 1 }), 4],
  [sized({ requests: 2, contents: 2, zapping: true }), 2],
  [sized({ engines: 2, requests: 2, contents: 2 }), 5],
  [sized({ cap: 2, requests: 2, contents: 2 }), 5],
  [sized({ requests: 2, contents: 2, spares: 1 }), 20],
  [sized({ requests: 2, contents: 2, zapping: true, faults: 1 }), 40],
];

describe("moments with one key", () => {
  test.each(WORLDS.map(([size, every]) => [nameOf(size), size, every] as const))(
    "%s: have one future, however they were reached",
    async (_name, size, every) => {
      const first = new Map<string, { readonly path: readonly number[]; futures: string[] | null }>();
      const paths: (readonly number[])[] = [[]];
      first.set(keyOf(await after(size, [])), { path: [], futures: null });
      let twins = 0;
      for (let path = paths.shift(); path; path = paths.shift()) {
        const { length } = happenings(await after(size, path));
        for (let choice = 0; choice < length; choice++) {
          const longer = [...path, choice];
          const key = keyOf(await after(size, longer));
          const known = first.get(key);
          if (!known) {
            first.set(key, { path: longer, futures: null });
            paths.push(longer);
            continue;
          }
          if (++twins % every !== 0) continue;
          known.futures ??= await futures(size, known.path);
          expect(await futures(size, longer)).toEqual(known.futures);
        }
      }
      expect(twins).toBeGreaterThan(10);
    },
    60_000,
  );
});
