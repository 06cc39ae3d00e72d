/** What engines may answer, and what their sessions may do. */
import type { StatOutcome, StopOutcome } from "../../src/ports.ts";
import type { Fault, StreamId } from "../../src/slots/index.ts";
import { type Happening, take, trouble } from "./happening.ts";
import {
  type AliveCall,
  nameOfContent,
  nameOfEngine,
  type RealSession,
  type SessionCall,
  type StartCall,
} from "./real.ts";
import type { ShellWorld } from "./world.ts";

export function startMay(world: ShellWorld, call: StartCall, may: Happening[]): void {
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

export function stopMay(world: ShellWorld, call: SessionCall<StopOutcome>, may: Happening[]): void {
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

export function statMay(world: ShellWorld, call: SessionCall<StatOutcome>, may: Happening[]): void {
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

export function aliveMay(world: ShellWorld, call: AliveCall, may: Happening[]): void {
  const answer = (isAlive: boolean) => (): void => {
    take(world.outside.alives, call);
    world.outside.tell(nameOfEngine(call.engine), "proxy", isAlive ? "here I am" : "no answer");
    call.resolve(isAlive);
  };
  may.push({ text: `${nameOfEngine(call.engine)} answers`, run: answer(true) });
  trouble(world, may, `${nameOfEngine(call.engine)} does not answer`, answer(false));
}

export function sessionMay(world: ShellWorld, session: RealSession, may: Happening[]): void {
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

export function sourceMay(world: ShellWorld, stream: StreamId, session: RealSession, may: Happening[]): void {
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
