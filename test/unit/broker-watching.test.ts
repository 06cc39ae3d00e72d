/** Hand-over: who is watched, how often, and what is told of it. */
import { expect, test } from "bun:test";
import { Watching } from "../../src/broker/watching.ts";
import type { Clock } from "../../src/ports.ts";

function world() {
  const armed: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    after(_delayMs, fire) {
      armed.push(fire);
      return () => {};
    },
  };
  const player = { bytes: 0, moreWaiting: true, isRivalWaiting: true };
  const idle: string[] = [];
  const watching = new Watching(
    clock,
    { taken: () => ({ ...player }) },
    () => player.isRivalWaiting,
    (client, rival) => idle.push(`${client} for ${rival}`),
  );
  const pass = (): void => {
    for (const fire of armed.splice(0)) fire();
  };
  return { armed, player, idle, watching, pass };
}

test("a pair is watched once, also when its stream fails over and plays again", () => {
  const { armed, idle, watching, pass } = world();
  watching.watch(1, 2);
  watching.watch(1, 2);
  expect(armed).toHaveLength(1);
  pass();
  expect(idle).toEqual(["1 for 2"]);
  watching.watch(1, 2);
  expect(armed).toHaveLength(1);
});

test("a player that takes a byte is watched no more, until it is asked for anew", () => {
  const { armed, player, idle, watching, pass } = world();
  watching.watch(1, 2);
  player.bytes++;
  pass();
  expect([armed.length, idle]).toEqual([0, []]);
  watching.watch(1, 2);
  pass();
  expect(idle).toEqual(["1 for 2"]);
});

test("nobody is watched for a rival that has its answer", () => {
  const { armed, player, idle, watching, pass } = world();
  watching.watch(1, 2);
  player.isRivalWaiting = false;
  pass();
  expect([armed.length, idle]).toEqual([0, []]);
});
