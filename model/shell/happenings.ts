/** What may happen next in a world of the shell, each with its words. The order is part of every trace file. */
import { aliveMay, sessionMay, sourceMay, startMay, statMay, stopMay } from "./engine-answers.ts";
import type { Happening } from "./happening.ts";
import { poolMay, saveMay } from "./pool-answers.ts";
import { timerMay } from "./timer-firing.ts";
import type { ShellWorld } from "./world.ts";

/** Lets one of the enabled happenings be; what it sets off runs when the turn is run out. */
export function choose(world: ShellWorld, index: number): Happening {
  const happening = happenings(world)[index];
  if (!happening) throw new RangeError(`choice ${index} is not enabled`);
  world.beginTurn();
  happening.run();
  return happening;
}

export function happenings(world: ShellWorld): Happening[] {
  const may: Happening[] = [];
  clientsMay(world, may);
  const { outside } = world;
  for (const call of outside.starts) startMay(world, call, may);
  for (const call of outside.stops) stopMay(world, call, may);
  for (const call of outside.stats) statMay(world, call, may);
  for (const call of outside.alives) aliveMay(world, call, may);
  saveMay(world, may);
  poolMay(world, may);
  for (const session of outside.sessions) sessionMay(world, session, may);
  for (const [stream, session] of outside.reading) sourceMay(world, stream, session, may);
  for (const timer of outside.timers) timerMay(world, timer, may);
  return may;
}

function clientsMay(world: ShellWorld, may: Happening[]): void {
  if (world.requests > 0) {
    // Contents that nobody has asked for yet are all alike: one of them is enough.
    let asked = world.size.former;
    for (const { content } of world.clients.values()) asked = Math.max(asked, Number(content.slice(3)));
    for (let content = 1; content <= Math.min(asked + 1, world.size.contents); content++)
      may.push({
        text: `client ${world.clients.size + 1} asks for content ${content}`,
        run: () => world.request(`id:${content}`),
      });
  }
  for (const client of world.clients.values())
    if (client.status === "asking" || client.status === "served")
      may.push({ text: `client ${client.id} leaves`, run: () => world.leave(client) });
}
