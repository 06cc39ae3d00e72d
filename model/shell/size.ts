/** How large a world of the shell is and which misfortunes it holds; the ladders of such worlds. */

export interface ShellSize {
  readonly engines: number;
  readonly cap: number;
  readonly contents: number;
  readonly requests: number;
  /** How many misfortunes of all kinds together may happen. */
  readonly faults: number;
  /** How many timers may fire that need not: of the queue, a start, a stall, of anybody's patience. */
  readonly timeouts: number;
  /** Looks at the pool after the first one. */
  readonly looks: number;
  /** Sessions that a former life has left running. */
  readonly former: number;
  /** Engines that can be provisioned; 0: provisioning is impossible. */
  readonly spares: number;
  /** The first request may come before the first look has been answered. */
  readonly cold: boolean;
  /** All requests are those of one player, which stops reading as soon as it wants something else. */
  readonly zapping: boolean;
}

const BASE: ShellSize = {
  engines: 1,
  cap: 1,
  contents: 1,
  requests: 1,
  faults: 0,
  timeouts: 0,
  looks: 0,
  former: 0,
  spares: 0,
  cold: false,
  zapping: false,
};

/** `E2 C1 R2`, then the number of contents and every budget that is not 0. */
export function nameOf(size: ShellSize): string {
  const budgets = (["contents", "faults", "timeouts", "looks", "former", "spares"] as const).flatMap(
    (name) => (size[name] > 0 ? [`${name} ${size[name]}`] : []),
  );
  const kinds = (["cold", "zapping"] as const).filter((name) => size[name]);
  return [`E${size.engines} C${size.cap} R${size.requests}`, ...budgets, ...kinds].join(" ");
}

export const sized = (change: Partial<ShellSize>): ShellSize => ({ ...BASE, ...change });

/** The size in a trace file, which may come from anywhere; a RangeError names what is not a size. */
export function sizeFrom(given: Readonly<Record<string, number | boolean>>): ShellSize {
  const size: Record<string, number | boolean> = { ...BASE };
  for (const [name, value] of Object.entries(given)) {
    if (!(name in BASE) || typeof value !== typeof size[name])
      throw new RangeError(`a world of the shell has no size ${name} ${value}`);
    if (typeof value === "number" && !(Number.isInteger(value) && value >= 0 && value <= 99))
      throw new RangeError(`${name} ${value} is not a whole number from 0 to 99`);
    size[name] = value;
  }
  return size as unknown as ShellSize;
}
