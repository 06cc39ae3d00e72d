/** What may happen next in a world of the shell, each with its words. The order is part of every trace file. */
import type { StatOutcome, StopOutcome } from "../../src/ports.ts";
import type { Fault, StreamId } from "../../src/slots/index.ts";
import {
  type AliveCall,
  nameOfContent,
  nameOfEngine,
  type RealSession,
  type SessionCall,
  type StartCall,
  type TimerTask,
} from "./ports.ts";
import type { ShellWorld } from "./world.ts";

export interface Happening {
  readonly text: string;
  readonly run: () => void;
}

/** Lets one of the enabled happenings be; what it sets off runs when the turn is run out. */
export function choose(world: ShellWorld, index: number): Happening {
  const happening = happenings(world)[index];
  if (!happening) throw new RangeError(`choice ${index} is not enabled`);
  world.beginTurn();
  happening.run();
  return happening;
}

export function happenings(world: ShellWorld): Happening[] {
  const may: Happening[] = [];
  clientsMay(world, may);
  const { outside } = world;
  for (const call of outside.starts) startMay(world, call, may);
  for (const call of outside.stops) stopMay(world, call, may);
  for (const call of outside.stats) statMay(world, call, may);
  for (const call of outside.alives) aliveMay(world, call, may);
  saveMay(world, may);
  poolMay(world, may);
  for (const session of outside.sessions) sessionMay(world, session, may);
  for (const [stream, session] of outside.reading) sourceMay(world, stream, session, may);
  for (const timer of outside.timers) timerMay(world, timer, may);
  return may;
}

function clientsMay(world: ShellWorld, may: Happening[]): void {
  if (world.requests > 0) {
    // Contents that nobody has asked for yet are all alike: one of them is enough.
    let asked = 0;
    for (const { content } of world.clients.values()) asked = Math.max(asked, Number(content.slice(3)));
    for (let content = 1; content <= Math.min(asked + 1, world.size.contents); content++)
      may.push({
        text: `client ${world.clients.size + 1} asks for content ${content}`,
        run: () => world.request(`id:${content}`),
      });
  }
  for (const client of world.clients.values())
    if (client.status === "asking" || client.status === "served")
      may.push({ text: `client ${client.id} leaves`, run: () => world.leave(client) });
}

/** Something that costs one of the misfortunes, if there is one left. */
function trouble(world: ShellWorld, may: Happening[], text: string, run: () => void): void {
  if (world.faults > 0)
    may.push({
      text,
      run() {
        world.faults--;
        run();
      },
    });
}

function take<T>(list: T[], item: T): void {
  list.splice(list.indexOf(item), 1);
}

function startMay(world: ShellWorld, call: StartCall, may: Happening[]): void {
  const { outside } = world;
  const { session, signal } = call;
  const engine = nameOfEngine(session.engine);
  const name = nameOfContent(session.content);
  const fail = (fault: Fault, opened: "no" | "unknown", message: string) => (): void => {
    take(outside.starts, call);
    session.told = opened;
    if (opened === "no") {
      session.runs = false;
      session.proof = "never opened";
    }
    outside.tell(engine, "proxy", message);
    call.resolve({ kind: "failed", fault, opened, message });
  };
  if (signal.aborted) {
    may.push({ text: `the start of ${name} is given up`, run: fail("timeout", "unknown", "given up") });
  }
  may.push({
    text: `${engine} answers the start of ${name}`,
    run() {
      take(outside.starts, call);
      session.told = "started";
      outside.tell(engine, "proxy", `${name} started`);
      const playbackSession = `${session.key}`;
      const answer = { urls: outside.urlsOf(session), infohash: null, playbackSession, isLive: true };
      call.resolve({ kind: "started", answer });
    },
  });
  if (session.runs) {
    trouble(world, may, `${engine} refuses ${name}`, fail("engine", "no", "refused"));
    trouble(world, may, `${engine} cannot play ${name}`, fail("content", "no", "cannot be played"));
  }
  trouble(world, may, `the answer of ${engine} is lost`, fail("timeout", "unknown", "no answer"));
}

function stopMay(world: ShellWorld, call: SessionCall<StopOutcome>, may: Happening[]): void {
  const { outside } = world;
  const { session } = call;
  const engine = nameOfEngine(session.engine);
  const name = nameOfContent(session.content);
  may.push({
    text: `${engine} confirms the stop of ${name}`,
    run() {
      take(outside.stops, call);
      const proof = session.runs ? "stop confirmed" : "unknown session";
      session.runs = false;
      session.proof = proof;
      outside.tell(engine, "proxy", proof);
      call.resolve({ kind: "confirmed", proof });
    },
  });
  const lose = (isDone: boolean) => (): void => {
    take(outside.stops, call);
    if (isDone) session.runs = false;
    session.delayed = true;
    outside.tell(engine, "proxy", "no answer");
    call.resolve({ kind: "unconfirmed", message: "no answer" });
  };
  if (session.runs) trouble(world, may, `${engine} stops ${name}, its answer is lost`, lose(true));
  trouble(world, may, `the stop of ${name} is lost`, lose(false));
}

