/** Walks a core's world by hand: where a path of choices leads, and what may happen there. */

import type { State } from "../src/slots/index.ts";
import type { GraphWalker, View } from "./explorer.ts";
import { PROPERTIES, type Property } from "./properties/index.ts";
import type { Stepper } from "./world/answers.ts";
import { createWorld } from "./world/create.ts";
import { type Environment, isLoad, type RealSession } from "./world/environment.ts";
import type { Explored } from "./world/explored.ts";
import { happening } from "./world/happenings.ts";
import { contentOf } from "./world/naming.ts";
import { retell, type Tale } from "./world/retell.ts";
import { BUDGETS, sizeName, type WorldSize } from "./world/size.ts";
import { enginesNow, tell } from "./world/telling.ts";

export interface WalkerOptions {
  readonly size: WorldSize;
  readonly step: Stepper;
  readonly mutant: string | null;
  readonly symmetry?: boolean;
}

export function createWalker(options: WalkerOptions): GraphWalker {
  const { size, step, mutant } = options;
  // Properties are looked at here one by one, so that what is violated can be walked through.
  const world = createWorld({ size, step, properties: [], symmetry: options.symmetry ?? true });
  return {
    world: sizeName(size),
    mutant,
    view(path) {
      const visited = [0];
      for (const [index, choice] of path.entries()) {
        const way = world.wayOf(visited.at(-1) ?? 0, choice);
        if (!way) throw new RangeError(`choice ${index + 1} of the path (${choice}) is not possible there`);
        visited.push(way.to);
      }
      const here = visited.at(-1) ?? 0;
      const tale = retell(world, path);
      const last = tale.steps.at(-1);
      const state = last?.after ?? tale.begin.state;
      const env = last?.env ?? tale.begin.env;
      const enabled: View["enabled"][number][] = [];
      let rests = true;
      world.each(here, (code, choice, to) => {
        const fair = world.fairAt(code, here);
        if (fair && to !== here) rests = false;
        enabled.push({ happening: wordsOf(world, path, choice, code), fair, returns: visited.includes(to) });
      });
      return {
        path,
        steps: tale.steps.map(tell).map(({ happening: words, messages }) => ({ happening: words, messages })),
        engines: enginesNow(state, env),
        sections: sections(state, env),
        enabled,
        properties: PROPERTIES.filter((property) => property.of !== "graph").map((property) =>
          judged(property, world, tale, rests),
        ),
      };
    },
  };
}

/** The happening as it would be told if it came next. */
function wordsOf(world: Explored, path: readonly number[], choice: number, code: number): string {
  try {
    const { steps } = retell(world, [...path, choice]);
    const last = steps.at(-1);
    if (last) return tell(last).happening;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return happening(code).kind;
}

function judged(property: Property, world: Explored, tale: Tale, rests: boolean): View["properties"][number] {
  const last = tale.steps.at(-1);
  const state = last?.after ?? tale.begin.state;
  const env = last?.env ?? tale.begin.env;
  const { size } = world;
  const taken = last?.taken;
  let answer: string | boolean = false;
  switch (property.of) {
    case "state":
      answer = property.check(state, size);
      break;
    case "environment":
      answer = property.check(env, size);
      break;
    case "load":
      answer = property.check(Math.max(0, ...enginesNow(state, env).map(({ carries }) => carries)), size);
      break;
    case "rest":
      answer = rests ? property.check({ state, env, size }) : false;
      break;
    case "step":
      if (last && taken?.step)
        answer = property.check({
          before: last.before,
          event: taken.event,
          after: taken.step.state,
          effects: taken.step.effects,
          records: taken.step.records,
          illegal: taken.step.illegal,
          size,
          step: world.step,
        });
      break;
    case "graph":
      break;
  }
  const { name, sentence } = property;
  return {
    name,
    sentence,
    status: typeof answer === "string" ? "violated" : answer ? "holds" : "idle",
    detail: typeof answer === "string" ? answer : null,
  };
}

/** The state as a person reads it. */
function sections(state: State, env: Environment): View["sections"] {
  const streams = [...state.streams.values()].map((stream) => {
    const where = stream.place
      ? ` at ${stream.place.engine.replace("e", "engine ")} (session ${stream.place.session})`
      : "";
    const who =
      stream.clients.length > 0 ? `clients ${stream.clients.join(", ")}` : "lingers, nobody watches";
    return `stream ${stream.id}: content ${contentOf(stream.contents[0] ?? "")}, ${stream.phase}${where}; ${who}`;
  });
  const sessions: string[] = [];
  env.held.forEach((session, index) => {
    sessions.push(`session ${index + 1}: ${about(session)}`);
  });
  for (const session of env.ended) sessions.push(`without a slot: ${about(session)}`);
  return [
    { title: "Queue", lines: state.queue.map((id, index) => `${index + 1}. stream ${id}`) },
    { title: "Streams", lines: streams },
    { title: "Sessions, as they really are", lines: sessions },
    {
      title: "Looks under way",
      lines: env.looks.map((look, index) => `${index + 1}: ${look.overtaken ? "overtaken" : "newest"}`),
    },
    {
      title: "May still happen",
      lines: BUDGETS.flatMap((name, index) =>
        (env.left[index] ?? 0) > 0 ? [`${name}: ${env.left[index]}`] : [],
      ),
    },
  ].filter(({ lines }) => lines.length > 0);
}

function about(session: RealSession): string {
  const words = [
    session.phase,
    `start ${session.told === "nothing" ? "not answered" : `answered: ${session.told}`}`,
  ];
  if (isLoad(session)) words.push("loads its engine");
  if (session.stopping) words.push("a stop is on its way");
  if (session.reader > 0) words.push("is read");
  if (session.report !== "none") words.push(`report: ${session.report}`);
  if (session.old) words.push("of a former life");
  return words.join(", ");
}
