/** The fastest way to keep the states of a world: packed where sessions do not depend on each other. */
import type { Explored, WorldOptions } from "./explored.ts";
import { PackedWorld } from "./packed.ts";
import { World } from "./world.ts";

export const createWorld = (options: WorldOptions): Explored =>
  PackedWorld.fits(options.size) ? new PackedWorld(options) : new World(options);
