/** What `createProxy` takes and gives. */
import {
  type AceslotProxy,
  type Comparator,
  ConfigError,
  type ConfigErrorCode,
  createProxy,
  type EngineView,
  loadOf,
  type PoolPort,
  type ProxyOptions,
  type RejectCode,
  type ReloadableOptions,
} from "aceslot";
import type { Parts } from "aceslot/check";
import { type Each, never, type Same } from "./equal.ts";

export function options(pool: PoolPort): void {
  createProxy() satisfies AceslotProxy;
  createProxy({ engines: ["127.0.0.1:6878"], maxStreamsPerEngine: 2, log: console });
  createProxy({ pool, rank: (a, b) => loadOf(a) - loadOf(b) || b.turn - a.turn });
  // As it comes from the environment.
  createProxy({ token: process.env.TOKEN });
  // @ts-expect-error the command line's name
  createProxy({ "max-streams-per-engine": 2 });
  // @ts-expect-error times are numbers of milliseconds
  createProxy({ lingerMs: "5s" });
  // @ts-expect-error one engine is a list of one
  createProxy({ engines: "127.0.0.1:6878" });
  // @ts-expect-error "on" or "off"
  createProxy({ slate: true });
  // @ts-expect-error null is for `configure`
  createProxy({ token: null });
}

export async function using(proxy: AceslotProxy): Promise<void> {
  await using own = createProxy();
  const { fetch } = own;
  // As the runtimes' servers call it.
  (await fetch(new Request("http://proxy/"))) satisfies Response;
  fetch satisfies (request: Request) => Response | Promise<Response>;
  proxy.engines() satisfies EngineView[];
  for (const { slots } of proxy.engines())
    for (const { state } of slots) state satisfies "free" | "pending" | "active" | "released";
  proxy.endStream(7) satisfies boolean;
  // @ts-expect-error a stream's number, as its view has it
  proxy.endStream("7");
  proxy.endClient(7, "maintenance") satisfies boolean;
  proxy.configure({ maxStreamsPerEngine: 3, token: null });
  // @ts-expect-error an orchestrator cannot be exchanged while it runs
  proxy.configure({ orchestrator: "http://orchestrator:8000" });
}

/** A ranking for the proxy is one for a check as well. */
export const both = ((a, b) => a.own - b.own) satisfies Comparator satisfies Parts["rank"];

export function wrong(error: unknown): ConfigErrorCode | null {
  if (!(error instanceof ConfigError)) return null;
  error.all satisfies readonly ConfigError[];
  switch (error.code) {
    case "bad_value":
    case "unknown_name":
    case "not_reloadable":
    case "given_twice":
    case "conflict":
    case "unreadable_file":
    case "bad_file":
      return error.code;
    default:
      return never(error.code);
  }
}

/** What a client that was refused is told; every case has an answer. */
export function retries(code: RejectCode): boolean {
  switch (code) {
    case "no_capacity":
    case "provisioning_blocked":
    case "draining":
    case "engine_timeout":
      return true;
    case "engine_error":
    case "ended":
      return false;
    default:
      return never(code);
  }
}

export type OptionsOfARunningProxyAreOptions = Each<
  [
    ProxyOptions extends ReloadableOptions ? true : false,
    // All may be left out.
    Record<never, never> extends ProxyOptions ? true : false,
    Same<Parameters<AceslotProxy["configure"]>[0]["lingerMs"], number | null | undefined>,
  ]
>;
