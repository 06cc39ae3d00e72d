/** The lease protocol alone, as a model for `checkModel`: proxies, the store and engines, without selectors. */
import type { Model, ModelProperty } from "../../library/model.ts";
import { beginning, keyOf, leaseFor, loads, type State } from "./state.ts";
import { OPTIONAL, type Step, stepsFrom } from "./steps.ts";
import { take } from "./taking.ts";
import { type LeaseWorld, leaseWorldName } from "./variants.ts";

/** Names of what must hold; `leases.pml` says the same. */
export const RULES = {
  leased: "nothing is sent without a lease",
  cap: "real load of all proxies ≤ cap",
  leak: "at rest nothing is leased",
} as const;

const engineLoads = ({ engines: count }: LeaseWorld, { engines, reals }: State): number[] =>
  Array.from(
    { length: count },
    (_, engine) => reals.filter((real, session) => loads(real) && engines[session] === engine).length,
  );

/** Nothing more need happen, and somebody is there who could do something. */
const rests = (world: LeaseWorld, state: State): boolean => {
  if (state.modes.every((mode) => mode === "crashed")) return false;
  for (const { type } of stepsFrom(world, state)) if (!OPTIONAL.has(type)) return false;
  return true;
};

const rulesOf = (world: LeaseWorld): readonly ModelProperty<State, Step>[] => [
  {
    kind: "step",
    name: RULES.leased,
    sentence: "Whatever start a proxy sends, the store has a lease for it at that moment.",
    sometimes: "A start is sent.",
    check: ({ before, happening }) => {
      if (happening.type !== "send") return false;
      return leaseFor(world, before, happening.session) !== null || `session ${happening.session} has none`;
    },
  },
  {
    kind: "always",
    name: RULES.cap,
    sentence: "No engine has more streams than the cap, all proxies together.",
    sometimes: "An engine is full.",
    check: (state) => {
      const most = Math.max(...engineLoads(world, state));
      return most > world.cap ? `an engine has ${most}` : most === world.cap;
    },
  },
  {
    kind: "always",
    name: RULES.leak,
    sentence: "When everything is over, the store has no lease, and no engine has a stream.",
    sometimes: "Everything is over.",
    check: (state) => {
      if (!rests(world, state)) return false;
      const left = [...state.stages.keys()].filter(
        (session) => leaseFor(world, state, session) || loads(state.reals[session]),
      );
      return left.length === 0 || `of session ${left.join(", ")} something is left`;
    },
  },
];

/** `rules`: names of those that are looked at; all of them unless said. */
export function leaseProtocol(
  world: LeaseWorld,
  rules: readonly string[] = Object.values(RULES),
): Model<State, Step> {
  return {
    name: `${world.protocol}: ${leaseWorldName(world)}`,
    begin: beginning(world),
    happenings: (state) => stepsFrom(world, state),
    next: (state, step) => take(world, state, step),
    isFair: ({ type }) => !OPTIONAL.has(type),
    key: (state) => keyOf(world, state),
    properties: rulesOf(world).filter(({ name }) => rules.includes(name)),
  };
}
