/**
 * The compiled binary in front of an engine that answers starts, stats, stops and playbacks with damaged bytes: every
 * player gets an answer or an end in time, nothing but whole packets is played, and in the end every slot is free.
 */
import fc from "fast-check";
import { contentId } from "../../../../src/sim/index.ts";
import { startBinary } from "../../../support/binary.ts";
import { closing } from "../../../support/closing.ts";
import { type OddAnswer, PACKETS, startBody, startOddEngine } from "../../../support/odd-engine.ts";
import { conversation } from "./conversation.ts";
import { damaged, word } from "./mutate.ts";
import { http } from "./odd-service.ts";
import { each, must, type Target } from "./target.ts";

const CAP = 4;
const DEADLINE_MS = 40_000;

/** Stands for the session's name, and is as long. */
const SESSION = "00000000-0000-0000-0000-000000000000";

/** Damage done to an answer that is made when it is asked for. */
interface Wrong {
  readonly start: Buffer | null;
  readonly stat: Buffer | null;
  readonly stop: Buffer | null;
  readonly playback: Buffer | null;
}
const maybe = (raw: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer | null> => fc.option(raw, { freq: 2 });
const raw = (body: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    damaged(fc.constant(Buffer.from(http(body)))),
    word.map((text) => Buffer.from(http(text))),
  );
const media = Buffer.concat([
  Buffer.from("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"),
  PACKETS.subarray(0, 100 * 188),
]);
const wrong: fc.Arbitrary<Wrong> = fc.record({
  start: maybe(raw(startBody({ id: SESSION, reading: false }))),
  stat: maybe(raw(JSON.stringify({ response: { status: "dl", peers: 1, downloaded: 1 }, error: null }))),
  stop: maybe(raw(JSON.stringify({ response: "ok", error: null }))),
  playback: maybe(damaged(fc.constant(media))),
});

const written = (bytes: Buffer | null): { readonly answer?: OddAnswer } => {
  const text = bytes?.toString("latin1");
  if (text === undefined) return {};
  return { answer: (socket, { id }) => void socket.end(text.replaceAll(SESSION, id), "latin1") };
};

const given = (of: Wrong) => {
  const [start, stat, stop, playback] = [of.start, of.stat, of.stop, of.playback].map(
    (one) => written(one).answer,
  );
  return {
    ...(start && { start }),
    ...(stat && { stat }),
    ...(stop && { stop }),
    ...(playback && { playback }),
  };
};

export const brokenEngine: Target = {
  name: "broken-engine",
  short: 2,
  async run(plan) {
    await using engine = await startOddEngine({});
    const times = [
      "--linger",
      "0s",
      "--release-timeout",
      "8s",
      "--queue-timeout",
      "3s",
      "--start-timeout",
      "3s",
    ];
    const more = ["--stall-timeout", "3s", "--max-streams-per-engine", String(CAP), "--state-dir", "none"];
    await using proxy = await startBinary(["--engine", engine.address, ...times, ...more]);
    let content = 0;
    return (
      (await each(plan, wrong, async (of) => {
        engine.set(given(of));
        const all = Array.from({ length: CAP + 1 }, () => {
          const ask = `GET /ace/getstream?id=${contentId(content++)} HTTP/1.1\r\nHost: proxy\r\n\r\n`;
          return conversation(proxy.url, Buffer.from(ask), DEADLINE_MS);
        });
        for (const { isOver, answers } of await Promise.all(all)) {
          must(isOver, "a player has an answer or an end in time");
          for (const { status, headers, body } of answers) {
            must([200, 410, 502, 503, 504].includes(status), `${status} is an answer to it`);
            if (status === 200)
              must(headers.get("content-type") === "video/mp2t", "what is played is a stream");
            else must(JSON.parse(body).error.message !== "", "an error says why");
          }
        }
        must(engine.peakLoad <= CAP, `it carries no more than ${CAP}: ${engine.peakLoad}`);
        engine.set({});
        await closing({ proxy, engines: [engine], cap: CAP });
      })) *
      (CAP + 1)
    );
  },
};
