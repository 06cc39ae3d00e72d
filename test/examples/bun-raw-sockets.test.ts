/** HTTP on bare sockets: what comes of right and wrong requests, of a slow client, and of a stream that breaks. */
import { afterAll, describe, expect, test } from "bun:test";
import { openDoor } from "../../docs/examples/bun-raw-sockets/door.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/viewer.ts";
import { wire } from "../support/wire.ts";
import { startEngines, streamOf } from "./engines.ts";
import { startExample } from "./example.ts";

test("the proxy behind sockets of one's own plays, tells its throughput, and breaks off with a reset", async () => {
  await using engines = await startEngines(1);
  await using example = await startExample("bun-raw-sockets/main.ts", "bun", { engines: engines.addresses });
  const url = await example.url();
  const probe = await fetch(streamOf(url, 1), { method: "HEAD" });
  expect([probe.status, probe.headers.get("content-type"), probe.headers.get("connection")]).toEqual([
    ...[200, "video/mp2t", "close"],
  ]);
  expect(engines.loads).toEqual([0]);

  const viewer = watch(streamOf(url, 1));
  expect(await viewer.answered()).toBe(200);
  await viewer.got(188 * 100);
  expect(viewer.packets).toMatchObject({ broken: 0 });
  expect(await (await fetch(`${url}/throughput`)).text()).toMatch(/^1 connections, [\d.]+ Mbit\/s\n$/);
  const { clients } = await (await fetch(`${url}/api/v1/clients`)).json();
  expect(clients).toEqual([expect.objectContaining({ address: "127.0.0.1" })]);

  expect(await example.end()).toBe(0);
  await until("the viewer sees how it ends", () => viewer.over);
  expect(viewer.over).toBe("reset");
  expect(engines.loads).toEqual([0]);
  expect(example.errors).toBe("");
});

describe("the door", () => {
  const MIB = 2 ** 20;
  const pulled: number[] = [];
  const left: string[] = [];
  /** Bodies as a proxy has them: without end, one that errs, one that is silent. */
  const door = openDoor(0, (request) => {
    const { pathname } = new URL(request.url);
    const body = (pull: (controller: ReadableStreamDefaultController) => void) =>
      new Response(
        new ReadableStream({ pull, cancel: () => void left.push(pathname) }, { highWaterMark: 0 }),
      );
    if (pathname === "/endless")
      return body((controller) => {
        pulled.push(MIB);
        controller.enqueue(new Uint8Array(MIB));
      });
    if (pathname === "/errs")
      return body((controller) =>
        pulled.push(1) % 2 ? controller.enqueue(new Uint8Array(10)) : controller.error(new Error("over")),
      );
    if (pathname === "/silent") return body(() => new Promise(() => {}));
    if (pathname === "/late")
      return new Promise((answer) => request.signal.addEventListener("abort", () => answer(body(() => {}))));
    return Response.json({
      method: request.method,
      url: request.url,
      agent: request.headers.get("user-agent"),
    });
  });
  afterAll(() => door.stop());
  const url = `http://127.0.0.1:${door.port}`;
  const sent = (...lines: string[]) => wire(url, [...lines, "", ""].join("\r\n"));

  test("answers a request with what its head says", async () => {
    const answer = sent("GET /a?b=c HTTP/1.1", "Host: tv:80", "User-Agent:  mpv ");
    expect(await answer.answered()).toBe(200);
    await until("it is closed", () => answer.closed);
    expect(answer.text).toEndWith('{"method":"GET","url":"http://tv/a?b=c","agent":"mpv"}');
  });

  for (const [what, lines, status] of [
    ["another method", ["POST / HTTP/1.1", "Host: tv"], 405],
    ["no HTTP", ["hello"], 400],
    ["HTTP/1.1 without a host", ["GET / HTTP/1.1"], 400],
    ["two hosts", ["GET / HTTP/1.1", "Host: a", "Host: b"], 400],
    ["a folded header", ["GET / HTTP/1.1", "Host: tv", " more"], 400],
    ["a space before the colon", ["GET / HTTP/1.1", "Host : tv"], 400],
    ["a body", ["GET / HTTP/1.1", "Host: tv", "Content-Length: 1"], 400],
    ["a body in chunks", ["GET / HTTP/1.1", "Host: tv", "Transfer-Encoding: chunked"], 400],
    ["a head without end", ["GET / HTTP/1.1", `X: ${"x".repeat(17_000)}`], 431],
    ["HTTP/1.0", ["GET / HTTP/1.0"], 200],
    ["the whole address", ["GET http://tv/ HTTP/1.1", "Host: tv"], 200],
  ] as const)
    test(`answers ${what} with ${status}`, async () => {
      const answer = sent(...lines);
      expect(await answer.answered()).toBe(status);
      await until("it is closed", () => answer.closed);
    });

  test("takes a head that comes in pieces", async () => {
    const answer = wire(url, "GET / HT");
    answer.send("TP/1.1\r\nHost: tv\r\n");
    answer.send("\r\n");
    expect(await answer.answered()).toBe(200);
  });

  test("writes no faster than the client reads", async () => {
    pulled.length = 0;
    const viewer = wire(url, "GET /endless HTTP/1.1\r\nHost: tv\r\n\r\n", { freezeAtBytes: MIB });
    await until("the socket is full", async () => {
      const before = pulled.length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return before > 0 && pulled.length === before;
    });
    // What the system's buffers hold of it.
    expect(pulled.length).toBeLessThan(32);
    expect(door.connections).toBe(1);
    viewer.leave();
    await until("the body is left", () => left.includes("/endless"));
  });

  test("breaks off with a reset when the body errs", async () => {
    pulled.length = 0;
    const viewer = watch(`${url}/errs`);
    await until("it is over", () => viewer.over);
    expect([viewer.status, viewer.over]).toEqual([200, "reset"]);
  });

  test("leaves a body that is silent as soon as the client is gone", async () => {
    const viewer = watch(`${url}/silent`);
    await viewer.answered();
    viewer.leave();
    await until("the body is left", () => left.includes("/silent"));
  });

  test("leaves the body of an answer that comes when the client is gone", async () => {
    const viewer = watch(`${url}/late`);
    await until("it is being answered", () => door.connections === 1);
    viewer.leave();
    await until("the body is left", () => left.includes("/late"));
    await until("nobody is answered any more", () => door.connections === 0);
  });
});
