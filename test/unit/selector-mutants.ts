/** Known bugs of allocators, put into the selector's shell. The random lives must catch every one. */
import { type Hooks, type Run, Runs, type RunsEars } from "../../src/selector/runs.ts";
import { Shell } from "../../src/selector/shell.ts";
import type { Resource } from "../../src/selector/types.ts";
import {
  type Effect,
  type SelectorEvent,
  type State,
  type Step,
  step,
  type Timer,
} from "../../src/slots/index.ts";
import type { Make, Value } from "./selector-world.ts";

export interface Mutant {
  readonly name: string;
  /** What the lives say of it. */
  readonly says: RegExp;
  readonly make: Make;
}

const shell = (
  name: string,
  says: RegExp,
  Broken: new (...given: ConstructorParameters<typeof Shell<Value>>) => Shell<Value>,
): Mutant => ({ name, says, make: (options, hooks, clock) => new Broken(options, hooks, clock) });

const runs = (
  name: string,
  says: RegExp,
  Broken: new (...given: ConstructorParameters<typeof Runs<Value>>) => Runs<Value>,
): Mutant =>
  shell(
    name,
    says,
    class extends Shell<Value> {
      protected override runsOf(hooks: Hooks<Value>, ears: RunsEars): Runs<Value> {
        return new Broken(hooks, this.clock, ears);
      }
    },
  );

