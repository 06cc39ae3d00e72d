/** Engines begin with a burst: who is waited for, and who is not. Real sockets, and a clock that goes with the media. */
import { expect, test } from "bun:test";
import { until } from "../support/until.ts";
import { lookAt, PACKET, PIDS, Program, pidAt, withoutFiller } from "./stream-media.ts";
import { streamWorld } from "./stream-world.ts";

const MIB = 2 ** 20;

test("a burst of 30 MB loses nothing for players that keep up, and waits for none that does not", async () => {
  await using world = await streamWorld({ bufferBytes: 8 * MIB });
  const program = new Program(8_000_000);
  const burst = program.seconds(30);
  const playback = await world.play(1, 1);
  const sending = playback.send(burst);
  await world.hasTold("media 1");
  const fast = world.client(1, 1);
  const player = world.client(2, 1);
  const slow = world.client(3, 1);
  await until("all are served", () => [1, 2, 3].every((id) => world.streams.taken(id)));
  fast.thaw();
  player.freeze();
  slow.freeze();
  let heldMost = 0;
  for (let ms = 0; ms < 31_000; ms += 250) {
    world.clock.pass(250);
    await player.take(Math.min(burst.length, (program.frameBytes * ms) / 40));
    await slow.take(Math.min(burst.length - 16 * MIB, (program.frameBytes * ms) / 160));
    heldMost = Math.max(heldMost, world.streams.figures(1)?.bufferedBytes ?? 0);
  }
  await sending;
  await fast.take(burst.length);
  for (const client of [fast, player]) {
    expect(withoutFiller(client.body).equals(burst)).toBe(true);
    expect(lookAt(client.body)).toMatchObject({ breaks: 0, unaligned: 0 });
  }
  expect(heldMost).toBeLessThanOrEqual(8 * MIB);
  expect(world.streams.figures(1)?.holds).toBeGreaterThan(0);

  // The slow one goes on where it is let in again: at a keyframe behind its tables, and no packet is in pieces.
  slow.thaw();
  await until("the slow one has all", () => {
    const taken = world.streams.taken(3);
    return taken?.moreWaiting === false && taken.bytes === slow.bytes;
  });
  const body = withoutFiller(slow.body);
  expect(lookAt(body).unaligned).toBe(0);
  let seams = 0;
  let from = 0;
  for (let at = 0; at < body.length; at += PACKET, from += PACKET) {
    if (body.subarray(at, at + PACKET).equals(burst.subarray(from, from + PACKET))) continue;
    seams += 1;
    expect([pidAt(body, at), pidAt(body, at + PACKET)]).toEqual([PIDS.pat, PIDS.pmt]);
    from = burst.indexOf(body.subarray(at, at + 3 * PACKET), from);
    expect(from).toBeGreaterThan(0);
  }
  expect(from).toBe(burst.length);
  expect(seams).toBeGreaterThan(0);
  expect(world.streams.figures(1)?.skips).toBe(seams);
}, 60_000);
