/** Which timers may fire: at any time after they were armed, those that nothing depends on within a budget. */
import type { Happening } from "./happening.ts";
import { nameOfContent, type TimerTask } from "./real.ts";
import type { ShellWorld } from "./world.ts";

export function timerMay(world: ShellWorld, timer: TimerTask, may: Happening[]): void {
  const { outside, state } = world;
  const [kind = "", subject = ""] = timer.what.split(" ");
  const fire = (text: string, before?: () => void): Happening => ({
    text,
    run() {
      before?.();
      outside.tell("proxy", "proxy", text);
      outside.fire(timer);
    },
  });
  const early = (text: string, before?: () => void): void => {
    if (world.timeouts > 0)
      may.push(
        fire(text, () => {
          world.timeouts--;
          before?.();
        }),
      );
  };
  switch (kind) {
    case "look":
      if (world.looks > 0)
        may.push(
          fire("it is time to look at the pool", () => {
            world.looks--;
          }),
        );
      return;
    case "release": {
      // The deadline's assumption: an engine ends a session that nobody reads before it.
      const real = world.realOf(Number(subject));
      const text = `the release deadline of session ${subject} ends`;
      if (!real) early(text);
      else if (!real.runs) may.push(fire(text));
      return;
    }
    case "doubt":
      if (isUnanswered(world, Number(subject))) early(`the answer for session ${subject} is long in coming`);
      return;
    case "patience": {
      const real = outside.sessions[Number(subject)];
      if (real && !real.delayed && state.places.has(real.holder))
        early(`the stop of ${nameOfContent(real.content)} is long in coming`, () => {
          real.delayed = true;
        });
      return;
    }
    case "provision": {
      // Nothing else ends it when nobody waits any more; while somebody does, it could go round and round.
      const isOnlyEnd = state.queue.length === 0 && outside.provisions.length === 0;
      const text = "provisioning has taken long enough";
      if (isOnlyEnd) may.push(fire(text));
      else early(text);
      return;
    }
    case "queue":
      return early(`client ${subject} has waited long enough`);
    case "start":
      return early(`session ${subject} has taken long enough to start`);
    case "stall":
      return early(`stream ${subject} has stood still long enough`);
    default:
      // Others are needed for anything to come to its end.
      may.push(fire(`timer: ${timer.what}`));
  }
}

/** Released, and its start is unanswered: what the doubt is about. Once that is over it never comes back. */
export function isUnanswered(world: ShellWorld, session: number): boolean {
  const place = world.state.places.get(session);
  const slot = place && world.state.engines.get(place.engine)?.slots[place.slot];
  return slot?.session?.start === "sent";
}
