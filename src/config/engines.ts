import { engineUrl, hostPort } from "./addresses.ts";
import type { Candidate } from "./candidates.ts";
import { ACEXY_ONLY, OPTIONS } from "./options.ts";
import type { Found, Reading } from "./reading.ts";
import type { EngineAddress } from "./settings.ts";

/**
 * The engines, none twice. acexy's ACEXY_SCHEME, ACEXY_HOST and ACEXY_PORT together name one. The default one is for a
 * proxy without an orchestrator; as fallbacks there are only those that somebody has named.
 */
export function readEngines(
  reading: Reading,
  orchestrator: Pick<Found<string | null>, "value">,
): Found<readonly EngineAddress[]> {
  const spec = OPTIONS.engines;
  const parts = engineFromParts(reading);
  const found = reading.list(spec, parts === null ? [] : [parts]);
  const distinct = [...new Map(found.value.map((engine) => [engineUrl(engine), engine])).values()];
  if (distinct.length < found.value.length) {
    reading.warnings.push(`${found.place}: an engine is named more than once; it counts once`);
  }
  const value = found.rank === "default" && orchestrator.value !== null ? [] : distinct;
  return reading.show(spec, { ...found, value }, value.length > 0 ? value.map(spec.kind.show) : null);
}

function engineFromParts(reading: Reading): Candidate<EngineAddress> | null {
  const scheme = reading.optional(ACEXY_ONLY.scheme);
  const host = reading.optional(ACEXY_ONLY.host);
  const port = reading.optional(ACEXY_ONLY.port);
  const named = [host, port, scheme].find((part) => part.value !== null);
  if (named === undefined) return null;
  const address = hostPort(host.value ?? "127.0.0.1", port.value ?? 6878);
  return {
    rank: "alias",
    source: named.source,
    place: named.place,
    texts: [`${scheme.value ?? "http"}://${address}`],
    alias: null,
    assign: (example) => `${named.place}=${example}`,
  };
}
