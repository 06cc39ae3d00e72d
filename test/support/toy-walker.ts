/**
 * A graph to be walked without an explorer: players, engines with slots, one session for each player. With `bug` the
 * slot is free as soon as the stop is sent, so that an engine can carry more than its cap.
 */
import type { GraphWalker, View } from "../../model/explorer.ts";
import type { EngineNow, Message } from "../../model/result.ts";
import type { SlotState } from "../../src/slots/index.ts";

type Phase = "away" | "waiting" | "starting" | "playing" | "stopping" | "gone";

interface Player {
  readonly phase: Phase;
  readonly engine: number;
}

interface Toy {
  readonly players: readonly Player[];
  /** Streams of others, by engine. */
  readonly foreign: readonly number[];
}

interface Move {
  readonly happening: string;
  readonly fair: boolean;
  readonly messages: readonly Message[];
  readonly to: Toy;
}

export interface ToySize {
  readonly engines: number;
  readonly cap: number;
  readonly players: number;
  readonly bug?: boolean;
}

const SLOT_OF: Readonly<Partial<Record<Phase, SlotState>>> = {
  starting: "pending",
  playing: "active",
  stopping: "released",
};
const CARRIED: readonly Phase[] = ["starting", "playing", "stopping"];

export function toyWalker(size: ToySize): GraphWalker {
  const beginning: Toy = {
    players: Array.from({ length: size.players }, () => ({ phase: "away", engine: 0 })),
    foreign: Array.from({ length: size.engines }, () => 0),
  };
  return {
    world: `E${size.engines} C${size.cap} R${size.players}`,
    mutant: size.bug ? "frees-on-send" : null,
    view(path) {
      const states = [beginning];
      const steps: Move[] = [];
      for (const [n, index] of path.entries()) {
        const move = movesOf(states.at(-1) ?? beginning, size)[index];
        if (move === undefined) throw new RangeError(`step ${n + 1}: there is no happening ${index}`);
        steps.push(move);
        states.push(move.to);
      }
      return viewOf(states, steps, path, size);
    },
  };
}

function held(toy: Toy, engine: number, bug: boolean): readonly SlotState[] {
  return toy.players.flatMap(({ phase, engine: at }) => {
    const slot = bug && phase === "stopping" ? undefined : SLOT_OF[phase];
    return slot === undefined || at !== engine ? [] : [slot];
  });
}

function engineNow(toy: Toy, engine: number, { cap, bug = false }: ToySize): EngineNow {
  const slots = held(toy, engine, bug);
  return {
    name: `engine ${engine + 1}`,
    slots: [
      ...slots,
      ...Array.from({ length: Math.max(0, cap - slots.length) }, () => "free" as const),
    ].slice(0, cap),
    foreign: toy.foreign[engine] ?? 0,
    carries: toy.players.filter((player) => player.engine === engine && CARRIED.includes(player.phase))
      .length,
  };
}

