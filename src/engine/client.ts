/** The client of an engine's HTTP API. */
import { lookupFor } from "../net/dialling.ts";
import { type Exchange, exchange, exchangeWithin, placeOf, toldBriefly } from "../net/exchange.ts";
import type { EnginePort, StatOutcome, StopOutcome } from "../ports.ts";
import type { Address } from "../slots/index.ts";
import { fieldsOf, readAnswer, saysUnknownSession } from "./answers.ts";
import { ALIVE_TIMEOUT_MS, ANSWER_BYTES_MAX, STAT_TIMEOUT_MS, STOP_TIMEOUT_MS } from "./limits.ts";
import { readStart, startTarget } from "./start.ts";

export interface EngineClientOptions {
  readonly stopTimeoutMs?: number;
  readonly statTimeoutMs?: number;
  readonly aliveTimeoutMs?: number;
}

export interface EngineClient extends EnginePort {
  /** The engine's version, as `3.2.11`; null if it does not answer or does not tell. */
  version(address: Address): Promise<string | null>;
}

/** What is the same in everything that an engine is asked. */
const orderTo = (address: Address) => ({
  address,
  bytesMax: ANSWER_BYTES_MAX,
  ...lookupFor(address.host),
});

const VERSION_TARGET = "/webui/api/service?method=get_version";

export function createEngineClient(options: EngineClientOptions = {}): EngineClient {
  const {
    stopTimeoutMs = STOP_TIMEOUT_MS,
    statTimeoutMs = STAT_TIMEOUT_MS,
    aliveTimeoutMs = ALIVE_TIMEOUT_MS,
  } = options;

  /** Asks a URL of a session; null if it is none. */
  function ask(url: string, extra: string, timeoutMs: number): Promise<Exchange> | null {
    const place = placeOf(url);
    if (place === null) return null;
    const joint = extra === "" ? "" : place.target.includes("?") ? "&" : "?";
    const target = `${place.target}${joint}${extra}`;
    return exchangeWithin(timeoutMs, { ...orderTo(place.address), target });
  }

  async function stopAt(command: string): Promise<StopOutcome> {
    const answer = await ask(command, "method=stop", stopTimeoutMs);
    return answer === null ? { kind: "unconfirmed", message: "no usable command_url" } : readStop(answer);
  }

  const askVersion = (address: Address): Promise<Exchange> =>
    exchangeWithin(aliveTimeoutMs, { ...orderTo(address), target: VERSION_TARGET });

  return {
    async start(order, signal) {
      const { address } = order;
      const target = startTarget(order, crypto.randomUUID());
      if (target === null) {
        const message = "no engine can be asked for this kind of content";
        return { kind: "failed", fault: "content", opened: "no", message };
      }
      const answer = await exchange({ ...orderTo(address), target, signal });
      const { outcome, leftAt } = readStart(answer, address);
      if (outcome.kind === "started" || leftAt === null) return outcome;
      // It has begun and is of no use: what was stopped need not be waited for.
      const { kind } = await stopAt(leftAt);
      return kind === "confirmed" ? { ...outcome, opened: "no" } : outcome;
    },
    stop: (urls) => stopAt(urls.command),
    async stat(urls) {
      const answer = await ask(urls.stat, "", statTimeoutMs);
      return answer === null ? { kind: "unavailable", message: "no usable stat_url" } : readStat(answer);
    },
    async alive(address) {
      const answer = await askVersion(address);
      // Engines of other makes may lack this call; that they refuse it is an answer too.
      return answer.kind === "answered" && answer.status < 500;
    },
    async version(address) {
      const answer = await askVersion(address);
      const read = answer.kind === "answered" && answer.status === 200 ? readAnswer(answer.body) : null;
      const version = read?.kind === "json" ? fieldsOf(read.fields.result)?.version : null;
      return typeof version === "string" ? toldBriefly(version) || null : null;
    },
  };

  function readStop(answer: Exchange): StopOutcome {
    if (answer.kind === "failed") return { kind: "unconfirmed", message: answer.message };
    const read = readAnswer(answer.body);
    const words = read.kind === "json" ? read.error : read.kind === "text" ? read.text : null;
    if (words !== null && saysUnknownSession(words)) return { kind: "confirmed", proof: "unknown session" };
    if (
      answer.status === 200 &&
      read.kind === "json" &&
      read.error === null &&
      read.fields.response === "ok"
    ) {
      return { kind: "confirmed", proof: "stop confirmed" };
    }
    return { kind: "unconfirmed", message: words ?? unexpected(answer.status, read) };
  }

  function readStat(answer: Exchange): StatOutcome {
    if (answer.kind === "failed") return { kind: "unavailable", message: answer.message };
    const read = readAnswer(answer.body);
    const words = read.kind === "json" ? read.error : read.kind === "text" ? read.text : null;
    if (words !== null && saysUnknownSession(words)) return { kind: "gone" };
    const response = read.kind === "json" && read.error === null ? fieldsOf(read.fields.response) : null;
    if (answer.status !== 200 || response === null || Object.keys(response).length === 0) {
      return { kind: "unavailable", message: words ?? unexpected(answer.status, read) };
    }
    const status = response.status;
    return {
      kind: "stat",
      status: typeof status === "string" ? toldBriefly(status) : "",
      peers: count(response.peers),
      downloadedBytes: count(response.downloaded),
      speedDownKBps: count(response.speed_down),
      speedUpKBps: count(response.speed_up),
    };
  }
}

const unexpected = (status: number, read: ReturnType<typeof readAnswer>): string =>
  status === 200 && read.kind === "garbage" ? read.what : `an unexpected answer with status ${status}`;

/** A number that is told, as a number or a text; otherwise 0. */
function count(value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : 0;
}
