/** Proxies that die without a word, one at a time, and come back. */
import { figuresOf, leftOf } from "./figures.ts";
import type { ProxyProcess } from "./processes.ts";
import { pause, RELEASE_MS, type Scene, secondsOf, TTL_MS } from "./scene.ts";

const KILL_AGAIN_S = 60;
/** A dead proxy stays so for a while after its slots are back, to be seen. */
const DEAD_S_MIN = 12;
const DEAD_S_MAX = 40;
/** Whom to kill is not decided by who is slow to answer. */
const PATIENCE_MS = 10_000;

const WHY = `: the term of ${TTL_MS / 1000} s was over, others took them over, stopped their sessions and had proof. Starts that were not answered before the kill cannot be stopped: they are held for the release time-out, ${RELEASE_MS / 1000} s`;

/** One at a time, each with a restart. */
export async function keepKilling(scene: Scene, ended: Promise<void>): Promise<void> {
  const { options, proxies } = scene;
  if (options.killAfter === 0 || proxies.length < 2) return;
  await pause(options.killAfter, ended);
  while (!scene.isOver()) {
    await killOne(scene, await fullest(proxies), ended);
    await pause(KILL_AGAIN_S, ended);
  }
}

/** The one that holds the most slots: there is the most to see. */
async function fullest(proxies: readonly ProxyProcess[]): Promise<ProxyProcess> {
  const figures = await Promise.all(proxies.map((proxy) => figuresOf(proxy, PATIENCE_MS)));
  const most = Math.max(...figures.map(({ leases }) => leases));
  return proxies[figures.findIndex(({ leases }) => leases === most)] as ProxyProcess;
}

async function killOne(scene: Scene, victim: ProxyProcess, ended: Promise<void>): Promise<void> {
  const { screen, proxies } = scene;
  const { member, leases } = await figuresOf(victim, PATIENCE_MS);
  const pid = victim.program?.pid;
  await victim.kill();
  const killedMs = performance.now();
  screen.event(
    secondsOf(scene),
    `${victim.name} is killed (kill -9 ${pid}): ${leases} slots have nobody who answers for them`,
  );
  const deadS = (): number => (performance.now() - killedMs) / 1000;
  let left = leases;
  while (!scene.isOver() && deadS() < (left === 0 ? DEAD_S_MIN : DEAD_S_MAX)) {
    await pause(0.2, ended);
    const now = left === 0 || member === null ? left : ((await leftOf(member, proxies)) ?? left);
    if (now >= left) continue;
    const isFirst = left === leases;
    left = now;
    const told = `${leases - left} of ${leases} slots are free again ${deadS().toFixed(1)} s after the kill`;
    scene.returns.push(told);
    screen.event(secondsOf(scene), isFirst ? `${told}${WHY}` : told);
  }
  if (scene.isOver()) return;
  await victim.start();
  screen.event(secondsOf(scene), `${victim.name} is back (pid ${victim.program?.pid})`);
}
