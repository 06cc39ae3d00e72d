/** What an engine answers to start, stat, stop and the question for its version, through the engine's client and real HTTP. */
import fc from "fast-check";
import { createEngineClient } from "../../../../src/engine/index.ts";
import { word } from "./mutate.ts";
import { answersOf, json, oddService, type Raw } from "./odd-service.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const url = fc.oneof(
  fc.constantFrom(
    ...[
      "http://127.0.0.1:6878/ace/r/a/b",
      "http://10.0.0.1/ace/stat/a/b",
      "//x/ace/cmd/a/b",
      "file:///etc/passwd",
    ],
    ...[
      "http://169.254.169.254/latest",
      "http://user:pw@host/x",
      "https://evil/x#y",
      "http://x/a b",
      "http://x",
    ],
  ),
  word.map((text) => `http://x/${text}`),
  word,
);
const answer = fc
  .record(
    {
      response: fc.oneof(
        json,
        fc.constant("ok"),
        fc.record(
          {
            ...{
              playback_url: url,
              stat_url: url,
              command_url: url,
              infohash: word,
              playback_session_id: word,
            },
            ...{ is_live: json, status: word, peers: json, downloaded: json, speed_down: json },
          },
          { requiredKeys: [] },
        ),
      ),
      error: fc.oneof(json, fc.constantFrom("unknown playback session id", "failed to load content")),
      result: fc.record({ version: fc.oneof(word, json) }),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));
const body = fc.oneof(
  answer,
  word,
  json.map((value) => JSON.stringify(value) ?? ""),
);

const DEADLINE_MS = 2_000;

export const engineAnswers: Target = {
  name: "engine",
  short: 60,
  async run(plan) {
    await using service = await oddService();
    const address = { scheme: "http", host: "127.0.0.1", port: service.port } as const;
    const client = createEngineClient({
      stopTimeoutMs: DEADLINE_MS,
      statTimeoutMs: DEADLINE_MS,
      aliveTimeoutMs: DEADLINE_MS,
    });
    const content = `id:${"a".repeat(40)}` as const;
    const own = `http://127.0.0.1:${service.port}/`;
    const holds = async (raw: Raw): Promise<void> => {
      service.answer(() => raw);
      const started = await client.start({ address, content, variant: "" }, AbortSignal.timeout(DEADLINE_MS));
      if (started.kind === "failed") mustBeOneLine(started.message, 200);
      else {
        for (const each of Object.values(started.answer.urls))
          must(each.startsWith(own) && URL.canParse(each), `${each} is on the engine that was asked`);
        must(/^([0-9a-f]{40})?$/.test(started.answer.infohash ?? ""), "an infohash is one");
        must(!/\p{Cc}/u.test(started.answer.playbackSession), "a session's name is of one line");
        must(started.answer.playbackSession.length <= 200, "and short");
      }
      const urls = { playback: `${own}ace/r`, stat: `${own}ace/stat`, command: `${own}ace/cmd` };
      const stopped = await client.stop(urls);
      if (stopped.kind === "unconfirmed") mustBeOneLine(stopped.message, 200);
      const stat = await client.stat(urls);
      if (stat.kind === "unavailable") mustBeOneLine(stat.message, 200);
      if (stat.kind === "stat")
        for (const [name, value] of Object.entries(stat))
          if (typeof value === "number")
            must(Number.isFinite(value) && value >= 0, `${name} is a count: ${value}`);
          else if (typeof value === "string" && value !== "") mustBeOneLine(value, 200);
      const version = await client.version(address);
      if (version !== null) mustBeOneLine(version, 200);
      must(typeof (await client.alive(address)) === "boolean", "an engine lives or not");
    };
    return (await each(plan, answersOf(body), holds)) * 5;
  },
};
