/**
 * Tries a content, because somebody asked for it: plays it for some seconds and stops it again. Where a proxy runs with
 * these settings, it is asked as a player would ask it, since only it knows which slots are free. Else one engine that
 * carries nothing, as far as can be known, is asked.
 */
import { get } from "node:http";
import { createEngineClient } from "../engine/index.ts";
import { messageOf } from "../foreign.ts";
import { lookupFor } from "../net/dialling.ts";
import { hostPortOf, originOf } from "../net/exchange.ts";
import { createOrchestratorPool } from "../orchestrator/index.ts";
import type { StatOutcome } from "../ports.ts";
import type { Address } from "../slots/index.ts";
import { type Finding, fail, info, ok, warn } from "./finding.ts";
import { ANSWER_MS, TEST_FIRST_BYTE_MS, TEST_PLAY_MS, TEST_START_MS } from "./limits.ts";
import { ask } from "./listening.ts";
import type { Patient } from "./patient.ts";

const what = "test content";

export async function tryContent(patient: Patient): Promise<readonly Finding[]> {
  const { settings, leaseStore, testId } = patient;
  if (testId === null) return [];
  const own = ownAddress(patient);
  if (own !== null && (await ask(own, "/healthz", null))?.status === "ok")
    return [await throughProxy(own, settings.token, testId)];
  if (leaseStore !== null)
    return [
      refused(
        "other proxies share these engines, and this one does not run",
        "start the proxy, and ask again: it knows which slots are free",
      ),
    ];
  const engine = await freeEngine(patient);
  return typeof engine === "object"
    ? onEngine(engine, testId)
    : [refused(engine, "try again when one is free")];
}

const refused = (why: string, fix: string): Finding =>
  warn({
    what,
    found: `it was not tried: ${why}`,
    why: "an engine that gets one stream too many drops others",
    fix,
  });

/** Where the proxy would be reached from here. */
function ownAddress({ settings: { listen } }: Patient): Address | null {
  if (listen.port === 0) return null;
  const isEverywhere = ["", "::", "0.0.0.0"].includes(listen.host);
  return { scheme: "http", host: isEverywhere ? "127.0.0.1" : listen.host, port: listen.port };
}

interface Watched {
  readonly status: number;
  /** Null: none came. */
  readonly firstByteMs: number | null;
  readonly bytes: number;
  /** What an answer that is no stream says. */
  readonly words: string;
  readonly slate: string | null;
}

/** Reads for `TEST_PLAY_MS` from the first byte on. Rejects when there is no answer. */
function watch(url: string, headers: Record<string, string>): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const beganMs = performance.now();
    let firstByteMs: number | null = null;
    let bytes = 0;
    let words = "";
    let status = 0;
    let slate: string | null = null;
    const done = (): void => {
      clearTimeout(timer);
      request.destroy();
      resolve({ status, firstByteMs, bytes, words, slate });
    };
    let timer = setTimeout(done, TEST_FIRST_BYTE_MS);
    const { hostname } = new URL(url);
    const request = get(url, { agent: false, headers, ...lookupFor(hostname) }, (answer) => {
      status = answer.statusCode ?? 0;
      const told = answer.headers["x-aceslot-slate"];
      if (typeof told === "string") {
        slate = told;
        done();
        return;
      }
      answer.on("data", (part: Buffer) => {
        bytes += part.length;
        if (status !== 200) words = (words + part.toString()).slice(0, 1_000);
        if (firstByteMs !== null) return;
        firstByteMs = performance.now() - beganMs;
        clearTimeout(timer);
        timer = setTimeout(done, TEST_PLAY_MS);
      });
      answer.on("end", done);
      answer.on("error", done);
    });
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

const plays = ({ status, bytes, slate }: Watched): boolean => status === 200 && bytes > 0 && slate === null;

function figures({ firstByteMs, bytes }: Watched): string {
  const kilobits = Math.round((bytes * 8) / TEST_PLAY_MS);
  return `first byte after ${((firstByteMs ?? 0) / 1_000).toFixed(1)} s, then ${kilobits} kbit/s`;
}

const TRY_ANOTHER =
  "try an id of which you know that it plays elsewhere; if that one fails too, look at the engine's network (VPN, port forwarding) and its log";

async function throughProxy(own: Address, token: string | null, id: string): Promise<Finding> {
  const headers: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
  const seen = await watch(`${originOf(own)}/ace/getstream?id=${id}`, headers);
  if (plays(seen)) return ok(what, `it plays through the running proxy: ${figures(seen)}`);
  const [, message = seen.slate ?? "nothing came"] = /"message":"([^"]*)"/.exec(seen.words) ?? [];
  return fail({
    what,
    found: `the running proxy does not play it: ${message}`,
    why: "players get the same answer",
    fix: TRY_ANOTHER,
  });
}

/** One that carries nothing; or, as a text, why there is none. */
async function freeEngine({ settings }: Patient): Promise<Address | string> {
  const client = createEngineClient({ aliveTimeoutMs: ANSWER_MS });
  const answering = async (engines: readonly Address[]): Promise<Address | undefined> => {
    const alive = await Promise.all(engines.map((address) => client.alive(address)));
    return engines.find((_, index) => alive[index]);
  };
  const { orchestrator: baseUrl, orchestratorKey: key } = settings;
  if (baseUrl === null) return (await answering(settings.engines)) ?? "no engine answers";
  const pool = createOrchestratorPool({ baseUrl, key, fallback: [], lookTimeoutMs: ANSWER_MS });
  try {
    const { engines, streams } = await pool.look();
    const idle = engines.filter(
      ({ id, draining, health }) =>
        !draining && health !== "unhealthy" && streams.every(({ engine }) => engine !== id),
    );
    return (
      (await answering(idle.map(({ address }) => address))) ??
      "the orchestrator lists no engine without a stream that answers"
    );
  } catch (error) {
    return messageOf(error);
  } finally {
    pool.close();
  }
}

async function onEngine(address: Address, id: string): Promise<Finding[]> {
  const client = createEngineClient();
  const place = hostPortOf(address);
  const start = await client.start(
    { address, content: `id:${id}`, variant: "" },
    AbortSignal.timeout(TEST_START_MS),
  );
  if (start.kind === "failed")
    return [
      fail({
        what,
        found: `engine ${place} does not start it: ${start.message}`,
        why:
          start.fault === "content"
            ? "the engine does not find this content, or nobody sends it now"
            : "the engine does not do as engines do",
        fix: TRY_ANOTHER,
      }),
    ];
  const { urls } = start.answer;
  let seen: Watched;
  let stat: StatOutcome;
  try {
    seen = await watch(urls.playback, {});
    stat = await client.stat(urls);
  } finally {
    const stopped = await client.stop(urls);
    if (stopped.kind !== "confirmed") await client.stop(urls);
  }
  const peers =
    stat.kind === "stat"
      ? `; status ${stat.status}, ${stat.peers} peers, ${stat.speedDownKBps} KB/s down`
      : "";
  const gone = (await client.stat(urls)).kind === "gone";
  const left = gone
    ? []
    : [
        info(
          what,
          `engine ${place} has not confirmed that it stopped`,
          "it ends what nobody reads after about a minute by itself",
        ),
      ];
  if (plays(seen)) return [ok(what, `it plays from engine ${place}: ${figures(seen)}${peers}`), ...left];
  return [
    fail({
      what,
      found: `engine ${place} starts it, and sends nothing within ${TEST_FIRST_BYTE_MS / 1_000} s${peers}`,
      why: "nobody who has it was found, or its network does not let them through",
      fix: TRY_ANOTHER,
    }),
    ...left,
  ];
}
