/** The door: `createProxy`. */
import { EmbeddedProxy } from "./embedded.ts";
import type { ProxyOptions } from "./options.ts";
import type { AceslotProxy } from "./proxy.ts";
import { readOptions } from "./reading.ts";

/**
 * Makes a proxy for AceStream engines that never gives an engine more streams than it can carry, and begins at once:
 * it looks at its engines, and serves as soon as somebody calls `fetch`. Close it to end it.
 *
 * @param options What it shall do; everything has a default.
 * @returns The running proxy.
 * @throws {ConfigError} If an option is unknown or not allowed: `message` names it, its value, the rule and the fix,
 * `all` has every fault that there is.
 *
 * @example
 * ```ts
 * import { createProxy } from "aceslot";
 *
 * await using proxy = createProxy({ engines: ["127.0.0.1:6878"], maxStreamsPerEngine: 2 });
 * await proxy.ready;
 * for (const { address, load, cap } of proxy.engines()) console.log(`${address}: ${load} of ${cap}`);
 * const answer = await proxy.fetch(new Request("http://localhost/healthz"));
 * console.log(answer.status); // 200; `Deno.serve(proxy.fetch)`, `Bun.serve({ fetch: proxy.fetch })` ask the same way
 * ```
 */
export function createProxy(options: ProxyOptions = {}): AceslotProxy {
  return new EmbeddedProxy(readOptions(options));
}
