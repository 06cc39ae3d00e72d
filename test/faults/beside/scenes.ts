/** The faults: each is put to one subject, and answers what became of whom, in counts. */
import { connect, type Socket } from "node:net";
import { contentId, type SimEngine, startSimEngine } from "../../../src/sim/index.ts";
import { type Ending, WireClient } from "../../soak/wire-client.ts";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { type Files, type Running, type SubjectName, startSubject } from "./subjects.ts";

export interface Scene {
  readonly name: string;
  /** What is done, and what is to be looked for. */
  readonly told: string;
  readonly columns: readonly string[];
  /** Cells, as many as columns; null: the fault cannot be put to it. */
  run(place: Place): Promise<readonly string[] | null>;
}

export interface Place {
  readonly subject: SubjectName;
  readonly folder: string;
}

const STREAM_BITS = 2_000_000;
/** Enough to fill what a frozen client's sockets hold within seconds. */
const FAST_BITS = 16_000_000;
const LOOK_MS = 8_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Viewer {
  bytes = 0;
  firstMs: number | null = null;
  ending: Ending | null = null;
  readonly client: WireClient;

  constructor(port: number, content: number, agent = "viewer") {
    this.client = new WireClient({ port, agent }, contentId(content), {
      first: (ms) => {
        this.firstMs = ms;
      },
      gap() {},
      over: (ending) => {
        this.ending = ending;
      },
    });
  }

  get packets(): number {
    return this.client.packets;
  }
}

