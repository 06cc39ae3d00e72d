/** A path through several proxies, told with names that last: proxies, contents and clients keep theirs. */
import type { Effect, SlotState } from "../../src/slots/index.ts";
import type { EngineNow, Lane, Message, TraceStep } from "../result.ts";
import { type Happening, happeningOf, runOf } from "./acts.ts";
import type { Noted } from "./conversation.ts";
import { isLoad, NOBODY, Phase } from "./env.ts";
import { contentOf } from "./naming.ts";
import type { ClusterWay, ClusterWorld } from "./world.ts";

const STORE: Lane = "store";

interface Client {
  readonly lane: Lane;
  readonly proxy: number;
  readonly content: number;
  served: boolean;
}

export interface Told {
  readonly steps: readonly TraceStep[];
  /** What the last step breaks, in the names of the tale; null: nothing. */
  readonly detail: string | null;
  /** The last state. */
  readonly state: number;
  /** Puts lasting names into a text that was made there. */
  named(text: string): string;
}

/** Throws a RangeError where a choice is not possible. */
export function tellPath(world: ClusterWorld, path: readonly number[]): Told {
  const tale = new Tale(world);
  const steps: TraceStep[] = [];
  let detail: string | null = null;
  let state = 0;
  for (const [index, choice] of path.entries()) {
    const way = world.wayOf(state, choice);
    if (!way) throw new RangeError(`choice ${index + 1} of ${path.length} (${choice}) is not possible there`);
    steps.push(tale.step(state, way));
    if (way.wrong) {
      detail = tale.named(way.wrong.detail);
      break;
    }
    tale.go(way);
    state = way.to;
  }
  return { steps, detail, state, named: (text) => tale.named(text) };
}

class Tale {
  readonly #world: ClusterWorld;
  /** Index: the name in the state; value: the lasting one. */
  #proxies: number[];
  #contents: number[];
  readonly #clients: Client[] = [];

  constructor(world: ClusterWorld) {
    this.#world = world;
    this.#proxies = Array.from({ length: world.size.proxies }, (_, index) => index + 1);
    this.#contents = Array.from({ length: world.size.contents + 1 }, (_, index) => index);
  }

