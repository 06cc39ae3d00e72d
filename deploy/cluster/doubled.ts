/**
 * How many contents are played at more than one proxy at a time, with and without a balancer that is sticky by
 * content: a simulation of who asks for what, nothing else. `bun deploy/cluster/doubled.ts`; docs/several-proxies.md
 * shows what it prints.
 */
import { contentId } from "../../src/sim/index.ts";
import { zipf } from "./zipf.ts";

const ROUNDS = 200;
const CASES = [
  { clients: 600, contents: 200, proxies: 3 },
  { clients: 600, contents: 200, proxies: 10 },
  { clients: 120, contents: 200, proxies: 3 },
] as const;

/** The same for everybody who runs it. */
let seed = 6;
function random(): number {
  seed = (seed + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

const BALANCERS: Readonly<Record<string, (content: number, turn: number, proxies: number) => number>> = {
  "round robin": (_, turn, proxies) => turn % proxies,
  "by content": (content, _, proxies) => Number.parseInt(contentId(content).slice(0, 8), 16) % proxies,
  // Half of the players know a content by its id and half by its infohash, which is another number.
  "by content, half by infohash": (content, _, proxies) =>
    Number.parseInt(contentId(random() < 0.5 ? content : content + 1_000_000).slice(0, 8), 16) % proxies,
};

console.log(
  "clients  contents  proxies  balancer                        contents played  at several proxies  slots more",
);
for (const { clients, contents, proxies } of CASES)
  for (const [name, choose] of Object.entries(BALANCERS)) {
    const pick = zipf(contents);
    let [played, doubled, slots] = [0, 0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const homes = new Map<number, Set<number>>();
      for (let n = 0; n < clients; n++) {
        const content = pick(random());
        homes.set(content, (homes.get(content) ?? new Set()).add(choose(content, n, proxies)));
      }
      played += homes.size;
      for (const { size } of homes.values()) {
        if (size > 1) doubled++;
        slots += size;
      }
    }
    const cells = [clients, contents, proxies].map((value, index) =>
      String(value).padStart([7, 9, 8][index] ?? 8),
    );
    const share = `${((doubled / played) * 100).toFixed(0)} %`;
    const more = `${((slots / played - 1) * 100).toFixed(0)} %`;
    console.log(
      `${cells.join(" ")}  ${name.padEnd(30)} ${(played / ROUNDS).toFixed(0).padStart(16)} ${share.padStart(19)} ${more.padStart(11)}`,
    );
  }