function statMay(world: ShellWorld, call: SessionCall<StatOutcome>, may: Happening[]): void {
  const { outside } = world;
  const { session } = call;
  const engine = nameOfEngine(session.engine);
  may.push({
    text: `${engine} tells about ${nameOfContent(session.content)}`,
    run() {
      take(outside.stats, call);
      outside.tell(engine, "proxy", session.runs ? "it plays" : "unknown session");
      if (!session.runs) session.proof = "unknown session";
      const figures = { status: "dl", peers: 1, downloadedBytes: 1, speedDownKBps: 1, speedUpKBps: 1 };
      call.resolve(session.runs ? { kind: "stat", ...figures } : { kind: "gone" });
    },
  });
  trouble(world, may, `${engine} tells nothing`, () => {
    take(outside.stats, call);
    outside.tell(engine, "proxy", "no answer");
    call.resolve({ kind: "unavailable", message: "no answer" });
  });
}

function aliveMay(world: ShellWorld, call: AliveCall, may: Happening[]): void {
  const answer = (isAlive: boolean) => (): void => {
    take(world.outside.alives, call);
    world.outside.tell(nameOfEngine(call.engine), "proxy", isAlive ? "here I am" : "no answer");
    call.resolve(isAlive);
  };
  may.push({ text: `${nameOfEngine(call.engine)} answers`, run: answer(true) });
  trouble(world, may, `${nameOfEngine(call.engine)} does not answer`, answer(false));
}

function saveMay(world: ShellWorld, may: Happening[]): void {
  const { outside } = world;
  const { save } = outside;
  if (!save) return;
  const end = (): void => {
    outside.save = null;
    // The next write begins in this turn, and holds everything.
    world.isFileBehind = false;
  };
  may.push({
    text: "the state file is written",
    run() {
      end();
      outside.file = save.ids;
      outside.fileFailed = false;
      outside.tell("state file", "proxy", `${save.ids.size} written`);
      save.resolve();
    },
  });
  trouble(world, may, "the state file cannot be written", () => {
    end();
    outside.fileFailed = true;
    outside.tell("state file", "proxy", "disk full");
    save.reject(new Error("disk full"));
  });
}

function poolMay(world: ShellWorld, may: Happening[]): void {
  const { outside } = world;
  const { look } = outside;
  if (look) {
    if (!look.view)
      may.push({
        text: "the orchestrator makes its list",
        run: () => void Object.assign(look, outside.list()),
      });
    const { view } = look;
    if (view)
      may.push({
        text: "the list arrives",
        run() {
          outside.look = null;
          outside.tell(
            "orchestrator",
            "proxy",
            `${view.engines.length} engines, ${view.streams.length} streams`,
          );
          look.resolve(view);
        },
      });
    trouble(world, may, "the orchestrator does not answer", () => {
      outside.look = null;
      outside.tell("orchestrator", "proxy", "no answer");
      look.reject(new Error("no answer"));
    });
  }
  const [report] = outside.outbox;
  if (report && isListSeen(world))
    may.push({
      text: `the report arrives: ${nameOfContent(report.session.content)} ${report.what}`,
      run() {
        outside.outbox.shift();
        if (report.what === "started") outside.view.add(report.session);
        else outside.view.delete(report.session);
        outside.tell("proxy", "orchestrator", `${nameOfContent(report.session.content)} ${report.what}`);
      },
    });
  for (const resolve of outside.provisions) {
    const spare = outside.engines.find(({ exists }) => !exists);
    const answer = (outcome: Parameters<typeof resolve>[0], text: string): void => {
      take(outside.provisions, resolve);
      outside.tell("orchestrator", "proxy", text);
      resolve(outcome);
    };
    if (spare)
      may.push({
        text: `${nameOfEngine(spare)} is provisioned`,
        run() {
          spare.exists = true;
          answer({ kind: "provisioned", engine: spare.id }, `${nameOfEngine(spare)} is yours`);
        },
      });
    const blocked = { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: null };
    const refuse = (): void => answer({ kind: "failed", blocked }, blocked.code);
    if (spare) trouble(world, may, "nothing can be provisioned", refuse);
    else may.push({ text: "nothing more can be provisioned", run: refuse });
  }
}

