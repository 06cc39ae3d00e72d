/** A model's states and happenings are known in all that it says of them. */
import {
  type CheckResult,
  checkModel,
  createStep,
  EXIT_CODE,
  type Model,
  PARTS,
  REPORT_FORMATS,
  report,
  several,
  type Verdict,
} from "aceslot/check";
import { type SLOT_STATES, type SLOT_TABLE, type SlotState, slotMachine } from "aceslot/slot";
import { createActor } from "xstate";
import { type Each, never, type Same } from "./equal.ts";

type Light = "red" | "green";

export function models(): CheckResult {
  const light: Model<Light, "turn" | { readonly type: "break"; readonly lamp: Light }> = {
    name: "traffic light",
    begin: several<Light>(["red", "green"]),
    happenings: (state) => ["turn", { type: "break", lamp: state }],
    next: (state, happening) => {
      if (typeof happening !== "string") return happening.lamp;
      return state === "red" ? "green" : "red";
    },
    isFair: (happening) => happening === "turn",
    properties: [
      { kind: "sometimes", name: "green", sentence: "It turns green.", check: (state) => state === "green" },
      {
        kind: "step",
        name: "turns",
        sentence: "It never stays.",
        sometimes: "it turns",
        check: ({ before, happening, after }) => {
          true satisfies Same<typeof before, Light>;
          return happening === "turn" && before === after ? `it stays ${after}` : happening === "turn";
        },
      },
    ],
  };
  // @ts-expect-error a property says when it is put to the test
  light.properties satisfies readonly { readonly sometimes: string }[];
  // @ts-expect-error it shows no blue
  ({ ...light, next: () => "blue" }) satisfies Model<Light, "turn">;
  // What is not said is found out.
  return checkModel({
    name: "cups",
    begin: 0,
    happenings: () => ["fill"],
    next: (cups) => cups + 1,
    properties: [],
  });
}

export function reports(result: CheckResult): number {
  for (const format of REPORT_FORMATS) report(format, result) satisfies string;
  // @ts-expect-error no such format
  report("html", result);
  return EXIT_CODE[result.verdict];
}

export function verdicts(verdict: Verdict): boolean {
  switch (verdict) {
    case "holds":
      return true;
    case "violated":
    case "incomplete":
    case "vacuous":
      return false;
    default:
      return never(verdict);
  }
}

export function selectors(): void {
  createStep({ ...PARTS, rank: (a, b) => b.own - a.own });
  // @ts-expect-error all decisions are needed
  createStep({ rank: PARTS.rank });
  // @ts-expect-error there is no such decision
  createStep({ ...PARTS, ranking: PARTS.rank });
}

/** XState knows the states and events of the machine. */
export function machine(): SlotState {
  const actor = createActor(slotMachine).start();
  actor.send({ type: "reserve" });
  // @ts-expect-error there is no such event
  actor.send({ type: "take" });
  return actor.getSnapshot().value;
}

export type Slots = Each<
  [Same<(typeof SLOT_STATES)[number], SlotState>, Same<keyof typeof SLOT_TABLE, SlotState>]
>;