/** Two engines and the subject before them. */
async function between<T>(
  { subject, folder }: Place,
  bits: number,
  files: Files,
  use: (running: Running, engines: readonly SimEngine[]) => Promise<T>,
): Promise<T | null> {
  const engines = await Promise.all(
    [0, 1].map(() => startSimEngine({ media: numberedMedia(bits), burstMs: 500 })),
  );
  const ports = engines.map(({ port }) => port);
  const running = await startSubject(subject, folder, ports, files);
  try {
    return running === null ? null : await use(running, engines);
  } finally {
    await running?.stop();
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

/** So long somebody may wait for a first byte: one design gathers 4.2 MiB before anybody gets one. */
const FIRST_MS = 45_000;

/**
 * Clients of one stream; those that have no byte in time stay as they are. nginx cannot share one, and an engine gives
 * a content to one reader: each of its clients has a content of its own.
 */
async function viewers(
  { subject }: Place,
  port: number,
  count: number,
  content = 0,
): Promise<readonly Viewer[]> {
  const all = Array.from(
    { length: count },
    (_, at) => new Viewer(port, subject === "nginx" ? content + at : content, `viewer-${at}`),
  );
  await until("all play", () => all.every(({ firstMs }) => firstMs !== null), FIRST_MS).catch(() => {});
  return all;
}

const leaveAll = (all: readonly Viewer[]): void => {
  for (const { client } of all) client.leave(true);
};

const of = (count: number, all: number): string => `${count} of ${all}`;

const MID_PLAY: Scene = {
  name: "engine dies in mid-play",
  told: "10 clients watch one stream, another engine is free; 8 s later",
  columns: ["play on", "told that it broke", "hang without a word", "ended as if it were over"],
  run: (place) =>
    between(place, STREAM_BITS, null, async ({ port }, engines) => {
      const all = await viewers(place, port, 10);
      await Promise.all(engines.filter(({ load }) => load > 0).map((engine) => engine.kill()));
      await pause(LOOK_MS / 2);
      const before = all.map(({ packets }) => packets);
      await pause(LOOK_MS / 2);
      const playOn = all.filter(
        ({ ending, packets }, at) => ending === null && packets > (before[at] ?? 0),
      ).length;
      const broken = all.filter(({ ending }) => ending === "broken").length;
      const clean = all.filter(({ ending }) => ending === "clean").length;
      leaveAll(all);
      return [playOn, broken, all.length - playOn - broken - clean, clean].map((count) =>
        of(count, all.length),
      );
    }),
};

const FROZEN: Scene = {
  name: "frozen client",
  told: "10 clients watch one stream of 16 Mbit/s, one stops reading; 12 s later",
  columns: ["others get of what they got before", "engine sessions for 10 clients"],
  run: (place) =>
    between(place, FAST_BITS, null, async ({ port }, engines) => {
      const all = await viewers(place, port, 10);
      const sessions = engines.reduce((sum, { load }) => sum + load, 0);
      const others = all.slice(1);
      const rate = async (): Promise<number> => {
        const before = others.reduce((sum, { packets }) => sum + packets, 0);
        const beganMs = performance.now();
        await pause(LOOK_MS / 2);
        const packets = others.reduce((sum, viewer) => sum + viewer.packets, 0) - before;
        return packets / (performance.now() - beganMs);
      };
      // What comes first comes faster.
      await pause(LOOK_MS / 2);
      const before = await rate();
      all[0]?.client.pause();
      await pause(FROZEN_FILLS_MS);
      const after = await rate();
      leaveAll(all);
      return [before === 0 ? "none" : `${Math.round((100 * after) / before)} %`, String(sessions)];
    }),
};
const FROZEN_FILLS_MS = 12_000;

const ZAPPING: Scene = {
  name: "zapping over dead channels",
  told: "10 channels whose start is never answered, half a second each; then a live one (20 s at most), while another client watches",
  columns: ["live channel's first byte", "other client plays on", "engine sessions 5 s after all left"],
  run: (place) =>
    place.subject === "nginx"
      ? Promise.resolve(null)
      : between(place, STREAM_BITS, null, async ({ port }, engines) => {
          const [other] = await viewers(place, port, 1, 1);
          for (const engine of engines)
            engine.faults.start = Array.from({ length: 10 }, (_, at) => ({
              kind: "hang" as const,
              effect: "before" as const,
              content: contentId(100 + at),
            }));
          for (let at = 0; at < 10; at++) {
            const dead = new Viewer(port, 100 + at, "zapper");
            await pause(500);
            dead.client.leave(false);
          }
          const live = new Viewer(port, 2, "zapper");
          await until("the live one plays", () => live.firstMs, 20_000).catch(() => {});
          const before = other?.packets ?? 0;
          await pause(2_000);
          const playsOn = (other?.packets ?? 0) > before;
          if (other !== undefined) leaveAll([other, live]);
          await pause(5_000 + LINGER_MS);
          const left = engines.reduce((sum, { load }) => sum + load, 0);
          const first = live.firstMs === null ? "none in 20 s" : `${Math.round(live.firstMs)} ms`;
          return [first, playsOn ? "yes" : "no", String(left)];
        }),
};
const LINGER_MS = 5_000;

const FAILED: Scene = {
  name: "starts that fail",
  told: "10 channels start at the engines, but their playback answers 404; their clients stay for 8 s",
  columns: [
    "clients told of an error",
    "given the error page as video, or nothing",
    "sessions on the engines meanwhile",
  ],
  run: (place) =>
    place.subject === "nginx"
      ? Promise.resolve(null)
      : between(place, STREAM_BITS, null, async ({ port }, engines) => {
          for (const engine of engines) engine.faults.playback = { kind: "status", status: 404 };
          const all = Array.from({ length: 10 }, (_, at) => new Viewer(port, at, `viewer-${at}`));
          await pause(LOOK_MS);
          const told = all.filter(({ ending }) => typeof ending === "object" && ending !== null).length;
          const left = engines.reduce((sum, { load }) => sum + load, 0);
          leaveAll(all);
          return [of(told, all.length), of(all.length - told, all.length), String(left)];
        }),
};

const DESCRIPTORS: Scene = {
  name: "1,024 descriptors",
  told: "a hard limit of 1,024; 400 clients play one stream, then 1,000 more come; 8 s later",
  columns: [
    "of the 400 play on",
    "of the 1,000 play",
    "refused in words",
    "no answer, or broken",
    "serves again when they left",
  ],
  run: (place) =>
    // It gathers 4.2 MiB before anybody gets a byte: at this bit rate that takes minutes.
    place.subject === "acexy-head"
      ? Promise.resolve(null)
      : between(place, 200_000, 1_024, async ({ port }) => {
          const first = await viewers(place, port, 400);
          const more = Array.from(
            { length: 1_000 },
            (_, at) => new Viewer(port, place.subject === "nginx" ? 400 + at : 0, `more-${at}`),
          );
          await pause(LOOK_MS / 2);
          const before = first.map(({ packets }) => packets);
          await pause(LOOK_MS / 2);
          const playOn = first.filter(({ packets }, at) => packets > (before[at] ?? 0)).length;
          const playing = more.filter(({ firstMs, ending }) => firstMs !== null && ending === null).length;
          const refused = more.filter(({ ending }) => typeof ending === "object" && ending !== null).length;
          leaveAll([...first, ...more]);
          await pause(2_000);
          const again = new Viewer(port, 0, "again");
          await until("it serves again", () => again.firstMs, 10_000).catch(() => {});
          leaveAll([again]);
          return [
            ...[of(playOn, first.length), of(playing, more.length), of(refused, more.length)],
            ...[of(more.length - playing - refused, more.length), again.firstMs === null ? "no" : "yes"],
          ];
        }),
};

const SLOWLORIS: Scene = {
  name: "slowloris",
  told: "2,000 connections send half a request and nothing more; a client comes at once; 30 s later",
  columns: ["client's first byte", "half requests still open"],
  run: (place) =>
    between(place, STREAM_BITS, null, async ({ port }) => {
      let open = 0;
      const sockets: Socket[] = [];
      for (let at = 0; at < 2_000; at++) {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.once("connect", () => {
          open += 1;
          socket.write("GET /ace/getstream?id=0 HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        });
        // Who is told of a time-out closes; what is held open is what counts.
        socket.on("data", () => {});
        socket.once("close", () => (open -= 1));
        sockets.push(socket);
        if (at % 100 === 99) await pause(10);
      }
      await until("all have connected", () => open >= 1_990, 15_000).catch(() => {});
      const viewer = new Viewer(port, 0);
      await until("a client plays", () => viewer.firstMs, 15_000).catch(() => {});
      await pause(30_000);
      const left = open;
      leaveAll([viewer]);
      for (const socket of sockets) socket.destroy();
      return [viewer.firstMs === null ? "none in 15 s" : `${Math.round(viewer.firstMs)} ms`, of(left, 2_000)];
    }),
};

export const SCENES: readonly Scene[] = [MID_PLAY, FROZEN, ZAPPING, FAILED, DESCRIPTORS, SLOWLORIS];
