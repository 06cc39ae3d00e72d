/**
 * A simulated engine in a process of its own, so that it can be killed, stopped and started again by real signals.
 * It tells its load as it changes, and what it told before it was killed is not forgotten.
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { EngineFaults, SessionEnd, SimEngineOptions, SimSession } from "../../src/sim/index.ts";
import { until } from "./until.ts";
import { freePort } from "./wire.ts";

/** What can be told to another process: media are named, not given. */
export type EngineProcessOptions = Omit<SimEngineOptions, "media" | "watch" | "faults"> & {
  /** Default `bare`: packets without a picture; `thin`: a thirtieth of them; `numbered`: each says which one it is, 0.3 Mbit/s. */
  readonly media?: "bare" | "thin" | "picture" | "numbered";
};

/** As much of a session as another process is told. */
export type ToldSession = Pick<SimSession, "id" | "content" | "infohash">;
/** As `WatchLoad` of an engine in this process; what a killed engine carried ends with it. */
export type WatchFromAfar = (what: "begin" | SessionEnd, session: ToldSession, load: number) => void;

/** From the engine's process. */
export type EngineWord =
  | { readonly kind: "listening"; readonly port: number; readonly name: string }
  | {
      readonly kind: "change";
      readonly what: "begin" | SessionEnd;
      readonly session: ToldSession;
      readonly load: number;
    }
  | { readonly kind: "counts"; readonly load: number; readonly peakLoad: number; readonly starts: number }
  | { readonly kind: "obeyed"; readonly order: number };
/** To it. It says so when it has obeyed. */
export interface EngineOrder {
  readonly order: number;
  readonly faults: Partial<EngineFaults>;
}

export interface EngineProcess extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly address: string;
  /** 0 while it is dead. */
  readonly pid: number;
  /** Sessions that it carries now; 0 while it is dead. */
  readonly load: number;
  /** The highest load of all its lives. */
  readonly peakLoad: number;
  /** Starts that it was asked for, in all its lives. */
  readonly starts: number;
  /** Changes its faults; a later life begins without any. */
  set(faults: Partial<EngineFaults>): void;
  /** Resolves when it has done what it was told, and what it told before that is known here; at once while it is dead. */
  heard(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** A new process on the same port. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  stop(): void;
  goOn(): void;
}

const PROGRAM = join(import.meta.dir, "engine-main.ts");

export async function startEngineProcess(
  options: EngineProcessOptions = {},
  watch: WatchFromAfar = () => {},
): Promise<EngineProcess> {
  const carried = new Map<string, ToldSession>();
  let child: ChildProcess | null = null;
  let isListening = false;
  // It must find it again in its next life.
  let port = options.port ?? (await freePort());
  let name = options.name ?? "";
  let load = 0;
  let peakLoad = 0;
  /** Of the lives before. */
  let formerStarts = 0;
  let starts = 0;
  let ordered = 0;
  let obeyed = 0;

  const begin = async (): Promise<void> => {
    isListening = false;
    const born = fork(PROGRAM, [JSON.stringify({ ...options, port, ...(name === "" ? {} : { name }) })], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child = born;
    born.on("message", (word: EngineWord) => {
      if (born !== child) return;
      if (word.kind === "listening") {
        ({ port, name } = word);
        isListening = true;
      } else if (word.kind === "change") {
        if (word.what === "begin") carried.set(word.session.id, word.session);
        else carried.delete(word.session.id);
        watch(word.what, word.session, word.load);
      } else if (word.kind === "obeyed") {
        obeyed = Math.max(obeyed, word.order);
      } else {
        load = word.load;
        peakLoad = Math.max(peakLoad, word.peakLoad);
        starts = word.starts;
      }
    });
    await until("the engine's process listens", () => {
      if (born.exitCode !== null) throw new Error(`the engine's process ended with ${born.exitCode}`);
      return isListening;
    });
  };

  const kill = async (): Promise<void> => {
    const dying = child;
    if (dying === null) return;
    const gone = new Promise<void>((resolve) => dying.once("exit", () => resolve()));
    if (dying.exitCode === null && dying.signalCode === null) {
      dying.kill("SIGKILL");
      await gone;
    }
    child = null;
    load = 0;
    for (const [id, session] of [...carried]) {
      carried.delete(id);
      watch("death", session, carried.size);
    }
    formerStarts += starts;
    starts = 0;
  };

  const set = (faults: Partial<EngineFaults>): void => {
    child?.send({ order: ++ordered, faults } satisfies EngineOrder);
  };
  /** Words come in order, both ways: the answer to an order that changes nothing comes behind all that was told before. */
  const heard = async (): Promise<void> => {
    const to = child;
    if (!to?.connected || !isListening) return;
    set({});
    const order = ordered;
    await until(
      "the engine's process obeys, or is no more",
      () => obeyed >= order || child !== to || to.exitCode !== null || to.signalCode !== null,
    );
  };

  await begin();
  return {
    get name() {
      return name;
    },
    get port() {
      return port;
    },
    get address() {
      return `127.0.0.1:${port}`;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    get load() {
      return load;
    },
    get peakLoad() {
      return peakLoad;
    },
    get starts() {
      return formerStarts + starts;
    },
    set,
    heard,
    kill,
    restart: async () => {
      await kill();
      await begin();
    },
    stop: () => void child?.kill("SIGSTOP"),
    goOn: () => void child?.kill("SIGCONT"),
    [Symbol.asyncDispose]: kill,
  };
}
