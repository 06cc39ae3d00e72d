/** Do the engines answer? */
import { createEngineClient } from "../engine/index.ts";
import { lookupFor } from "../net/dialling.ts";
import { exchangeWithin, hostPortOf } from "../net/exchange.ts";
import type { Address } from "../slots/index.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { ANSWER_BYTES_MAX, ANSWER_MS, ENGINES_AT_ONCE, ENGINES_TOLD_MAX } from "./limits.ts";
import type { Patient } from "./patient.ts";
import { addressTrap } from "./reaching.ts";

/** Those that are named in the settings. */
export async function checkEngines(patient: Patient): Promise<Finding[]> {
  const { engines, orchestrator } = patient.settings;
  return engines.length === 0 ? [] : lookAt(patient, engines, orchestrator === null ? "named" : "a fallback");
}

/** `from`: how we know of them. */
export async function lookAt(
  patient: Patient,
  engines: readonly Address[],
  from: "named" | "a fallback" | "listed",
): Promise<Finding[]> {
  const seen = await inTurns(engines, ENGINES_AT_ONCE, see);
  const fine = seen.filter((engine) => engine.state === "answers");
  const findings: Finding[] = [];
  if (fine.length > 0) {
    const versions = [...new Set(fine.map(({ version }) => version ?? ""))].sort().join(", ");
    const which = fine.length === 1 ? `${fine[0]?.place} answers` : `${fine.length} answer`;
    findings.push(ok("engines", `${which}, version ${versions}`));
  }
  const cutOff = fine.filter(({ isConnected }) => isConnected === false);
  for (const engine of cutOff.slice(0, ENGINES_TOLD_MAX)) findings.push(withoutNetwork(engine));
  const odd = seen.filter((engine) => engine.state !== "answers");
  for (const engine of odd.slice(0, ENGINES_TOLD_MAX)) findings.push(explain(patient, engine, from));
  if (odd.length > ENGINES_TOLD_MAX)
    findings.push(
      warn({
        what: "engines",
        found: `${odd.length - ENGINES_TOLD_MAX} more do not answer as engines do`,
        why: "they get no streams",
        fix: "as above",
      }),
    );
  return findings;
}

interface Seen {
  readonly address: Address;
  readonly place: string;
  readonly state: "answers" | "odd" | "silent";
  readonly version: string | null;
  /** Whether it says that it reaches the internet; null: it does not say. */
  readonly isConnected: boolean | null;
  /** Why it is silent. */
  readonly message: string;
}

const client = createEngineClient({ aliveTimeoutMs: ANSWER_MS });

/** As the proxy asks: where it would not go, the doctor does not either. */
const orderTo = (address: Address) => ({
  address,
  bytesMax: ANSWER_BYTES_MAX,
  ...lookupFor(address.host),
});

async function see(address: Address): Promise<Seen> {
  const place = hostPortOf(address);
  const [version, isConnected] = await Promise.all([client.version(address), connected(address)]);
  const seen = { address, place, version, isConnected, message: "" };
  if (version !== null) return { ...seen, state: "answers" };
  const [isAlive, answer] = await Promise.all([
    client.alive(address),
    exchangeWithin(ANSWER_MS, { ...orderTo(address), target: "/" }),
  ]);
  if (isAlive) return { ...seen, state: "odd" };
  const message = answer.kind === "failed" ? answer.message : `it answers with status ${answer.status}`;
  return { ...seen, state: "silent", message };
}

const NETWORK_TARGET = "/server/api?api_version=3&method=get_network_connection_status";

/** Engines of other makes may not know the question. */
async function connected(address: Address): Promise<boolean | null> {
  const answer = await exchangeWithin(ANSWER_MS, { ...orderTo(address), target: NETWORK_TARGET });
  if (answer.kind === "failed" || answer.status !== 200) return null;
  const [, told] = /"connected"\s*:\s*(true|false)/.exec(answer.body) ?? [];
  return told === undefined ? null : told === "true";
}

const withoutNetwork = ({ place }: Seen): Finding =>
  warn({
    what: `engine ${place}`,
    found: "it says that it has no connection to the internet",
    why: "it finds no peers, so nothing plays from it",
    fix: [
      "see whether the VPN that it goes through is up:",
      "  docker compose logs --tail 20 gluetun",
      "and start the engine again after the VPN: one that uses another container's network loses it when that one is made anew; in the compose file:",
      "  services:",
      "    acestream:",
      '      network_mode: "service:gluetun"',
      "      depends_on: { gluetun: { condition: service_healthy, restart: true } }",
    ].join("\n"),
  });

function explain(patient: Patient, seen: Seen, from: "named" | "a fallback" | "listed"): Finding {
  const { address, place, state, message } = seen;
  const what = `engine ${place}`;
  if (state === "odd")
    return warn({
      what,
      found: "something answers there, but it does not tell an engine's version",
      why: "if it is no AceStream engine, nothing plays from it",
      fix: `look at  curl '${address.scheme}://${place}/webui/api/service?method=get_version'  and give --engine the engine's own HTTP port (6878 as it comes)`,
    });
  const trap = addressTrap(
    patient.inContainer,
    address.host,
    message,
    "acestream",
    "ACESLOT_ENGINE: acestream:6878",
  );
  const trouble = {
    what,
    found: message === "" ? "it does not answer" : message.replace(`${place}: `, ""),
    why: trap?.why ?? WHY[from],
    fix:
      trap?.fix ??
      (from === "listed"
        ? "let this host reach the engines' addresses as the orchestrator lists them: the same network, no firewall between"
        : "start the engine there, or name the right address: --engine HOST:PORT"),
  };
  return from === "named" ? fail(trouble) : warn(trouble);
}

const WHY = {
  named: "nothing plays from an engine that does not answer",
  "a fallback": "it could not stand in while the orchestrator is down",
  listed: "it gets no streams until it answers",
} as const;

/** As many at once as are allowed; the answers in the order of the items. */
async function inTurns<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
