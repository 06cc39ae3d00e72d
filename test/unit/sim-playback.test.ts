import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import {
  contentId,
  mediaNowMs,
  type PlaybackFault,
  type SimEngine,
  type SimSession,
  startSimEngine,
} from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { bareEngine, raw, readMedia, start, unchunked } from "./sim-calls.ts";

const A = contentId(1);
const PACKET = 188;

async function playing(
  faults: PlaybackFault | PlaybackFault[] | null,
): Promise<{ engine: SimEngine; url: string }> {
  const engine = await bareEngine();
  engine.faults.playback = faults;
  return { engine, url: (await start(engine, `id=${A}`)).playback_url };
}

/** The absolute numbers in bare media's packets. */
function packetNumbers(media: Uint8Array): number[] {
  const view = new DataView(media.buffer, media.byteOffset);
  return Array.from({ length: Math.floor(media.length / PACKET) }, (_, n) =>
    Number(view.getBigUint64(n * PACKET + 4)),
  );
}

const isGapless = (numbers: number[]): boolean =>
  numbers.every((number, n) => n === 0 || number === (numbers[n - 1] ?? 0) + 1);

describe("playback", () => {
  test("begins with a burst from behind the live edge and joins without a gap", async () => {
    await using engine = await bareEngine({ burstMs: 3000 });
    const { playback_url } = await start(engine, `id=${A}`);
    const askedAtMs = mediaNowMs();
    const media = await readMedia(playback_url, 3000 * PACKET);
    const gotAtMs = mediaNowMs();
    const numbers = packetNumbers(media);
    expect(isGapless(numbers)).toBe(true);
    expect(numbers[0]).toBeWithin(askedAtMs - 3000, gotAtMs - 3000 + 1);
  });

  test("plays the test picture by default, chunked, as video/MP2T", async () => {
    await using engine = await startSimEngine();
    const { playback_url } = await start(engine, `id=${A}`);
    const answer = await raw(playback_url, (bytes) => unchunked(bytes).length > 50 * PACKET);
    expect(answer.text).toMatch(/^HTTP\/1.1 200 /);
    expect(answer.text).toMatch(/content-type: video\/MP2T/i);
    expect(answer.text).toMatch(/transfer-encoding: chunked/i);
    const media = unchunked(answer.bytes);
    for (let at = 0; at < media.length; at += PACKET) expect(media[at]).toBe(0x47);
  });

  test("a session has one reader: the newer connection ends the older", async () => {
    const { engine, url } = await playing(null);
    const older = raw(url);
    await until("it is read", () => engine.counters.plays === 1);
    const newer = await readMedia(url, PACKET);
    expect((await older).end).toBe("fin");
    expect(newer.length).toBeGreaterThan(0);
    await engine.close();
  });

  test("a reader that stops reading holds nothing but its own place", async () => {
    await using engine = await bareEngine({ burstMs: 30 * 60_000 }); // 338 MB behind the edge
    const started = await start(engine, `id=${A}`);
    const { hostname, port, pathname } = new URL(started.playback_url);
    const socket = connect(Number(port), hostname, () => {
      socket.pause();
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
    });
    const session = engine.sessions.get(started.playback_session_id);
    let sentBefore = -1;
    await until("sending comes to rest", async () => {
      const sent = session?.bytesSent ?? 0;
      const rests = sent > 0 && sent === sentBefore;
      sentBefore = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return rests;
    });
    expect(sentBefore).toBeLessThan(40_000_000);
    socket.destroy();
    await until("the reader is gone", () => session?.reading === false);
  });
});

