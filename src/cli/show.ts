/** The demo's show: three things that break other proxies, each with what the engines themselves counted. */
import type { RunningProxy } from "../proxy.ts";
import { contentId, type SimWorld } from "../sim/index.ts";
import { type Door, Viewer } from "./viewer.ts";

export interface Stage extends Door {
  readonly proxy: RunningProxy;
  readonly world: SimWorld;
  say(text: string): Promise<void>;
}

const PAUSE_MS = 2_000;

export async function playShow(stage: Stage): Promise<void> {
  try {
    for (const scene of [burst, zapping, dyingEngine]) {
      // Time to open the page, and to look at it.
      await pause(PAUSE_MS);
      await scene(stage);
    }
  } catch (error) {
    await stage.say(`  The show stops here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function burst(stage: Stage): Promise<void> {
  const { world, say } = stage;
  await say(
    "  1. Six players ask for six channels at once; the orchestrator still shows\n     every engine as empty.",
  );
  const players = Array.from({ length: 6 }, (_, n) => new Viewer(stage, contentId(100 + n)));
  await Promise.all(players.map((player) => player.playing()));
  await say(
    `     All six play. Streams per engine: ${loads(world)}.\n     No engine ever carried more than ${peak(world)}.`,
  );
  await say(
    "     A proxy that asks the lagging orchestrator puts all six on one engine,\n     whose maximum is 2.",
  );
  await leaveAll(players);
}

async function zapping(stage: Stage): Promise<void> {
  const { world, say } = stage;
  await say("\n  2. Somebody zaps through eight channels without waiting for a picture.");
  let player = new Viewer(stage, contentId(200));
  for (let n = 1; n < 8; n++) {
    await pause(150);
    await player.leave();
    player = new Viewer(stage, contentId(200 + n));
  }
  await player.playing();
  await say(`     The last channel plays; highest load of any engine so far: ${peak(world)}.`);
  await player.leave();
}

async function dyingEngine(stage: Stage): Promise<void> {
  const { world, proxy, say } = stage;
  await say("\n  3. Two players watch one channel, and its engine dies.");
  const content = contentId(1);
  const players = [new Viewer(stage, content), new Viewer(stage, content)];
  await Promise.all(players.map((player) => player.playing()));
  const stream = [...proxy.broker.state.streams.values()].find(({ contents }) =>
    contents.includes(`id:${content}`),
  );
  const id = stream?.place?.engine;
  const engine = id === undefined ? undefined : proxy.broker.state.engines.get(id);
  const victim = world.engines.find(({ port }) => port === engine?.address.port);
  if (!engine || !victim) throw new Error("the channel is on no engine");
  await victim.kill();
  await Promise.all(players.map((player) => player.playing()));
  await say(
    `     ${engine.name} is gone; both players are still connected\n     and go on from another engine.`,
  );
  await leaveAll(players);
  await victim.revive();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const leaveAll = (players: readonly Viewer[]) => Promise.all(players.map((player) => player.leave()));

const peak = (world: SimWorld): number => Math.max(...world.peakLoads().values());

const loads = (world: SimWorld): string => world.engines.map((engine) => engine.load).join(" · ");
