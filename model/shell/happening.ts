/** One thing that may happen next in a world of the shell. */
import type { ShellWorld } from "./world.ts";

export interface Happening {
  readonly text: string;
  readonly run: () => void;
}

/** Something that costs one of the misfortunes, if there is one left. */
export function trouble(world: ShellWorld, may: Happening[], text: string, run: () => void): void {
  if (world.faults > 0)
    may.push({
      text,
      run() {
        world.faults--;
        run();
      },
    });
}

/** A call is over. */
export function take<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
}