describe("playback that goes wrong", () => {
  const instead: [string, PlaybackFault, RegExp][] = [
    ["404", { kind: "status", status: 404 }, /^HTTP\/1.1 404 /],
    ["500", { kind: "status", status: 500 }, /^HTTP\/1.1 500 /],
    [
      "elsewhere",
      { kind: "redirect", to: "http://192.0.2.7/x" },
      /^HTTP\/1.1 302 [\s\S]*location: http:\/\/192.0.2.7\/x/i,
    ],
    ["HTML", { kind: "html" }, /content-type: text\/html/i],
    ["no byte", { kind: "no_bytes" }, /^HTTP\/1.1 200 [\s\S]*\r\n\r\n(0\r\n\r\n)?$/],
  ];
  for (const [name, fault, pattern] of instead) {
    test(`answers ${name}`, async () => {
      const { engine, url } = await playing(fault);
      const answer = await raw(url);
      expect(answer.text).toMatch(pattern);
      expect(answer.end).toBe("fin");
      expect(engine.load).toBe(1);
      await engine.close();
    });
  }

  test("sends no content type", async () => {
    const { engine, url } = await playing({ kind: "no_content_type" });
    const answer = await raw(url, (bytes) => unchunked(bytes).length >= PACKET);
    expect(answer.text.slice(0, answer.text.indexOf("\r\n\r\n"))).not.toMatch(/content-type/i);
    await engine.close();
  });

  test("sends no sync byte", async () => {
    const { engine, url } = await playing({ kind: "no_sync" });
    expect(await readMedia(url, 100 * PACKET)).not.toContain(0x47);
    await engine.close();
  });

  test("is silent from the start, or not even that", async () => {
    const { engine, url } = await playing({ kind: "silent" });
    const answer = await raw(url, (bytes) => bytes.length > 0);
    expect(unchunked(answer.bytes).length).toBe(0);
    engine.faults.playback = { kind: "hang" };
    const hanging = raw(url);
    await until("it arrives", () => engine.counters.plays === 2);
    await engine.close();
    expect((await hanging).text).toBe("");
  });

  test("is silent for a while, then makes up for it without a gap", async () => {
    const { engine, url } = await playing({ kind: "silent", afterMs: 60, forMs: 150 });
    const numbers = packetNumbers(await readMedia(url, 900 * PACKET));
    expect(isGapless(numbers)).toBe(true);
    await engine.close();
  });

  test("can be silenced and cut by hand, while another goes on", async () => {
    const { engine, url } = await playing(null);
    const witness = raw((await start(engine, `id=${contentId(2)}`)).playback_url);
    const reading = raw(url);
    const [ours, theirs] = [...engine.sessions.values()] as [SimSession, SimSession];
    await until("both play", () => ours.bytesSent > 0 && theirs.bytesSent > 0);
    ours.silence();
    const [sent, sentToWitness] = [ours.bytesSent, theirs.bytesSent];
    await until("the other gets more", () => theirs.bytesSent > sentToWitness + 100 * PACKET);
    expect(ours.bytesSent).toBe(sent);
    ours.cut("reset");
    expect((await reading).end).toBe("reset");
    expect([ours.reading, theirs.reading, engine.load]).toEqual([false, true, 2]);
    await engine.close();
    await witness;
  });

  for (const [how, end, isWhole] of [
    ["reset", "reset", false],
    ["cut", "fin", false],
    ["close", "fin", true],
  ] as const) {
    test(`dies after a while by ${how}; the session stays unless it is said to end`, async () => {
      const { engine, url } = await playing({ kind: "dies", afterMs: 50, how });
      const answer = await raw(url);
      expect(answer.end).toBe(end);
      expect(unchunked(answer.bytes).length).toBeGreaterThan(0);
      expect(answer.text.endsWith("0\r\n\r\n")).toBe(isWhole);
      expect(engine.load).toBe(1);
      engine.faults.playback = { kind: "dies", afterMs: 0, how, endsSession: true };
      await raw(url);
      expect(engine.load).toBe(0);
      await engine.close();
    });
  }

  test("bursts so many bytes before real time", async () => {
    const { engine, url } = await playing({ kind: "burst", bytes: 5_000_000 });
    const askedAtMs = mediaNowMs();
    let begunAtMs = Number.NaN;
    const { bytes } = await raw(url, (got) => {
      if (Number.isNaN(begunAtMs)) begunAtMs = mediaNowMs();
      return unchunked(got).length >= 5_000_000;
    });
    const numbers = packetNumbers(unchunked(bytes));
    expect(isGapless(numbers)).toBe(true);
    // Bare media have a packet for each millisecond.
    const burstMs = Math.ceil(5_000_000 / PACKET);
    expect(numbers[0]).toBeWithin(askedAtMs - burstMs, begunAtMs - burstMs + 1);
    await engine.close();
  });

  test("loses a byte, adds noise, loses a packet, or marks packets as scrambled", async () => {
    const { engine, url } = await playing({ kind: "short_packet", everyPackets: 10 });
    const short = await readMedia(url, 30 * PACKET);
    expect([short[9 * PACKET], short[10 * PACKET - 1]]).toEqual([0x47, 0x47]);
    engine.faults.playback = { kind: "garbage", everyPackets: 10 };
    const noisy = await readMedia(url, 30 * PACKET);
    expect([noisy[9 * PACKET], noisy[9 * PACKET + 97]]).toEqual([1, 0x47]);
    engine.faults.playback = { kind: "continuity", everyPackets: 10 };
    const numbers = packetNumbers(await readMedia(url, 30 * PACKET));
    expect((numbers[9] ?? 0) - (numbers[8] ?? 0)).toBe(2);
    engine.faults.playback = { kind: "scrambled" };
    expect(((await readMedia(url, PACKET))[3] ?? 0) & 0xc0).toBe(0xc0);
    await engine.close();
  });
});