  /** `{2}` is a content, `{p0}` a proxy, by their names in the state. */
  named(text: string): string {
    return text
      .replace(/\{(\d+)\}/g, (_, content: string) => String(this.#contents[Number(content)]))
      .replace(/\{p(\d+)\}/g, (_, proxy: string) => String(this.#proxies[Number(proxy)]));
  }

  go({ naming }: ClusterWay): void {
    const proxies = [...this.#proxies];
    const contents = [...this.#contents];
    for (const [before, after] of naming.proxies.entries()) proxies[after] = this.#proxies[before] as number;
    for (const [before, after] of naming.contents.entries())
      contents[after] = this.#contents[before] as number;
    this.#proxies = proxies;
    this.#contents = contents;
  }

  step(state: number, way: ClusterWay): TraceStep {
    const { cores, env } = this.#world.stateOf(state);
    const happening = happeningOf(way.code);
    const core = cores[happening.proxy] as number;
    const run = env.runs[happening.about];
    const words = this.#about(happening, core, run ? `content {${run.content}} at engine ${run.place}` : "");
    const messages = way.noted.flatMap((noted) => this.#messages(noted));
    return {
      happening: this.named(`${happening.act}${words === "" ? "" : `: ${words}`}`),
      messages: messages.length > 0 ? messages : [this.#alone(happening)],
      engines: this.#engines(way),
    };
  }

  #alone({ act, proxy }: Happening): Message {
    const lane = act.startsWith("store") || act === "recovery over" ? STORE : this.#lane(proxy);
    return { from: lane, to: lane, text: act };
  }

  #lane(proxy: number): Lane {
    return `proxy ${this.#proxies[proxy]}`;
  }

  #messages(noted: Noted): Message[] {
    const proxy = this.#lane(noted.proxy);
    switch (noted.kind) {
      case "store": {
        const messages: Message[] = [];
        if (noted.text !== "") messages.push({ from: proxy, to: STORE, text: this.named(noted.text) });
        if (noted.answer !== null) messages.push({ from: STORE, to: proxy, text: this.named(noted.answer) });
        return messages;
      }
      case "sent":
        return [
          { from: proxy, to: `engine ${noted.place}`, text: this.named(`start content {${noted.content}}`) },
        ];
      case "hears": {
        const first = this.#heard(noted);
        const effects = this.#world.selectors.effects(noted.from, noted.hears, noted.about);
        return [...first, ...effects.flatMap((effect) => this.#sent(noted, effect))];
      }
    }
  }

  #heard({ proxy: at, from, hears, about: what }: Noted & { kind: "hears" }): Message[] {
    const { seats } = this.#world.selectors.at(from);
    const state = this.#world.selectors.stateOf(from);
    const proxy = this.#lane(at);
    const seat = seats.find(({ session }) => session === what);
    const it = `content {${seat?.content ?? 0}}`;
    const message = (sender: Lane, to: Lane, text: string): Message[] => [
      { from: sender, to, text: this.named(text) },
    ];
    switch (hears) {
      case "request": {
        const client = {
          lane: `client ${this.#clients.length + 1}`,
          proxy: this.#proxies[at] ?? 0,
          content: this.#contents[what] ?? 0,
          served: false,
        };
        this.#clients.push(client);
        return message(client.lane, proxy, `play content {${what}}`);
      }
      case "leave": {
        const content = contentOf(state.streams.get(what)?.contents[0]);
        const [client] = this.#watching(at, content);
        if (client) this.#clients[this.#clients.indexOf(client)] = { ...client, proxy: 0 };
        return message(client?.lane ?? "client", proxy, "leaves");
      }
      case "started":
      case "confirmed":
        return message(
          `engine ${seat?.place}`,
          proxy,
          `${hears === "started" ? "started" : "stop confirmed"} (${it})`,
        );
      case "deadline":
        return message(proxy, proxy, `release deadline of ${it}`);
      case "refused":
        return message(proxy, proxy, `no lease for ${it}`);
      case "not sent":
        return message(proxy, proxy, `nobody wants ${it} any more`);
      case "trouble":
        return message(proxy, proxy, what === 1 ? "no slots are granted for now" : "slots are granted again");
      case "lost":
        return message(proxy, proxy, "its leases are lost");
      case "claims":
        return message(STORE, proxy, "news of leases");
      case "taken over":
        return message(proxy, proxy, "takes over what is to be stopped");
    }
  }

  #watching(proxy: number, content: number): Client[] {
    return this.#clients.filter(
      (client) => client.proxy === this.#proxies[proxy] && client.content === this.#contents[content],
    );
  }

  #sent({ proxy, from: core }: Noted & { kind: "hears" }, effect: Effect): Message[] {
    const from = this.#lane(proxy);
    const { seats } = this.#world.selectors.at(core);
    const state = this.#world.selectors.stateOf(core);
    switch (effect.type) {
      case "stop": {
        const seat = seats.find(({ session }) => session === effect.session);
        return [
          {
            from,
            to: `engine ${effect.engine.slice(1)}`,
            text: this.named(`stop content {${seat?.content ?? 0}}`),
          },
        ];
      }
      case "serve": {
        const content = contentOf(state.streams.get(effect.stream)?.contents[0]);
        const client = this.#watching(proxy, content).find(({ served }) => !served);
        if (!client) return [];
        client.served = true;
        return [{ from, to: client.lane, text: "media" }];
      }
      default:
        return [];
    }
  }

  /** Slots as the store and the engines count them: leases, and what is really carried. */
  #engines({ env, cores }: ClusterWay): EngineNow[] {
    const { engines, cap } = this.#world.size;
    const knowns = cores.map((core) => this.#world.selectors.at(core));
    return Array.from({ length: engines }, (_, index) => {
      const here = env.runs.filter((run) => run.place === index + 1 && (run.owner !== NOBODY || isLoad(run)));
      const slots = here.slice(0, cap).map((run): SlotState => {
        const live = knowns.some(({ seats }, proxy) =>
          seats.some(
            (seat) =>
              !seat.released &&
              seat.place === run.place &&
              seat.content === run.content &&
              (run.held & (1 << proxy)) !== 0 &&
              runOf(env, proxy, seat) === run,
          ),
        );
        return !live ? "released" : run.phase <= Phase.Unanswered ? "pending" : "active";
      });
      while (slots.length < cap) slots.push("free");
      return { name: `engine ${index + 1}`, slots, foreign: 0, carries: here.filter(isLoad).length };
    });
  }

  #about({ act, proxy, about: what }: Happening, core: number, run: string): string {
    const { seats } = this.#world.selectors.at(core);
    const state = this.#world.selectors.stateOf(core);
    const who = `proxy {p${proxy}}`;
    const seat = seats.find(({ session }) => session === what);
    switch (act) {
      case "request":
        return `content {${what}} at ${who}`;
      case "leave":
        return `content {${contentOf(state.streams.get(what)?.contents[0])}} at ${who}`;
      case "start answered":
      case "stop confirmed":
      case "release deadline":
        return `content {${seat?.content ?? 0}} at engine ${seat?.place}, ${who}`;
      case "claim lost":
      case "answer lost":
      case "claim taken":
      case "claim written":
      case "claim answered":
      case "claim given up":
      case "proxy paused between its check and the start":
        return `${run}, ${who}`;
      case "store emptied":
      case "store restarted":
      case "recovery over":
        return "";
      default:
        return who;
    }
  }
}