function sessionMay(world: ShellWorld, session: RealSession, may: Happening[]): void {
  if (!session.runs || world.isRead(session)) return;
  const place = world.state.places.get(session.holder);
  const slot = place && world.state.engines.get(place.engine)?.slots[place.slot];
  // Read or about to be read: that it breaks off is one of the troubles of its source.
  if (slot && slot.state !== "released") return;
  const isOnlyEnd = session.told === "unknown";
  if (isOnlyEnd || world.timeouts > 0)
    may.push({
      text: `${nameOfEngine(session.engine)} ends ${nameOfContent(session.content)}, which nobody reads`,
      run() {
        if (!isOnlyEnd) world.timeouts--;
        session.runs = false;
      },
    });
}

function sourceMay(world: ShellWorld, stream: StreamId, session: RealSession, may: Happening[]): void {
  const { outside } = world;
  const name = nameOfContent(session.content);
  if (session.runs && !session.media)
    may.push({
      text: `the first bytes of ${name} arrive`,
      run() {
        session.media = true;
        outside.tell(nameOfEngine(session.engine), "proxy", `bytes of ${name}`);
        outside.events?.media(session.holder);
      },
    });
  const end = (fault: Fault, message: string) => (): void => {
    outside.reading.delete(stream);
    outside.tell(nameOfEngine(session.engine), "proxy", message);
    outside.events?.ended(session.holder, fault, message);
  };
  if (session.runs) {
    trouble(world, may, `${nameOfEngine(session.engine)} breaks ${name} off`, () => {
      session.runs = false;
      end("engine", "broken off")();
    });
    trouble(world, may, `${name} falls silent`, end("timeout", "silence"));
    trouble(world, may, `${name} is over`, end("over", "end of content"));
  } else may.push({ text: `${name} has ended`, run: end("engine", "ended") });
}

function timerMay(world: ShellWorld, timer: TimerTask, may: Happening[]): void {
  const { outside, state } = world;
  const [kind = "", subject = ""] = timer.what.split(" ");
  const fire = (text: string, before?: () => void): Happening => ({
    text,
    run() {
      before?.();
      outside.tell("proxy", "proxy", text);
      outside.fire(timer);
    },
  });
  const early = (text: string, before?: () => void): void => {
    if (world.timeouts > 0)
      may.push(
        fire(text, () => {
          world.timeouts--;
          before?.();
        }),
      );
  };
  switch (kind) {
    case "look":
      if (world.looks > 0)
        may.push(
          fire("it is time to look at the pool", () => {
            world.looks--;
          }),
        );
      return;
    case "release": {
      // The deadline's assumption: an engine ends a session that nobody reads before it.
      const real = world.realOf(Number(subject));
      const text = `the release deadline of session ${subject} ends`;
      if (!real) early(text);
      else if (!real.runs) may.push(fire(text));
      return;
    }
    case "doubt":
      if (isUnanswered(world, Number(subject))) early(`the answer for session ${subject} is long in coming`);
      return;
    case "patience": {
      const real = outside.sessions[Number(subject)];
      if (real && !real.delayed && state.places.has(real.holder))
        early(`the stop of ${nameOfContent(real.content)} is long in coming`, () => {
          real.delayed = true;
        });
      return;
    }
    case "provision": {
      // Nothing else ends it when nobody waits any more; while somebody does, it could go round and round.
      const isOnlyEnd = state.queue.length === 0 && outside.provisions.length === 0;
      const text = "provisioning has taken long enough";
      if (isOnlyEnd) may.push(fire(text));
      else early(text);
      return;
    }
    case "queue":
      return early(`client ${subject} has waited long enough`);
    case "start":
      return early(`session ${subject} has taken long enough to start`);
    case "stall":
      return early(`stream ${subject} has stood still long enough`);
    default:
      // Others are needed for anything to come to its end.
      may.push(fire(`timer: ${timer.what}`));
  }
}

/** Released, and its start is unanswered: what the doubt is about. Once that is over it never comes back. */
export function isUnanswered(world: ShellWorld, session: number): boolean {
  const place = world.state.places.get(session);
  const slot = place && world.state.engines.get(place.engine)?.slots[place.slot];
  return slot?.session?.start === "sent";
}

/** Will anybody see what the orchestrator lists now? A provisioned engine is looked for at once. */
export function isListSeen({ looks, size, outside }: ShellWorld): boolean {
  return looks > 0 || size.spares > 0 || (outside.look !== null && outside.look.view === null);
}
