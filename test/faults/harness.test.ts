/** The harness itself: that it does what it says to sockets and processes, and that its closing assertion can fail. */
import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { startEngineProcess } from "../support/engine-process.ts";
import { engineWorld, PLAYS_BYTES, streamUrl } from "../support/faults.ts";
import { openLink } from "../support/link.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

interface Ear {
  readonly socket: Socket;
  readonly text: string;
  readonly over: "fin" | "reset" | null;
}

function hear(socket: Socket): Ear {
  let text = "";
  let over: Ear["over"] = null;
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("end", () => {
    over ??= "fin";
  });
  socket.on("error", () => {
    over ??= "reset";
  });
  return {
    socket,
    get text() {
      return text;
    },
    get over() {
      return over;
    },
  };
}

/** A far part that says what it hears twice, a link in front of it, and somebody who is connected through it. */
async function wired() {
  const far: Ear[] = [];
  const server = createServer((socket) => {
    far.push(hear(socket));
    socket.on("data", (chunk) => socket.write(`${chunk}${chunk}`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const link = await openLink((server.address() as { port: number }).port);
  return {
    link,
    far,
    async enter(): Promise<Ear> {
      const before = far.length;
      const near = hear(connect(link.port, "127.0.0.1"));
      near.socket.write("a");
      await until("the far part answers", () => far.length > before && near.text === "aa");
      return near;
    },
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      server.close();
    },
  };
}

describe("a link", () => {
  test("that is reset breaks both sides off once, and takes new connections", async () => {
    await using scene = await wired();
    const near = await scene.enter();
    scene.link.set({ kind: "reset" });
    await until("both hear of it", () => near.over === "reset" && scene.far[0]?.over === "reset");
    await scene.enter();
  });

  test("that is stalled or deaf moves no byte there until it is mended, and then all of them in order", async () => {
    await using scene = await wired();
    const near = await scene.enter();
    scene.link.set({ kind: "deaf", to: "near" });
    near.socket.write("b");
    await until("the far part hears it", () => scene.far[0]?.text === "ab");
    await until("the answer is held", () => scene.link.held > 0);
    scene.link.set({ kind: "stalled" });
    near.socket.write("c");
    await until("that is held, too", () => scene.link.held > 1);
    expect([near.text, scene.far[0]?.text]).toEqual(["aa", "ab"]);
    scene.link.set(null);
    await until("everything came", () => near.text === "aabbcc");
  });

  test("that is half-open tells the far part of an end, and the near one nothing", async () => {
    await using scene = await wired();
    const near = await scene.enter();
    scene.link.set({ kind: "half-open" });
    await until("the far part hears of it", () => scene.far[0]?.over !== null);
    near.socket.write("b");
    const late = hear(connect(scene.link.port, "127.0.0.1"));
    await until("a new connection is taken", () => scene.link.connections === 2);
    expect([near.over, late.over, near.text]).toEqual([null, null, "aa"]);
    for (const { socket } of [near, late]) socket.destroy();
    await until("nothing of them is left", () => scene.link.connections === 0);
  });

  test("that cuts after some bytes delivers these and no more", async () => {
    await using scene = await wired();
    scene.link.set({ kind: "cut after", bytes: 5 });
    const near = await scene.enter();
    near.socket.write("bcd");
    await until("it breaks", () => near.over === "reset");
    expect(near.text).toBe("aabcd");
  });

  test("that trickles brings everything, a piece at a time", async () => {
    await using scene = await wired();
    const near = await scene.enter();
    scene.link.set({ kind: "trickle", bytesPerSecond: 50 });
    // Long enough that a part of it is seen, also by a process that stands still for a while.
    const words = "0123456789".repeat(15);
    near.socket.write(words);
    await until("a part of it is here", () => near.text.length > 2 && near.text.length < 302);
    await until("all of it is here", () => near.text === `aa${words}${words}`);
  });
});

test("an engine's process is killed, and what it carried is remembered", async () => {
  await using engine = await startEngineProcess();
  await using proxy = await startBinary([
    "--engine",
    engine.address,
    "--state-dir",
    "none",
    "--linger",
    "0s",
  ]);
  const player = play(streamUrl(proxy, 1));
  await player.got(PLAYS_BYTES);
  await until("it tells its load", () => engine.load === 1);
  const { pid, port } = engine;
  await engine.kill();
  expect([engine.load, engine.peakLoad, engine.starts]).toEqual([0, 1, 1]);
  await engine.restart();
  expect(engine.port).toBe(port);
  expect(engine.pid).not.toBe(pid);
  await closing({ proxy, engines: [engine], cap: 1, players: [player] });
}, 90_000);

describe("the closing assertion fails", () => {
  const refusal = (scene: Parameters<typeof closing>[0]): Promise<string> =>
    closing({ ...scene, deadlineMs: 300 }).then(
      () => "passed",
      (error: unknown) => String(error),
    );

  test("for a player that hangs, a session that is left, and an engine above its cap", async () => {
    await using world = await engineWorld(1);
    const { proxy, engines } = world;
    const scene = { proxy, engines, cap: 1 };
    expect(await refusal(scene)).toBe("passed");
    expect(await refusal({ ...scene, players: [{ status: null, over: null, leave() {} }] })).toContain(
      "hangs",
    );

    const foreign = world.first.startForeign("0".repeat(40));
    expect(await refusal(scene)).toContain(`"carried":["${world.first.name}: 1"]`);
    foreign.end();
    const player = await world.playing(0);
    expect(await refusal(scene)).toContain(": active");
    player.leave();
    await world.everythingEnds();
    expect(await refusal({ ...scene, cap: 0 })).toContain("peakLoad");
  }, 90_000);
});
