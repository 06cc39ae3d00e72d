/**
 * A simulated orchestrator over real HTTP: lists engines and streams, takes events, provisions engines, with the
 * quirks of its generation and every fault on demand.
 * It never looks at what an engine really carries, as the real ones do not either: it books what it is told.
 * The demo, the tests and the benches may import it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type Books,
  containerIdOf,
  type EndedEvent,
  type EngineRecord,
  LaggingBooks,
  type StreamRecord,
} from "./books.ts";
import { appendBounded, nowMs, Timers } from "./clock.ts";
import { isSameContent } from "./content.ts";
import { openDoor, readBody, send } from "./door.ts";
import type { ListedEngine } from "./engine.ts";
import { sendFaulty, takeFault } from "./faults.ts";
import type { Answer, Generation } from "./generation.ts";
import { isRead, type Paths, refusal, routeOf } from "./orchestrator-doors.ts";
import { contentOf, endedEventOf, startedEventOf } from "./orchestrator-events.ts";
import { noOrchestratorFaults, type OrchestratorRoute } from "./orchestrator-faults.ts";
import { gen1 } from "./orchestrator-gen1.ts";
import { gen2 } from "./orchestrator-gen2.ts";
import { distortEngines } from "./orchestrator-listing.ts";
import type {
  EngineListing,
  OrchestratorCall,
  SimOrchestrator,
  SimOrchestratorOptions,
} from "./orchestrator-options.ts";
import { Provisioning } from "./orchestrator-provision.ts";

/**
 * Starts an orchestrator on a port of this machine. Rejects with the system's error where the port cannot be used.
 *
 * @example
 * ```ts
 * import { startSimEngine, startSimOrchestrator } from "aceslot/sim";
 *
 * await using engine = await startSimEngine();
 * await using orchestrator = await startSimOrchestrator({ generation: 2, engines: [engine] });
 * console.log(await (await fetch(`${orchestrator.url}/api/v1/engines`)).json());
 * ```
 */
