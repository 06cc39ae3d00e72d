/** What `make demo-cluster ARGS="…"` takes. */
import { parseArgs } from "node:util";

export interface DemoOptions {
  /** After so long the load ends, and the demo with it; null: at Ctrl-C. */
  readonly seconds: number | null;
  readonly proxies: number;
  readonly engines: number;
  readonly cap: number;
  readonly players: number;
  readonly contents: number;
  /** Seconds until a proxy is killed for the first time; 0: never. */
  readonly killAfter: number;
  /** Of the proxies. */
  readonly binary: string;
  /** Journals, the store's monitor and the logs are left there; null: in a folder that goes at the end. */
  readonly out: string | null;
  readonly help: boolean;
}

const COUNTS = {
  proxies: [3, 1, 20],
  engines: [20, 1, 200],
  cap: [2, 1, 20],
  players: [60, 0, 1000],
  contents: [80, 1, 10_000],
} as const;

export const HELP = `make demo-cluster ARGS="[flags]"

  --seconds N      end after N seconds with a summary (default: at Ctrl-C)
  --kill-after N   kill a proxy after N seconds, and again every minute or so (default 20; 0: never)
  --proxies N --engines N --cap N --players N --contents N
                   sizes (default 3 proxies, 20 engines, cap 2, 60 players, 80 contents)
  --binary FILE    what the proxies run (default dist/aceslot)
  --out DIR        leave journals, the store's monitor and the logs there

Exit code: 0 the cap was held, 1 it was not or something failed, 4 bad flags or no redis-server.
`;

/** Throws an error whose message is for people. */
export function readOptions(args: readonly string[]): DemoOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: text,
      "kill-after": text,
      proxies: text,
      engines: text,
      cap: text,
      players: text,
      contents: text,
      binary: { ...text, default: "dist/aceslot" },
      out: text,
      help: { type: "boolean", default: false },
    },
  });
  const count = (name: keyof typeof COUNTS): number => {
    const [fallback, min, max] = COUNTS[name];
    return whole(name, values[name], fallback, min, max);
  };
  return {
    seconds: values.seconds === undefined ? null : whole("seconds", values.seconds, 0, 1, 86_400),
    killAfter: whole("kill-after", values["kill-after"], 20, 0, 86_400),
    proxies: count("proxies"),
    engines: count("engines"),
    cap: count("cap"),
    players: count("players"),
    contents: count("contents"),
    binary: values.binary,
    out: values.out ?? null,
    help: values.help,
  };
}

function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name}: "${text}" is not allowed: it must be a whole number from ${min} to ${max}`);
}
