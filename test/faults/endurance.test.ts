/**
 * The soak in short: 100 clients on 10 streams, of which a hundredth leaves and comes each second, while engines fail
 * at random; then everything is as it was before. `make soak` is the long one, and docs/soak.md its page.
 */
import { expect, test } from "bun:test";
import { wrongs } from "../soak/report.ts";
import { soak } from "../soak/soak.ts";
import { scratchFolder } from "../support/binary.ts";

const LIMIT_MS = 240_000;

test(
  "endurance, in short: after 100 clients on 10 streams and engines that fail nothing is held, open or lost",
  async () => {
    await using folder = await scratchFolder();
    const options = { minutes: 0.2, seed: 20_260, clients: 100, streams: 10 };
    const soaked = await soak(options, folder.path, () => {}, undefined, {
      firstRoundMs: 4_000,
      comeMs: 1_000,
    });
    expect(wrongs(soaked)).toEqual([]);
    expect(soaked.came).toBeGreaterThanOrEqual(100);
    expect(soaked.crowd.visits.heads).toBeGreaterThan(0);
    expect(soaked.crowd.hls.segments).toBeGreaterThan(0);
    expect([...soaked.faults.values()].length).toBeGreaterThan(0);
  },
  LIMIT_MS,
);
