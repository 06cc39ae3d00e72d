/** What must have come about when nothing happens any more unless somebody wishes or breaks something. */
import { isLoad, left } from "../world/environment.ts";
import { engines, first, type GraphProperty, type RestProperty, streams, unless } from "./property.ts";

export const everybodyAnswered: RestProperty = {
  of: "rest",
  name: "everybody is answered",
  sentence: "No client waits for ever: each is served, or refused with the reason.",
  sometimes: "clients are there at rest",
  check: ({ state }) =>
    unless(
      first(state.clients, ([id, client]) => !client.served && `client ${id} still waits`) ??
        first(
          streams(state),
          (stream) => stream.phase !== "playing" && `stream ${stream.id} is ${stream.phase}`,
        ),
      state.clients.size > 0,
    ),
};

export const nothingLeft: RestProperty = {
  of: "rest",
  name: "at rest nothing is left",
  sentence:
    "A slot that nobody uses becomes free: at rest only streams that are watched hold slots and load engines.",
  sometimes: "nobody is there at rest",
  check({ state, env }) {
    const wrong =
      first(engines(state), (engine) =>
        first(
          engine.slots,
          (slot) =>
            slot.state !== "free" && slot.state !== "active" && `${engine.id} holds a ${slot.state} slot`,
        ),
      ) ??
      first(streams(state), (stream) => stream.clients.length === 0 && `stream ${stream.id} is left`) ??
      first(
        env.held,
        (session) =>
          isLoad(session) &&
          session.reader === 0 &&
          `engine ${session.port} carries a session that nobody reads`,
      ) ??
      first(
        env.ended,
        (session) => isLoad(session) && `engine ${session.port} carries a session that nobody knows`,
      );
    return unless(wrong, state.clients.size === 0);
  },
};

export const provisioningEnds: RestProperty = {
  of: "rest",
  needs: (size) => size.spares > 0,
  name: "provisioning ends",
  sentence: "Asking for a new engine ends: with an engine, a refusal, or its time-out.",
  sometimes: "a new engine came, or was refused",
  check: ({ state, size }) =>
    unless(
      state.provisioning.phase === "asked" && "a new engine is still awaited",
      state.provisioning.phase === "blocked" || state.engines.size > size.engines,
    ),
};

export const converges: RestProperty = {
  of: "rest",
  needs: (size) => size.reports,
  name: "the orchestrator converges",
  sentence: "At rest the orchestrator lists exactly the sessions that play.",
  sometimes: "the orchestrator has taken reports in",
  check({ env, size }) {
    if (!size.reports) return false;
    const wrong =
      first(
        env.ended,
        (session) =>
          session.report !== "none" && `an ended session at engine ${session.port} is still listed`,
      ) ??
      // What a crash kept from being reported, nobody can list.
      first(
        env.held,
        (session) =>
          !session.old &&
          session.report !== "listed" &&
          session.told === "started" &&
          `a session at engine ${session.port} is not listed`,
      );
    return unless(wrong, left(env, "requests") < size.requests);
  },
};

export const enginesComeBack: RestProperty = {
  of: "rest",
  needs: (size) => size.refusals + size.losses + size.deaths + size.vanishings > 0,
  name: "engines come back",
  sentence: "An engine that was set aside, or missing in the list, gets streams again once it is back.",
  sometimes: "an engine failed, or was missing in the list, before",
  check: ({ state, env, size }) =>
    unless(
      first(engines(state), (engine) => {
        const real = env.engines[engine.address.port - 1];
        if (!real?.alive || !real.listed || real.draining) return null;
        return (
          (engine.resting || !engine.listed || engine.draining) && `${engine.id} is back, and gets nothing`
        );
      }),
      engines(state).some((engine) => engine.faults > 0) || left(env, "vanishings") < size.vanishings,
    ),
};

export const ALWAYS_REST: GraphProperty = {
  of: "graph",
  id: "rests",
  name: "rest can always be reached",
  sentence: "From every state the proxy can still get to where nobody is there and every slot is free.",
  sometimes: "an empty pool is reached after streams were played",
  owes: ({ state, env }) => state.clients.size + state.places.size > 0 || env.held.length > 0,
};

export const NO_ENDLESS_WAIT: GraphProperty = {
  of: "graph",
  id: "answers",
  name: "no endless waiting",
  sentence: "Nobody waits round and round: on no cycle that keeps happening does a client stay unanswered.",
  sometimes: "a client waits",
  owes: ({ state }) => [...state.clients.values()].some((client) => !client.served),
};

export const NO_ENDLESS_HOLD: GraphProperty = {
  of: "graph",
  id: "frees",
  name: "no endless hold",
  sentence: "On no cycle that keeps happening does a slot stay pending or released.",
  sometimes: "a slot is pending or released",
  owes: ({ state }) =>
    engines(state).some((engine) =>
      engine.slots.some((slot) => slot.state === "pending" || slot.state === "released"),
    ),
};