export const MUTANTS: readonly Mutant[] = [
  shell(
    "looks, waits, and then takes",
    /carries/,
    class extends Shell<Value> {
      protected override take(event: SelectorEvent): void {
        if (event.type !== "request") return super.take(event);
        const taken = this.decide(event);
        queueMicrotask(() => this.commit(taken));
      }
    },
  ),
  runs(
    "gives the place away before close has resolved",
    /carries/,
    class extends Runs<Value> {
      override stop(session: number, reason: string): void {
        super.stop(session, reason);
        this.ears.post({ type: "stopConfirmed", session, proof: "stop confirmed" });
      }
    },
  ),
  shell(
    "forgets that somebody who waited is gone",
    /nobody wants/,
    class extends Shell<Value> {
      protected override post(event: SelectorEvent): void {
        if (event.type === "leave" && !this.state.clients.get(event.client)?.served) return;
        super.post(event);
      }
    },
  ),
  runs(
    "loses a value that comes after its time",
    /is still open/,
    class extends Runs<Value> {
      protected override opened(run: Run<Value>, value: Value): void {
        if (run.opening?.signal.aborted)
          this.ears.post({
            type: "startFailed",
            session: run.session,
            fault: "content",
            opened: "no",
            message: "late",
          });
        else super.opened(run, value);
      }
    },
  ),
  runs(
    "takes a failed close for a done one",
    /carries|said to be held/,
    class extends Runs<Value> {
      protected override close(run: Run<Value>, reason: string): void {
        super.close(run, reason, Number.POSITIVE_INFINITY);
        if (run.delayed)
          this.ears.post({ type: "stopConfirmed", session: run.session, proof: "stop confirmed" });
      }
    },
  ),
  runs(
    "closes again while a close is under way",
    /was closed while it was clos/,
    class extends Runs<Value> {
      override stop(session: number, reason: string): void {
        super.stop(session, reason);
        super.stop(session, reason);
      }
    },
  ),
  runs(
    "lets open go on that nobody wants",
    /its open is not told/,
    class extends Runs<Value> {
      override giveUp(): void {}
    },
  ),
  shell(
    "opens one value for each who asks for a key",
    /two values for/,
    class extends Shell<Value> {
      protected override decide(event: SelectorEvent): Step {
        return super.decide(event.type === "request" ? { ...event, variant: event.who } : event);
      }

      protected override joinable(): undefined {
        return undefined;
      }
    },
  ),
  shell(
    "closes a shared slot when the first one releases it",
    /closed while somebody held it/,
    class extends Shell<Value> {
      protected override serve(client: number, stream: number): void {
        super.serve(client, stream);
        const group = this.groups.get(client);
        for (const held of [...(group?.holding ?? [])].slice(1)) group?.holding.delete(held);
      }
    },
  ),
  shell(
    "answers only the first of those who share",
    /the acquire of shared . has no answer/,
    class extends Shell<Value> {
      protected override serve(client: number, stream: number): void {
        const group = this.groups.get(client);
        for (const ask of [...(group?.asking ?? [])].slice(1)) group?.asking.delete(ask);
        super.serve(client, stream);
      }
    },
  ),
  shell(
    "tells only the first of those who share that open failed",
    /the acquire of shared . has no answer/,
    class extends Shell<Value> {
      protected override carryOut(effect: Effect, before: State): void {
        const group = effect.type === "reject" && this.groups.get(effect.client);
        if (group) for (const ask of [...group.asking].slice(1)) group.asking.delete(ask);
        super.carryOut(effect, before);
      }
    },
  ),
  shell(
    "ends the wait of all who share when one gives up",
    /for another's sake/,
    class extends Shell<Value> {
      protected override abandon(ask: number, reason: unknown): void {
        const group = this.waiters.groupOf(ask);
        super.abandon(ask, reason);
        for (const other of [...(group?.asking ?? [])]) super.abandon(other, reason);
      }
    },
  ),
  shell(
    "ends the wait of all who share when one's time is over",
    /before its time/,
    class extends Shell<Value> {
      protected override timeOver(timer: Timer): Timer | undefined {
        const group = timer.kind === "queue" ? this.waiters.groupOf(timer.client) : undefined;
        return group ? { kind: "queue", client: group.client } : super.timeOver(timer);
      }
    },
  ),
  shell(
    "forgets the time of who joins those who wait",
    /waits longer than it should/,
    class extends Shell<Value> {
      protected override timeOver(timer: Timer): Timer | undefined {
        const group = timer.kind === "queue" ? this.waiters.groupOf(timer.client) : undefined;
        return group && timer.kind === "queue" && group.client !== timer.client
          ? undefined
          : super.timeOver(timer);
      }
    },
  ),
  shell(
    "forgets those who share when the first one of them gives up",
    /the acquire of shared . has no answer|still waits/,
    class extends Shell<Value> {
      protected override abandon(ask: number, reason: unknown): void {
        const group = this.waiters.groupOf(ask);
        if (group?.client === ask) group.asking.clear();
        super.abandon(ask, reason);
      }
    },
  ),
  shell(
    "keeps what lingers on a resource that has less room",
    /nobody holds what is above its room/,
    class extends Shell<Value> {
      override set({ id, cap = 1, taken = 0 }: Resource): void {
        this.pool.set({ id, cap, taken });
        this.mailbox.run();
      }
    },
  ),
  shell(
    "never uses a resource again that has failed",
    /still waits/,
    class extends Shell<Value> {
      protected override post(event: SelectorEvent): void {
        if (event.type !== "recovered") super.post(event);
      }
    },
  ),
  shell(
    "takes every resource for as large as the largest",
    /carries/,
    class extends Shell<Value> {
      protected override decide(event: SelectorEvent): Step {
        return super.decide(event.type === "snapshot" ? { ...event, streams: [] } : event);
      }
    },
  ),
  shell(
    "wakes nobody when a place becomes free",
    /waits while/,
    class extends Shell<Value> {
      protected override decide(event: SelectorEvent): Step {
        if (event.type !== "stopConfirmed") return super.decide(event);
        // Nothing is granted in a step while the books are halted.
        const taken = step({ ...this.state, halted: true }, event);
        return { ...taken, state: { ...taken.state, halted: false } };
      }
    },
  ),
  shell(
    "does not tell a holder that the slot is taken back",
    /closed while somebody held it|a holder is not told/,
    class extends Shell<Value> {
      protected override carryOut(effect: Effect, before: State): void {
        if (effect.type !== "drop") super.carryOut(effect, before);
      }
    },
  ),
];
