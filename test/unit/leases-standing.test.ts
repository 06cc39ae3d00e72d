/** What a member says in its log of how it stands with its store. */
import { expect, test } from "bun:test";
import { Share } from "../../src/leases/share.ts";
import { Standing } from "../../src/leases/standing.ts";

/** A standing whose clock stands still, and the lines that it has logged. */
function standing() {
  const lines: string[] = [];
  const say =
    (level: string) =>
    (words: string, { reason }: Readonly<Record<string, unknown>> = {}): void => {
      lines.push(`${level} ${words}${reason === undefined ? "" : `: ${reason}`}`);
    };
  const share = new Share();
  const of = new Standing({
    clock: { now: () => 0, monotonicMs: () => 0, after: () => () => {} },
    log: { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") },
    ttlMs: 10_000,
    share,
    describe: () => "redis://store:6379/0",
    onTrouble() {},
    onEnd() {},
    onRecovery() {},
  });
  const join = (recoveringMs: number): void => {
    of.reach();
    of.renew(0, true);
    of.recover(recoveringMs);
    of.tell();
  };
  const take = (): string[] => lines.splice(0);
  return { of, share, join, take };
}

test("slots are granted, and only after a time without grants again", () => {
  const { of, join, take } = standing();
  of.tell();
  expect(take()).toEqual(["info no slots are granted before the lease store has answered"]);
  join(9_000);
  expect(take()).toEqual([
    "warn no slots are granted for now: the lease store is new, or has lost its memory: slots are granted in 9 s",
  ]);
  join(0);
  expect(take()).toEqual(["info slots are granted"]);
  of.break("it is gone");
  expect(take()).toEqual([
    "warn no slots are granted for now: the lease store cannot be reached: it is gone",
  ]);
  join(9_000);
  expect(of.why).toEndWith("slots are granted again in 9 s");
  expect(take()).toEqual([]);
  join(0);
  expect(take()).toEqual(["info slots are granted again"]);
});

test("a store that cannot be reached is said once for each reason, whatever was said before", () => {
  const { of, share, join, take } = standing();
  of.tell();
  take();
  of.break("nothing listens there");
  of.break("nothing listens there");
  of.break("it refuses the password");
  expect(take()).toEqual([
    "warn no slots are granted for now: the lease store cannot be reached: nothing listens there",
    "warn no slots are granted for now: the lease store cannot be reached: it refuses the password",
  ]);
  join(9_000);
  of.break("it is gone");
  expect(take()).toEqual([
    "warn no slots are granted for now: the lease store cannot be reached: it is gone",
  ]);
  share.begin();
  of.tell();
  take();
  of.break("it is gone again");
  expect(take()).toEqual(["warn the lease store cannot be asked: it is gone again"]);
});
