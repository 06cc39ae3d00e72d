import { describe, expect, test } from "bun:test";
import { createEngineClient } from "../../src/engine/index.ts";
import { contentId, type SimEngine } from "../../src/sim/index.ts";
import type { Address, SessionUrls } from "../../src/slots/index.ts";
import { DEAD, oddServer, saying } from "./odd-server.ts";
import { bareEngine } from "./sim-calls.ts";

const SHORT_MS = 60;
const client = createEngineClient();
const hasty = createEngineClient({
  stopTimeoutMs: SHORT_MS,
  statTimeoutMs: SHORT_MS,
  aliveTimeoutMs: SHORT_MS,
});

const at = (engine: SimEngine): Address => ({ scheme: "http", host: engine.host, port: engine.port });

async function begun(engine: SimEngine): Promise<SessionUrls> {
  const order = { address: at(engine), content: `id:${contentId(1)}`, variant: "" };
  const outcome = await client.start(order, new AbortController().signal);
  if (outcome.kind !== "started") throw new Error(outcome.message);
  return outcome.answer.urls;
}

const urlsAt = ({ host, port }: Address, path = "/x"): SessionUrls => {
  const url = `http://${host}:${port}${path}`;
  return { playback: url, stat: url, command: url };
};

describe("a stop", () => {
  test("is confirmed by the engine's ok, and the second one by an unknown session", async () => {
    await using engine = await bareEngine();
    const urls = await begun(engine);
    expect(await client.stop(urls)).toEqual({ kind: "confirmed", proof: "stop confirmed" });
    expect(engine.load).toBe(0);
    expect(await client.stop(urls)).toEqual({ kind: "confirmed", proof: "unknown session" });
  });

  test("adds its method to a query that is there", async () => {
    await using odd = await saying('{"response":"ok","error":null}');
    await client.stop(urlsAt(odd.address, "/cmd?a=1"));
    await client.stop(urlsAt(odd.address, "/cmd"));
    expect(odd.requests.map((request) => request.split(" ")[1])).toEqual([
      "/cmd?a=1&method=stop",
      "/cmd?method=stop",
    ]);
  });

  test("is not confirmed by an error, garbage, a refusal or silence", async () => {
    await using engine = await bareEngine({ faults: { stop: { kind: "error", words: "engine is busy" } } });
    expect(await client.stop(await begun(engine))).toEqual({
      kind: "unconfirmed",
      message: "engine is busy",
    });

    for (const body of [
      "",
      "ok",
      "<html>",
      '{"response":"no","error":null}',
      '{"response":"ok","error":"busy"}',
    ]) {
      await using odd = await saying(body);
      expect((await client.stop(urlsAt(odd.address))).kind).toBe("unconfirmed");
    }
    await using failing = await saying('{"response":"ok","error":null}', 500);
    expect((await client.stop(urlsAt(failing.address))).kind).toBe("unconfirmed");
    expect((await client.stop(urlsAt(DEAD))).kind).toBe("unconfirmed");
    expect((await client.stop({ playback: "", stat: "", command: "" })).kind).toBe("unconfirmed");

    await using silent = await oddServer(() => {});
    expect((await hasty.stop(urlsAt(silent.address))).kind).toBe("unconfirmed");
  });
});

describe("a stat", () => {
  test("tells status, peers, bytes and speeds", async () => {
    await using engine = await bareEngine();
    const stat = await client.stat(await begun(engine));
    expect(stat).toMatchObject({ kind: "stat", status: expect.stringMatching(/^(prebuf|dl|check|idle)$/) });
    if (stat.kind === "stat") expect(stat.peers).toBeGreaterThan(0);
  });

  test("passes over numbers that are missing or make no sense", async () => {
    await using odd = await saying(
      '{"response":{"status":"dl","peers":"12","speed_down":-3,"downloaded":null},"error":null}',
    );
    expect(await client.stat(urlsAt(odd.address))).toEqual({
      kind: "stat",
      status: "dl",
      peers: 12,
      downloadedBytes: 0,
      speedDownKBps: 0,
      speedUpKBps: 0,
    });
  });

  test("proves by an unknown session that it is gone, and by nothing else", async () => {
    await using engine = await bareEngine();
    const urls = await begun(engine);
    await client.stop(urls);
    expect(await client.stat(urls)).toEqual({ kind: "gone" });

    for (const body of ["", "<html>", '{"response":{},"error":null}', '{"response":null,"error":"busy"}']) {
      await using odd = await saying(body);
      expect((await client.stat(urlsAt(odd.address))).kind).toBe("unavailable");
    }
    expect((await client.stat(urlsAt(DEAD))).kind).toBe("unavailable");
    await using silent = await oddServer(() => {});
    expect((await hasty.stat(urlsAt(silent.address))).kind).toBe("unavailable");
  });
});

describe("whether an engine is alive", () => {
  test("is told by an answer of any sort below 500", async () => {
    await using engine = await bareEngine();
    expect(await client.alive(at(engine))).toBe(true);
    expect(await client.version(at(engine))).toMatch(/^\d+\.\d+/);
    await using other = await saying("no such call", 404);
    expect(await client.alive(other.address)).toBe(true);
    expect(await client.version(other.address)).toBeNull();
  });

  test("is denied by a refusal, silence and errors of the server", async () => {
    await using failing = await saying("", 502);
    await using silent = await oddServer(() => {});
    expect(await client.alive(failing.address)).toBe(false);
    expect(await hasty.alive(silent.address)).toBe(false);
    expect(await client.alive(DEAD)).toBe(false);
  });
});