function movesOf(toy: Toy, size: ToySize): Move[] {
  const set = (n: number, player: Player): Toy => ({
    ...toy,
    players: toy.players.map((each, at) => (at === n ? player : each)),
  });
  const engines = toy.foreign.map((_, at) => at);
  const room = (at: number): number => {
    const { slots, foreign } = engineNow(toy, at, size);
    return slots.filter((slot) => slot === "free").length - foreign;
  };
  const best = engines.toSorted((a, b) => room(b) - room(a))[0] ?? 0;
  const place = (n: number): { to: Toy; messages: Message[] } => {
    if (room(best) <= 0)
      return {
        to: set(n, { phase: "waiting", engine: 0 }),
        messages: [{ from: "proxy", to: "proxy", text: "queued: no slot is free" }],
      };
    const start = `start content ${n + 1} as session ${n + 1}`;
    return {
      to: set(n, { phase: "starting", engine: best }),
      messages: [{ from: "proxy", to: `engine ${best + 1}`, text: start }],
    };
  };
  const moves = toy.players.flatMap(({ phase, engine }, n): Move[] => {
    const [client, at] = [`client ${n + 1}`, `engine ${engine + 1}`];
    const move = (happening: string, fair: boolean, messages: Message[], to: Toy): Move => ({
      happening,
      fair,
      messages,
      to,
    });
    switch (phase) {
      case "away": {
        const { to, messages } = place(n);
        const request = { from: client, to: "proxy", text: `request content ${n + 1}` };
        return [move(`${client} asks for content ${n + 1}`, false, [request, ...messages], to)];
      }
      case "waiting": {
        const turn =
          room(best) > 0 ? [move(`${client} gets its turn`, true, place(n).messages, place(n).to)] : [];
        const refusal = { from: "proxy", to: client, text: "503 no_capacity" };
        return [
          ...turn,
          move(`${client} waits too long`, true, [refusal], set(n, { phase: "gone", engine: 0 })),
        ];
      }
      case "starting": {
        const started = [
          { from: at, to: "proxy", text: `started session ${n + 1}` },
          { from: "proxy", to: "orchestrator", text: "stream started" },
          { from: "proxy", to: client, text: "200, first bytes" },
        ];
        const refused = [{ from: at, to: "proxy", text: `cannot play content ${n + 1}` }];
        return [
          move(`${at} starts session ${n + 1}`, true, started, set(n, { phase: "playing", engine })),
          move(`${at} refuses content ${n + 1}`, false, refused, set(n, { phase: "away", engine: 0 })),
        ];
      }
      case "playing": {
        const leaving = [
          { from: client, to: "proxy", text: "connection closed" },
          { from: "proxy", to: at, text: `stop session ${n + 1}` },
        ];
        return [move(`${client} leaves`, false, leaving, set(n, { phase: "stopping", engine }))];
      }
      case "stopping": {
        const confirmed = [
          { from: at, to: "proxy", text: `session ${n + 1} is gone` },
          { from: "proxy", to: "state file", text: "clear" },
        ];
        return [
          move(
            `${at} confirms the stop of session ${n + 1}`,
            true,
            confirmed,
            set(n, { phase: "gone", engine: 0 }),
          ),
        ];
      }
      default:
        return [];
    }
  });
  const foreign = engines
    .filter((at) => toy.foreign[at] === 0)
    .map((at) => ({
      happening: `somebody else plays through engine ${at + 1}`,
      fair: false,
      messages: [{ from: "orchestrator", to: "proxy", text: "list: one stream of another" }],
      to: { ...toy, foreign: toy.foreign.map((n, each) => (each === at ? n + 1 : n)) },
    }));
  return [...moves, ...foreign.slice(0, 1)];
}

function viewOf(
  states: readonly Toy[],
  steps: readonly Move[],
  path: readonly number[],
  size: ToySize,
): View {
  const toy = states.at(-1) ?? { players: [], foreign: [] };
  const engines = toy.foreign.map((_, at) => engineNow(toy, at, size));
  const known = new Set(states.map((state) => JSON.stringify(state)));
  const over = engines.find(({ carries }) => carries > size.cap);
  const players = (phases: readonly Phase[]): string[] =>
    toy.players.flatMap(({ phase, engine }, n) =>
      phases.includes(phase)
        ? [`client ${n + 1}  ${phase}  ${CARRIED.includes(phase) ? `engine ${engine + 1}` : ""}`.trim()]
        : [],
    );
  const idle = players(["waiting"]).length === 0;
  return {
    path,
    steps,
    engines,
    sections: [
      { title: "Clients", lines: players(["waiting", "starting", "playing"]) },
      { title: "Queue", lines: players(["waiting"]) },
      { title: "Sessions to be stopped", lines: players(["stopping"]) },
    ],
    enabled: movesOf(toy, size).map(({ happening, fair, to }) => ({
      happening,
      fair,
      returns: known.has(JSON.stringify(to)),
    })),
    properties: [
      {
        name: "real load ≤ cap",
        sentence:
          "No engine ever carries more of our sessions than the cap, as the engines themselves count.",
        status: over ? "violated" : "holds",
        detail: over ? `${over.name} carries ${over.carries} sessions, the cap is ${size.cap}.` : null,
      },
      {
        name: "no under-count",
        sentence: "Every session that runs, or may run, at an engine holds a slot.",
        status: size.bug && players(["stopping"]).length > 0 ? "violated" : "holds",
        detail: null,
      },
      {
        name: "first come, first served",
        sentence: "Whoever asked earlier is served earlier.",
        status: idle ? "idle" : "holds",
        detail: null,
      },
      {
        name: "nobody waits while a slot is free",
        sentence: "Whoever waits does so only while no usable engine has room for it.",
        status: idle ? "idle" : "holds",
        detail: null,
      },
      {
        name: "one engine per stream",
        sentence: "A stream plays through one engine at a time.",
        status: "holds",
        detail: null,
      },
    ],
  };
}
