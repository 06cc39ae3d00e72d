/** What may happen next among several proxies, their store and their engines: a number for each happening. */

import type { WorldSize } from "../world/size.ts";
import { type Env, isMember, member, NOBODY, Phase, type ProxyNow, proxyOf, type Run } from "./env.ts";
import type { Known, Seat } from "./known.ts";
import type { Rules } from "./rules.ts";

export const ACTS = [
  // What somebody wishes.
  "request",
  "leave",
  // What breaks.
  "proxy paused",
  "proxy paused between its check and the start",
  "proxy cut off from the store",
  "proxy crashes for good",
  "proxy crashes",
  "claim lost",
  "answer lost",
  "renewal's answer lost",
  "store emptied",
  "store restarted",
  "news held up",
  "takes its time",
  // What must happen some day.
  "claim taken",
  "claim written",
  "claim answered",
  "claim given up",
  "start answered",
  "stop confirmed",
  "release deadline",
  "renewal",
  "finds a stray",
  "joins",
  "goes on in time",
  "goes on too late",
  "leases end",
  "reached again",
  "comes back",
  "recovery over",
  "news arrives",
] as const;
export type Act = (typeof ACTS)[number];

const NUMBER = Object.fromEntries(ACTS.map((act, index) => [act, index])) as Readonly<Record<Act, number>>;
const FIRST_FAIR = NUMBER["claim taken"];

/** `proxy` from 0; `about`: a content, a stream, a session, or the place of a run in its environment. */
export interface Happening {
  readonly act: Act;
  readonly proxy: number;
  readonly about: number;
}

export const happeningOf = (code: number): Happening => ({
  act: ACTS[code >> 16] as Act,
  proxy: (code >> 12) & 15,
  about: code & 4095,
});
const codeOf = (act: Act, proxy: number, about = 0): number => (NUMBER[act] << 16) | (proxy << 12) | about;
export const isFair = (code: number): boolean => code >> 16 >= FIRST_FAIR;

/** Can it take steps? */
export const isRunning = ({ status }: ProxyNow): boolean => status === "up" || status === "cut off";
export const isUp = ({ status }: ProxyNow): boolean => status === "up";

/** The run of a seat: its own claim, or one that was taken over. */
export function runOf(env: Env, proxy: number, seat: Seat): Run {
  const own = member(proxy, env.proxies[proxy]?.life ?? 0);
  let found: Run | undefined;
  for (const run of env.runs) {
    if ((run.held & (1 << proxy)) === 0 || run.place !== seat.place || run.content !== seat.content) continue;
    if (seat.former === (run.asker !== own)) return run;
    found ??= run;
  }
  if (!found) throw new Error(`nothing is the case about session ${seat.session} of proxy ${proxy + 1}`);
  return found;
}

/** Members whose terms may be over: they cannot renew, and by their own clocks their leases are over. */
export function endable(env: Env): number {
  let ended = 0;
  for (const [proxy, { status, lapsed, life }] of env.proxies.entries()) {
    if (life === 1) ended |= 1 << member(proxy, 0);
    if (status === "paused" || status === "gone" || status === "away" || (status === "cut off" && lapsed))
      ended |= 1 << member(proxy, life);
  }
  return ended & env.members;
}

/** A lease that the store says is the proxy's, though it knows nothing of it. */
export function strayOf(env: Env, proxy: number): Run | undefined {
  const own = member(proxy, env.proxies[proxy]?.life ?? 0);
  return env.runs.find(({ owner, held }) => owner === own && (held & (1 << proxy)) === 0);
}

/** Does an answer to the proxy's claims stand out? Answers come in order, so that of a later command comes later. */
const isAsking = (env: Env, proxy: number, life: number): boolean =>
  env.runs.some(
    ({ asker, phase, held }) =>
      asker === member(proxy, life) && phase <= Phase.Unheard && (held & (1 << proxy)) !== 0,
  );