export async function startSimOrchestrator(options: SimOrchestratorOptions): Promise<SimOrchestrator> {
  const { generation } = options;
  const rules: Generation = generation === 1 ? gen1 : gen2;
  const paths: Paths =
    generation === 1 ? (options.paths ?? "plain") : options.paths === "internal" ? "internal" : "v1";
  const books = new LaggingBooks(options.lagMs ?? 0);
  // Apart from those of the books, which a restart clears.
  const timers = new Timers();
  const calls: OrchestratorCall[] = [];
  const counters = {
    engines: 0,
    streams: 0,
    status: 0,
    provision: 0,
    stream_started: 0,
    stream_ended: 0,
    other: 0,
  };
  const random = options.random ?? Math.random;
  let engineNumber = 0;

  const provisioning = new Provisioning({
    rules,
    plan: options.provision ?? null,
    healthyAfterMs: options.healthyAfterMs ?? 0,
    timers,
    listed: () => books.truth.engines.size,
    orchestrator: () => orchestrator,
  });
  const door = await openDoor({
    host: "127.0.0.1",
    port: options.port ?? 0,
    handle: (request, response, url) => {
      answerCall(request, response, url).catch(() => response.destroy());
    },
  });

  async function answerCall(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const method = request.method ?? "GET";
    const text = await readBody(request);
    const body = text === "" ? undefined : parsedOrNull(text);
    const noted = body === undefined ? {} : { body };
    appendBounded(calls, { method, path: url.pathname, query: url.search, atMs: nowMs(), ...noted });
    const route = routeOf(paths, method, url.pathname);
    counters[route ?? "other"]++;
    if (route === null) {
      send(response, 404, rules.notFound.type, rules.notFound.body);
      return;
    }
    const about = contentOf(body);
    const fault = takeFault(
      orchestrator.faults.routes[route] ?? null,
      (named) => named.toLowerCase() === about.toLowerCase() || isSameContent(named, about.toLowerCase()),
    );
    const happens = fault === null || fault.kind === "late" || (fault.effect ?? "before") !== "before";
    let answer = refusal({ generation, paths, key: options.key }, route, request.headers);
    // What a call does it does on arrival; what a list shows is looked up when it is answered.
    if (answer === null && !isRead(route) && happens) answer = await act(route, body);
    if (fault?.delayMs !== undefined) await pause(fault.delayMs);
    if (answer === null && isRead(route)) answer = read(route, url.searchParams);
    sendFaulty(response, fault, answer?.body ?? {}, answer?.status ?? 200);
  }

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      timers.after(delayMs, resolve);
    });

  function read(route: "engines" | "streams" | "status", query: URLSearchParams): Answer {
    const { view } = books;
    const { faults } = orchestrator;
    if (route === "status") {
      const body = rules.statusJson(view, provisioning.block(), options.provision?.max ?? 0);
      return { status: 200, body };
    }
    const records =
      route === "engines"
        ? distortEngines([...view.engines.values()].map(rules.engineJson), faults)
        : [...faults.extraStreamRecords, ...rules.listStreams(view, query).map(rules.streamJson)];
    const list = rules.inOrder(records, random);
    return { status: 200, body: paths === "internal" ? { [route]: list, total: list.length } : list };
  }

  async function act(route: OrchestratorRoute, body: unknown): Promise<Answer> {
    if (route === "provision") return provisioning.answer();
    const invalid = rules.invalidEvent(route, body);
    if (invalid !== null) return invalid;
    if (paths === "internal" && typeof body === "object" && body !== null && !("content_id" in body)) {
      return { status: 400, body: { error: "content_id is required" } };
    }
    if (route === "stream_ended") return rules.endedAnswer(endStream(endedEventOf(body)));
    const event = startedEventOf(body);
    return rules.startedAnswer(books.write((either) => rules.streamStarted(either, event)));
  }

  function endStream(event: EndedEvent): StreamRecord | null {
    const ended = books.write((either) => rules.streamEnded(either, event));
    const idle = ended === null ? undefined : books.truth.engines.get(ended.containerId);
    const wipe = options.autoDelete === true ? {} : options.autoDelete || null;
    if (wipe === null || idle === undefined || idle.streamIds.length > 0) return ended;
    timers.after(wipe.afterMs ?? 0, () => {
      if (idle.streamIds.length > 0) return;
      orchestrator.removeEngine(idle.containerId);
      if (wipe.kill) void idle.engine?.kill();
    });
    return ended;
  }

  const orchestrator: SimOrchestrator = {
    url: `http://127.0.0.1:${door.port}`,
    port: door.port,
    generation,
    faults: { ...noOrchestratorFaults(), ...options.faults },
    get lagMs() {
      return books.lagMs;
    },
    set lagMs(lagMs) {
      books.lagMs = lagMs;
    },
    calls,
    counters,
    addEngine(engine, listing = {}) {
      const containerId = listing.containerId ?? containerIdOf(engine.address);
      const containerName = listing.containerName ?? `acestream-${++engineNumber}`;
      const at = new Date();
      books.writeThrough((either) => {
        either.engines.set(containerId, recordOf(engine, { ...listing, containerId, containerName }, at));
      });
      return containerId;
    },
    removeEngine(containerId) {
      const at = new Date();
      books.writeThrough((either) => {
        rules.removeEngine(either, containerId, at);
      });
    },
    relist(containerId, listing) {
      books.writeThrough((either) => {
        const record = either.engines.get(containerId);
        if (record !== undefined) Object.assign(record, listing);
      });
    },
    containerIdOf(engine) {
      const record = [...books.truth.engines.values()].find((listed) => listed.engine === engine);
      if (record === undefined) throw new Error(`engine ${engine.name} is not listed`);
      return record.containerId;
    },
    addForeignStream(engine, content) {
      const containerId = orchestrator.containerIdOf(engine);
      const session = engine.startForeign(content);
      const id = rules.foreignStreamId(content, session.id);
      const urlOf = (door: string): string =>
        `http://${engine.address}/ace/${door}/${session.infohash}/${session.id}`;
      const event = {
        containerId,
        host: engine.host,
        port: engine.port,
        keyType: "content_id",
        key: content,
        playbackSessionId: session.id,
        statUrl: urlOf("stat"),
        commandUrl: urlOf("cmd"),
        isLive: true,
        labels: {},
        at: new Date(),
      };
      books.write((either) => rules.streamStarted(either, event));
      return {
        id,
        playbackSessionId: session.id,
        end: () => {
          session.end();
          endStream({ containerId, streamId: id, contentId: content, at: new Date() });
        },
      };
    },
    forget() {
      books.forget((either) => {
        either.streams.clear();
        for (const record of either.engines.values()) {
          record.streamIds = [];
          record.streamCount = 0;
        }
      });
    },
    view: () => copyOf(books.view),
    truth: () => copyOf(books.truth),
    down: () => door.shut("reset"),
    up: () => door.reopen(),
    async close() {
      provisioning.close();
      timers.clear();
      books.timers.clear();
      await door.shut("close");
    },
    [Symbol.asyncDispose]: () => orchestrator.close(),
  };
  for (const engine of options.engines ?? []) orchestrator.addEngine(engine);
  return orchestrator;
}

function recordOf(
  engine: ListedEngine,
  listing: EngineListing & { containerId: string; containerName: string },
  at: Date,
): EngineRecord {
  return {
    containerId: listing.containerId,
    containerName: listing.containerName,
    host: listing.host ?? engine.host,
    port: listing.port ?? engine.port,
    engine,
    labels: {},
    firstSeen: at,
    lastSeen: at,
    lastStreamUsage: null,
    health: listing.health ?? "healthy",
    forwarded: listing.forwarded ?? false,
    draining: listing.draining ?? false,
    streamIds: [],
    streamCount: 0,
  };
}

const copyOf = (books: Books): { engines: EngineRecord[]; streams: StreamRecord[] } => ({
  engines: [...books.engines.values()].map((record) => ({ ...record, streamIds: [...record.streamIds] })),
  streams: [...books.streams.values()].map((record) => ({ ...record })),
});

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
