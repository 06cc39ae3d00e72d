/** The demo's audience: people who watch, zap, leave and come back for as long as it stays up. */
import { DEMO_CHANNELS } from "./demo-channels.ts";
import type { Stage } from "./show.ts";
import { Viewer } from "./viewer.ts";

/** Each watches for so long, then does something else. */
const WATCHES_MS = { least: 9_000, most: 40_000 };
/** An engine dies so often, and is back after a while. */
const ACCIDENT_EVERY_MS = 75_000;
const ACCIDENT_LASTS_MS = 9_000;
const TICK_MS = 500;
/** The list lags, and is looked at every two seconds. */
const LISTED_WITHIN_MS = 10_000;

/** What everybody begins with; further on they choose by a fixed sequence, so that each demo is alike. */
const FIRST = [0, 0, 0, 1, 4, 6, 7, 9] as const;

/** What their players call themselves. */
const AGENTS = [
  "VLC/3.0.21 LibVLC/3.0.21",
  "TiviMate/5.1.6",
  "Kodi/21.1 (X11; Linux x86_64)",
  "Jellyfin-Server/10.10.3",
  "mpv 0.38.0",
  "Lavf/61.1.100",
] as const;

/** Runs until `ended`. One slot or two are left for whoever tries the demo. */
export async function fillSeats(stage: Stage, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const next = sequence();
  const empty = () => stage.world.engines.find(({ load }) => load === 0);
  await Promise.race([until(() => empty() !== undefined), ended]);
  const engine = empty();
  const foreign = engine && stage.world.orchestrator.addForeignStream(engine, "ab".repeat(20));
  // It counts from the moment that the list shows it: who comes before could be one too many there.
  await Promise.race([until(() => showsForeign(stage)), ended]);
  const seats = FIRST.map((channel, at) => ({
    viewer: new Viewer(stage, channelAt(channel), agentAt(at)),
    untilMs: performance.now() + WATCHES_MS.least + at * 3_000,
  }));
  let accidentMs = performance.now() + ACCIDENT_EVERY_MS;
  for (;;) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, TICK_MS)), ended]);
    if (over) break;
    const now = performance.now();
    for (const [at, seat] of seats.entries()) {
      if (now < seat.untilMs && !seat.viewer.isOver) continue;
      await seat.viewer.leave();
      // Some channels have more friends than others.
      const channel = Math.floor(next() ** 1.4 * DEMO_CHANNELS.length);
      seat.viewer = new Viewer(stage, channelAt(channel), agentAt(at));
      seat.untilMs = now + WATCHES_MS.least + next() * (WATCHES_MS.most - WATCHES_MS.least);
    }
    if (now > accidentMs) {
      accidentMs = now + ACCIDENT_EVERY_MS;
      const victim = stage.world.engines.find((one) => one !== engine && one.load > 0);
      if (victim === undefined) continue;
      await victim.kill();
      setTimeout(() => void victim.revive(), ACCIDENT_LASTS_MS);
    }
  }
  foreign?.end();
  await Promise.all(seats.map(({ viewer }) => viewer.leave()));
}

const showsForeign = ({ proxy }: Stage): boolean =>
  [...proxy.broker.state.engines.values()].some(({ foreign }) => foreign.length > 0);

/** Resolves when it is so, or after a while all the same. */
async function until(check: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + LISTED_WITHIN_MS;
  while (!check() && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}

const channelAt = (index: number): string => DEMO_CHANNELS[index % DEMO_CHANNELS.length]?.content ?? "";

const agentAt = (seat: number): string => AGENTS[seat % AGENTS.length] ?? "";

/** Numbers from 0 to 1 that are the same in each demo. */
function sequence(): () => number {
  let state = 20_251_012;
  return () => {
    state = (state * 48_271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}