/** Everything that may happen, in an order that is always the same. */
export function actsOf(
  env: Env,
  knowns: readonly Known[],
  { contents, prompt }: WorldSize,
  rules: Rules,
  visit: (code: number) => void,
): void {
  const { proxies, runs } = env;
  const knows = env.store === "knows";
  const mayLag = runs.filter(({ slow }) => slow).length < env.lags;
  if (prompt && somethingIsPrompt()) return;
  for (let proxy = 0; proxy < proxies.length; proxy++) {
    const one = proxies[proxy] as ProxyNow;
    const { seats, watched } = knowns[proxy] as Known;
    if (isRunning(one)) {
      if (env.requests > 0)
        for (let content = 1; content <= contents; content++) visit(codeOf("request", proxy, content));
      for (const stream of watched) visit(codeOf("leave", proxy, stream));
      for (const seat of seats) ofSeat(proxy, seat, visit);
    }
    switch (one.status) {
      case "up": {
        const lacks =
          one.lapsed || !isMember(env, proxy) || env.store === "emptied" || env.store === "restarted";
        if (lacks && !isAsking(env, proxy, one.life)) visit(codeOf("joins", proxy));
        if (rules.takesOver && !lacks && knows && (env.orphans || endable(env) !== 0))
          visit(codeOf("renewal", proxy));
        if (rules.findsStrays && !lacks && knows && strayOf(env, proxy))
          visit(codeOf("finds a stray", proxy));
        if (env.faults > 0 && rules.takesOver && !lacks && knows && (env.orphans || endable(env) !== 0))
          visit(codeOf("renewal's answer lost", proxy));
        if (one.behind) visit(codeOf("news arrives", proxy));
        break;
      }
      case "paused":
        if (isMember(env, proxy)) visit(codeOf("goes on in time", proxy));
        visit(codeOf("goes on too late", proxy));
        break;
      case "cut off":
        if (!one.lapsed && rules.givesUpInTime) visit(codeOf("leases end", proxy));
        visit(codeOf("reached again", proxy));
        break;
      case "away":
        visit(codeOf("comes back", proxy));
        break;
      case "gone":
        break;
    }
    faultsOf(proxy);
    if (!prompt && env.lags > 0 && isUp(one) && !one.behind) visit(codeOf("news held up", proxy));
  }
  for (let index = 0; index < runs.length; index++) ofRun(runs[index] as Run, index, visit);
  if (env.store === "recovering" && mayGrantAgain(env)) visit(codeOf("recovery over", 0));
  faultsOfStore();

  /** What is prompt comes before all else, but for what breaks, as long as it does not take its time. */
  function somethingIsPrompt(): boolean {
    let is = false;
    const prompt = (index: number) => (code: number) => {
      if ((runs[index] as Run).slow || happeningOf(code).act === "release deadline") return;
      visit(code);
      is = true;
      if (mayLag) visit(codeOf("takes its time", happeningOf(code).proxy, index));
    };
    for (let index = 0; index < runs.length; index++) ofRun(runs[index] as Run, index, prompt(index));
    for (let proxy = 0; proxy < proxies.length; proxy++)
      if (isRunning(proxies[proxy] as ProxyNow))
        for (const seat of (knowns[proxy] as Known).seats)
          ofSeat(proxy, seat, prompt(runs.indexOf(runOf(env, proxy, seat))));
    if (!is) return false;
    for (let proxy = 0; proxy < proxies.length; proxy++) faultsOf(proxy);
    faultsOfStore();
    return true;
  }

  function faultsOf(proxy: number): void {
    const one = proxies[proxy] as ProxyNow;
    if (env.faults === 0 || !isUp(one)) return;
    visit(codeOf("proxy paused", proxy));
    visit(codeOf("proxy cut off from the store", proxy));
    visit(codeOf("proxy crashes for good", proxy));
    if (one.life === 0 && (knowns[proxy] as Known).seats.length > 0) visit(codeOf("proxy crashes", proxy));
  }

  function faultsOfStore(): void {
    if (env.faults === 0 || !knows) return;
    visit(codeOf("store emptied", 0));
    visit(codeOf("store restarted", 0));
  }

  function ofSeat(proxy: number, seat: Seat, visit: (code: number) => void): void {
    const { phase, asker } = runOf(env, proxy, seat);
    if (seat.unanswered) {
      if (!seat.former && asker !== NOBODY) {
        if (phase === Phase.Unanswered || phase === Phase.Over)
          visit(codeOf("start answered", proxy, seat.session));
      } else if (phase !== Phase.Cleared || !rules.outlastsPauses)
        visit(codeOf("release deadline", proxy, seat.session));
    } else if (seat.released) {
      visit(codeOf("stop confirmed", proxy, seat.session));
      if (seat.former && !rules.waitsForProof) visit(codeOf("release deadline", proxy, seat.session));
    }
  }

  function ofRun(run: Run, index: number, visit: (code: number) => void): void {
    const { phase, asker, held } = run;
    const proxy = proxyOf(asker);
    const one = proxies[proxy];
    switch (phase) {
      case Phase.Asked: {
        visit(codeOf("claim taken", proxy, index));
        if (env.faults === 0 || !one || !isUp(one) || (held & (1 << proxy)) === 0) break;
        visit(codeOf("claim lost", proxy, index));
        visit(codeOf("answer lost", proxy, index));
        visit(codeOf("proxy paused between its check and the start", proxy, index));
        break;
      }
      case Phase.Looked:
        visit(codeOf("claim written", proxy, index));
        break;
      case Phase.Granted:
      case Phase.Refused:
        if (one && isRunning(one)) visit(codeOf("claim answered", proxy, index));
        break;
      case Phase.Unheard:
        if (one && isRunning(one)) visit(codeOf("claim given up", proxy, index));
        break;
      default:
        break;
    }
  }
}

/** Every lease of before has run out by now, or its holder has joined again and said so. */
const mayGrantAgain = (env: Env): boolean =>
  env.proxies.every(
    ({ status, lapsed }, proxy) =>
      status === "gone" || status === "away" || status === "paused" || lapsed || isMember(env, proxy),
  );
