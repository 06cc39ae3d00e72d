/** How long, how many, and from which seed: read from the environment, as `make soak MINUTES=30` gives it. */

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly clients: number;
  readonly streams: number;
}

const DEFAULTS = { minutes: 10, clients: 1_000, streams: 50 } as const;

/** Throws an error with words for people. */
export function readSoakOptions(env: Readonly<Record<string, string | undefined>>): SoakOptions {
  const number = (name: string, usual: number, least: number, isWhole: boolean): number => {
    const text = env[name] ?? "";
    const value = text === "" ? usual : Number(text);
    if (!Number.isFinite(value) || value < least || (isWhole && !Number.isInteger(value)))
      throw new Error(
        `${name}: "${text}" is not ${isWhole ? "a whole number" : "a number"} from ${least} up`,
      );
    return value;
  };
  const hours = env.HOURS === undefined || env.HOURS === "" ? null : number("HOURS", 0, 0.01, false);
  return {
    minutes: hours === null ? number("MINUTES", DEFAULTS.minutes, 0.1, false) : hours * 60,
    seed: number("SEED", Math.floor(Math.random() * 1e9), 0, true),
    clients: number("CLIENTS", DEFAULTS.clients, 10, true),
    streams: number("STREAMS", DEFAULTS.streams, 2, true),
  };
}
