/** What orchestrators of both generations answer to looks, provisions and events, through the pool and real HTTP. */
import fc from "fast-check";
import { createOrchestratorPool } from "../../../../src/orchestrator/index.ts";
import { placeKey } from "../../../../src/slots/index.ts";
import { word } from "./mutate.ts";
import { answersOf, json, oddService, type Raw } from "./odd-service.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const id = fc.oneof(fc.constantFrom("c1", "c2", "c3"), word, json);
const engine = fc.record(
  {
    ...{ container_id: id, container_name: word, port: fc.oneof(fc.integer({ min: -1, max: 70_000 }), json) },
    host: fc.oneof(
      fc.constantFrom("10.0.0.1", "gluetun", "169.254.169.254", "::1", "a@b", "a/b"),
      word,
      json,
    ),
    health_status: fc.oneof(fc.constantFrom("healthy", "unhealthy"), word),
    last_stream_usage: fc.oneof(fc.constantFrom("2026-11-30T10:00:00", "0001-01-01T00:00:00Z"), json),
    ...{ api_port: fc.nat(), draining: json, forwarded: json, stream_count: json },
  },
  { requiredKeys: ["port", "host"] },
);
const stream = fc.record(
  {
    ...{ id, container_id: id, engine_id: id, key: fc.oneof(fc.constant("a".repeat(40)), word) },
    key_type: fc.oneof(fc.constantFrom("infohash", "content_id"), word),
    status: fc.oneof(fc.constantFrom("started", "pending_failover", "ended"), word),
    ...{ playback_session_id: word, stat_url: word.map((text) => `http://x/${text}`), command_url: json },
  },
  { requiredKeys: [] },
);
const list = (one: fc.Arbitrary<unknown>, name: string): fc.Arbitrary<string> => {
  const records = fc.array(fc.oneof(one, one, one, json), { maxLength: 6 });
  return fc
    .oneof(
      records,
      records.map((all) => ({ [name]: all })),
      json,
    )
    .map((value) => JSON.stringify(value) ?? "");
};
const status = fc
  .record({
    provisioning: fc.oneof(
      json,
      fc.record(
        {
          can_provision: fc.boolean(),
          blocked_reason: fc.oneof(
            word,
            json,
            fc.record({ code: word, message: word, recovery_eta_seconds: json }),
          ),
          blocked_reason_details: json,
        },
        { requiredKeys: [] },
      ),
    ),
  })
  .map((value) => JSON.stringify(value));
const provisioned = fc
  .record({ container_id: id, detail: fc.oneof(word, json), error: word }, { requiredKeys: [] })
  .map((value) => JSON.stringify(value));

interface Answers {
  readonly engines: Raw;
  readonly streams: Raw;
  readonly status: Raw;
  readonly provisioned: Raw;
}
const answers: fc.Arbitrary<Answers> = fc.record({
  engines: answersOf(list(engine, "engines")),
  streams: answersOf(list(stream, "streams")),
  status: answersOf(status),
  provisioned: answersOf(provisioned),
});

const TIMEOUT_MS = 2_000;
const KEY = "s3cret-key";

async function holds(port: number): Promise<void> {
  const base = { baseUrl: `http://127.0.0.1:${port}`, key: KEY, fallback: [], instance: "fuzz:6879" };
  const pool = createOrchestratorPool({ ...base, lookTimeoutMs: TIMEOUT_MS, provisionTimeoutMs: TIMEOUT_MS });
  try {
    const view = await pool.look().catch((error: unknown) => {
      must(error instanceof Error, "a look fails in words");
      mustBeOneLine(error.message, 1_000);
      return null;
    });
    if (view !== null) {
      const ids = view.engines.map((each) => each.id);
      const places = view.engines.map(({ address }) => placeKey(address));
      must(
        new Set(ids).size === ids.length && new Set(places).size === places.length,
        "no engine is there twice",
      );
      for (const { id: name, name: shown, address } of view.engines) {
        must(/^[\x21-\x7e]{1,200}$/.test(name), `${JSON.stringify(name)} is an id`);
        mustBeOneLine(shown, 200);
        must(
          address.port >= 1 && address.port <= 65_535 && !/^169\.254\./.test(address.host),
          "an address may be dialled",
        );
        must(
          URL.canParse(`http://${address.host.includes(":") ? `[${address.host}]` : address.host}/`),
          "and is one",
        );
      }
      for (const { contents, urls, playbackSession } of view.streams) {
        for (const content of contents)
          must(/^(id|infohash):[0-9a-f]{40}$/.test(content), `${content} is a content`);
        must(urls === null || (URL.canParse(urls.stat) && URL.canParse(urls.command)), "URLs are URLs");
        must(!/\p{Cc}/u.test(playbackSession ?? ""), "a session's name is of one line");
      }
      must(view.skipped.length <= 21, "few of the bad records are named");
      for (const line of view.skipped) mustBeOneLine(line, 500);
    }
    const outcome = await pool.provision();
    if (outcome.kind === "failed") {
      const { code, message, retryAfterSeconds } = outcome.blocked;
      for (const text of [code, message]) mustBeOneLine(text, 500);
      must(
        retryAfterSeconds === null || (retryAfterSeconds >= 0 && retryAfterSeconds <= 86_400),
        `${retryAfterSeconds} s can be waited for`,
      );
    } else
      must(
        outcome.engine === null || /^[\x21-\x7e]{1,200}$/.test(outcome.engine),
        "the new engine has an id",
      );
    const delivery = await pool.events.post("stream_started", {});
    if (delivery.kind !== "taken") mustBeOneLine(delivery.message, 1_000);
    await pool.events.streams("c1");
  } finally {
    pool.close();
  }
}

export const orchestratorAnswers: Target = {
  name: "orchestrator",
  short: 50,
  async run(plan) {
    await using service = await oddService();
    const inputs = await each(plan, answers, async (given) => {
      service.answer((target) => {
        if (target.includes("/engines")) return given.engines;
        if (target.includes("/streams")) return given.streams;
        return target.includes("/status") ? given.status : given.provisioned;
      });
      await holds(service.port);
    });
    return inputs * 4;
  },
};
