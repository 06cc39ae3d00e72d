/** The journal alone tells, line by line, what every engine carried. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { scratchFolder, startBinary } from "../support/binary.ts";
import { type JournalLine, readJournal, recompute } from "../support/journal.ts";
import { type Player, play } from "../support/player.ts";
import { atRest, enginesOf, highestLoad, knowsEngines } from "../support/rest.ts";
import { until } from "../support/until.ts";

const CAP = 2;

describe("--journal", () => {
  test("over a busy run has no gap, only legal moves, and every engine's load, which never passes the cap and ends at 0", async () => {
    await using folder = await scratchFolder();
    const path = join(folder.path, "journal.jsonl");
    await using world = await startWorld({
      engines: 6,
      generation: 1,
      lagMs: 200,
      startDelayMs: 60,
      unreadSessionMs: 1_000,
      media: bareMedia,
      provision: { delayMs: 100, max: 8 },
    });
    await using proxy = await startBinary([
      ...["--orchestrator", world.url, "--max-streams-per-engine", String(CAP), "--journal", path],
      // An engine that stands still for some seconds has ended what nobody reads all the same by the release deadline.
      ...["--linger", "200ms", "--queue-timeout", "1s", "--release-timeout", "6s", "--state-dir", "none"],
    ]);
    await knowsEngines(proxy, 6);
    const players: Player[] = [];
    const ask = (n: number): Player => {
      const player = play(`${proxy.url}/ace/getstream?id=${contentId(n)}`);
      players.push(player);
      return player;
    };

    const [first, second, third, fourth, fifth] = world.engines;
    if (!first || !second || !third || !fourth || !fifth) throw new Error("engines are missing");
    const foreign = [
      world.orchestrator.addForeignStream(first, contentId(900)),
      world.orchestrator.addForeignStream(first, contentId(901)),
      world.orchestrator.addForeignStream(second, contentId(902)),
    ];
    await until("streams of others are seen", async () => {
      const loads = (await enginesOf(proxy)).map((engine) => engine.foreign).sort();
      return loads.at(-1) === 2 && loads.at(-2) === 1;
    });
    third.faults.start = { kind: "error", words: "failed to load content", times: 3 };
    fourth.faults.start = { kind: "status", status: 500, effect: "after", times: 2 };
    fifth.faults.stop = { kind: "status", status: 500, times: 3 };
    const burst = Array.from({ length: 24 }, (_, n) => ask(n));
    await Promise.all(burst.map((player) => player.answered()));
    await until("two engines came on demand", () => world.engines.length === 8);
    for (const player of burst.slice(0, 12)) player.leave();
    foreign[0]?.end();
    await Promise.all(Array.from({ length: 6 }, (_, n) => ask(50 + n).answered()));
    await fifth.kill();
    await Promise.all(Array.from({ length: 6 }, (_, n) => ask(60 + n).answered()));
    for (const player of players) player.leave();
    for (const stream of foreign) stream.end();
    await fifth.revive();
    await atRest(proxy, world);
    await until("no stream of others is seen any more", async () =>
      (await enginesOf(proxy)).every((engine) => engine.foreign === 0),
    );
    expect(highestLoad(world)).toBeLessThanOrEqual(CAP);
    const shown = (await proxy.get<{ lines: JournalLine[] }>("/api/v1/journal?after=10")).lines;
    expect(await proxy.end()).toBe(0);

    const lines = readJournal(path);
    const { faults, loads, highestLoad: highest, counts } = recompute(lines, CAP);
    expect(faults).toEqual([]);
    expect(highest).toBe(CAP);
    expect([...loads.values()].filter((load) => load !== 0)).toEqual([]);
    expect(loads.size).toBe(8);
    expect(Object.keys(counts).sort()).toEqual([
      "configure",
      "engine_seen",
      "grant",
      "provision",
      "reject",
      "snapshot",
      "transition",
    ]);
    expect(counts).toMatchObject({ configure: 1, engine_seen: 8 });
    const text = JSON.stringify(lines);
    for (const cause of ["failed to load content", "stop confirmed", "release deadline", "nobody watches"])
      expect(text).toContain(cause);
    expect(shown).toEqual(lines.slice(10, 10 + shown.length));
  }, 120_000);
});
