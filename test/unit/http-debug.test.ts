/** What the process holds is for programs on the same machine alone, and only where somebody wants it so. */
import { describe, expect, test } from "bun:test";
import { createApp } from "../../src/http/app.ts";
import { appOptions, fakeBroker, NOTHING_HELD } from "../support/shared-world.ts";

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly debug?: "off" | "on";
  readonly token?: string;
  readonly trusted?: readonly string[];
  readonly path?: string;
}

async function asked({
  headers = {},
  from = "127.0.0.1",
  debug = "on",
  token,
  trusted = [],
  path = "/api/v1/debug",
}: Asking): Promise<Response> {
  const options = appOptions(fakeBroker());
  const current = () => ({ ...options.current(), debug, token: token ?? null, trustedProxies: trusted });
  const app = createApp({ ...options, current });
  const request = new Request(`http://127.0.0.1:6879${path}`, {
    headers: { host: "127.0.0.1:6879", ...headers },
  });
  return app(request, { address: from });
}

const codeOf = async (answer: Response): Promise<unknown> =>
  answer.status === 200 ? 200 : ((await answer.json()) as { error: { code: string } }).error.code;

describe("it is told to", () => {
  const may: readonly (readonly [who: string, asking: Asking])[] = [
    ["a program on this machine", {}],
    ["one that asks by IPv6", { from: "::1", headers: { host: "[::1]:6879" } }],
    ["one whose IPv4 comes through a socket of both families", { from: "::ffff:127.0.0.1" }],
    ["one that asks by the machine's own name for itself", { headers: { host: "localhost:6879" } }],
    ["one that has another loopback address", { from: "127.0.3.4", headers: { host: "127.0.3.4" } }],
    ["one with the token", { token: "s3cret", headers: { authorization: "Bearer s3cret" } }],
    ["a browser on this machine whose user wants it", { headers: { "sec-fetch-site": "none" } }],
    ["one that has the heap swept first", { path: "/api/v1/debug?collect=1" }],
  ];
  test.each(may)("%s", async (_who, asking) => expect(await codeOf(await asked(asking))).toBe(200));
});

describe("it is not told", () => {
  const mayNot: readonly (readonly [who: string, code: string, asking: Asking])[] = [
    ["where nobody has turned it on", "not_found", { debug: "off" }],
    ["to the local network", "forbidden", { from: "192.168.1.20" }],
    ["to the internet", "forbidden", { from: "203.0.113.9" }],
    ["to one of whom nothing is known", "forbidden", { from: "" }],
    ["without the token", "unauthorized", { token: "s3cret" }],
    [
      "with the token, from afar",
      "forbidden",
      { token: "s3cret", from: "10.0.0.9", path: "/t/s3cret/api/v1/debug" },
    ],
    ["through a trusted proxy on this machine", "forbidden", { trusted: ["127.0.0.0/8"] }],
    [
      "to one that a trusted proxy calls one of this machine",
      "forbidden",
      { from: "10.0.0.2", trusted: ["10.0.0.2/32"], headers: { "x-forwarded-for": "127.0.0.1" } },
    ],
    [
      "to one that says by itself that it is of this machine",
      "forbidden",
      { from: "203.0.113.9", headers: { "x-forwarded-for": "127.0.0.1" } },
    ],
    ...(
      [
        ["x-forwarded-for", "203.0.113.9"],
        ["x-forwarded-for", "127.0.0.1"],
        ["forwarded", "for=127.0.0.1"],
        ["x-real-ip", "203.0.113.9"],
        ["cf-connecting-ip", "203.0.113.9"],
        ["true-client-ip", "203.0.113.9"],
        ["x-forwarded-server", "tv.example.org"],
        ["x-forwarded-proto", "https"],
        ["x-forwarded-host", "tv.example.org"],
        ["via", "1.1 nginx"],
      ] as const
    ).map(
      ([name, value]) =>
        [
          `through a proxy on this machine that nobody named (${name}: ${value})`,
          "forbidden",
          { headers: { [name]: value } },
        ] as const,
    ),
    ["to a page whose own name leads here", "forbidden", { headers: { host: "tv.example.org:6879" } }],
    [
      "to a page whose name looks like an address",
      "forbidden",
      { headers: { host: "127.0.0.1.example.org" } },
    ],
    ["to a page from elsewhere", "forbidden", { headers: { "sec-fetch-site": "cross-site" } }],
    ["to a page of another port", "forbidden", { headers: { "sec-fetch-site": "same-site" } }],
    ["for a bad parameter", "invalid_parameter", { path: "/api/v1/debug?collect=yes" }],
  ];
  test.each(mayNot)("%s", async (_who, code, asking) => {
    const answer = await asked(asking);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect(await codeOf(answer)).toBe(code);
  });
});

test("a reload turns it on and off", async () => {
  const options = appOptions(fakeBroker());
  let debug: "off" | "on" = "off";
  const app = createApp({ ...options, current: () => ({ ...options.current(), debug }) });
  const ask = async () =>
    (await app(new Request("http://127.0.0.1/api/v1/debug"), { address: "127.0.0.1" })).status;
  expect(await ask()).toBe(404);
  debug = "on";
  expect(await ask()).toBe(200);
  debug = "off";
  expect(await ask()).toBe(404);
});

test("it counts what broker, data plane and process hold", async () => {
  const broker = fakeBroker();
  const held = { ...broker.held, unanswered: 3, timers: { queue: 3, linger: 1 } };
  const options = appOptions({ ...broker, held, reportsPending: 5 });
  const bodies = { ...options.bodies, held: { ...NOTHING_HELD, hlsDownloads: 7, ringBytes: 188 } };
  const app = createApp({
    ...{ ...options, bodies },
    current: () => ({ ...options.current(), debug: "on" }),
  });
  const answer = await app(new Request("http://127.0.0.1/api/v1/debug"), { address: "127.0.0.1" });
  const view = (await answer.json()) as Record<string, unknown>;
  expect(view).toMatchObject({
    slots: { engines: 1, sessions: 0, free: 2, pending: 0, active: 0, released: 0 },
    clients: { known: 0, unanswered: 3, httpRequests: 1, eventListeners: 0 },
    timers: { byKind: { queue: 3, linger: 1 } },
    data: { hlsDownloads: 7, ringBytes: 188 },
    backlog: { reports: 5, journalLines: 0 },
    runtime: `Bun ${Bun.version}`,
  });
  const { memory, threads, descriptors } = view as {
    memory: { objects: number; objectsByKind: Record<string, number> };
    threads: number;
    descriptors: Record<string, number>;
  };
  expect(memory.objects).toBeGreaterThan(0);
  expect(memory.objectsByKind.Function).toBeGreaterThan(0);
  expect(threads).toBeGreaterThan(0);
  expect(descriptors.pipe ?? descriptors.file ?? 0).toBeGreaterThan(0);
});
