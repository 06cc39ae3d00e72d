/**
 * One engine slot: a finite machine of four states. XState is its single source of truth;
 * `SLOT_TABLE` is the same machine written out once, so that the selector and every check run on
 * a table look-up instead of a machine transition (a thousand times cheaper).
 *
 * ```text
 * free ──reserve──▶ pending ──started──▶ active
 *  ▲                   │                   │
 *  │                   └─────release───────┤
 *  └───stopConfirmed─── released ◀─────────┘
 * ```
 *
 * @example
 * ```ts
 * import { SLOT_TABLE, slotMachine } from "aceslot/slot";
 * import { createActor } from "xstate";
 *
 * const slot = createActor(slotMachine);
 * slot.subscribe(({ value }) => console.log(value)); // free, pending, active
 * slot.start().send({ type: "reserve" });
 * slot.send({ type: "started" });
 * console.log(SLOT_TABLE.active.release, SLOT_TABLE.active.stopConfirmed); // released undefined
 * ```
 *
 * @module
 */
import {
  type EventObject,
  getNextSnapshot,
  type MachineContext,
  type MetaObject,
  type NonReducibleUnknown,
  type StateMachine,
  setup,
} from "xstate";
import type { SlotEvent, SlotState } from "./slot-state.ts";

export type { SlotEvent, SlotState };

/** In the order of a slot's life. */
export const SLOT_STATES: readonly SlotState[] = ["free", "pending", "active", "released"];
/** In the order of a slot's life. */
export const SLOT_EVENTS: readonly SlotEvent[] = ["reserve", "started", "release", "stopConfirmed"];

/** An event as XState takes it: `{ type: "reserve" }`. */
export interface SlotMove {
  /** Which one. */
  readonly type: SlotEvent;
}

/** What XState finds out about the machine by itself, in words: a type that a package shows is written, not inferred. */
export type SlotMachine = StateMachine<
  MachineContext,
  SlotMove,
  Record<never, never>,
  never,
  never,
  never,
  never,
  SlotState,
  string,
  NonReducibleUnknown,
  NonReducibleUnknown,
  EventObject,
  MetaObject,
  { id: "slot"; states: Readonly<Record<SlotState, Record<never, never>>> },
  MetaObject
>;

/** The slot machine, for running, for drawing and for Stately's tools. It holds no data. */
export const slotMachine: SlotMachine = setup({ types: { events: {} as SlotMove } }).createMachine({
  id: "slot",
  initial: "free",
  states: {
    free: { on: { reserve: "pending" } },
    pending: { on: { started: "active", release: "released" } },
    active: { on: { release: "released" } },
    released: { on: { stopConfirmed: "free" } },
  },
});

/** What a state does not list is illegal there. */
export type SlotTable = Readonly<Record<SlotState, Readonly<Partial<Record<SlotEvent, SlotState>>>>>;

/**
 * Writes the machine out as a table: state → event → next state.
 *
 * @example
 * ```ts
 * import { slotMachine, tabulate } from "aceslot/slot";
 *
 * console.log(tabulate(slotMachine).pending); // { started: "active", release: "released" }
 * ```
 */
export function tabulate(machine: SlotMachine): SlotTable {
  const table: Record<SlotState, Partial<Record<SlotEvent, SlotState>>> = {
    free: {},
    pending: {},
    active: {},
    released: {},
  };
  for (const state of SLOT_STATES) {
    const snapshot = machine.resolveState({ value: state });
    for (const type of SLOT_EVENTS) {
      // XState ignores an event that a state does not accept, so what it accepts is asked first.
      if (snapshot.can({ type })) table[state][type] = getNextSnapshot(machine, snapshot, { type }).value;
    }
  }
  return table;
}

/** The slot machine as a table: what the selector and every check look up. */
export const SLOT_TABLE: SlotTable = tabulate(slotMachine);
