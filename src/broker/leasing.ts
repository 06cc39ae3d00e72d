/**
 * The broker's side of a shared store: asks it for a lease before a start leaves, gives leases back when slots are
 * free, and passes on what happens there. A broker without a shared store has none of this.
 */
import { PROVISION_TURN_SECONDS } from "../limits.ts";
import { type LeaseEvents, type LeasePort, PROVISION_PLACE } from "../ports.ts";
import {
  type Blocked,
  type ContentKey,
  type Effect,
  type FormerSession,
  placeKey,
  type SelectorEvent,
  type SessionId,
  type State,
} from "../slots/index.ts";
import type { Journal } from "./journal.ts";
import { formerOf } from "./saving.ts";

/** A session as it would be known to whoever takes it over, by the name of its lease. */
const leaseOf = (session: FormerSession): string => session.lease ?? "";

/** A lease that is no slot: whoever holds it asks for a new engine. */
const NO_SESSION: FormerSession = {
  engine: "",
  name: "",
  address: { scheme: "http", host: "", port: 0 },
  contents: [],
  urls: null,
  playbackSession: null,
  reportedAs: null,
};

export interface LeasingOrders {
  readonly port: LeasePort;
  readonly journal: Journal;
  readonly post: (event: SelectorEvent) => void;
  readonly stateOf: () => State;
  readonly labelOf: (session: SessionId) => string;
}

export interface ClaimCounts {
  readonly granted: number;
  readonly refused: number;
  readonly lost: number;
  readonly adopted: number;
}

export class Leasing {
  readonly #orders: LeasingOrders;
  #provisions = false;
  #provisionNumber = 0;
  /** The contents that the store knows of, by lease, as far as it has heard of a lease from us. */
  readonly #told = new Map<string, readonly ContentKey[]>();
  /** Leases of sessions that were settled in this step, and where. */
  readonly #settled = new Map<SessionId, { readonly lease: string; readonly place: string }>();
  readonly #counts = { granted: 0, refused: 0, lost: 0, adopted: 0 };

  constructor(orders: LeasingOrders) {
    this.#orders = orders;
  }

  get counts(): ClaimCounts {
    return { ...this.#counts };
  }

  /** `former`: sessions of an earlier life that hold slots, and so leases. */
  start(former: readonly FormerSession[]): void {
    const { port, post } = this.#orders;
    const events: LeaseEvents = {
      trouble: (trouble) => post({ type: "leasing", trouble }),
      claims: (whole, places) => post({ type: "claims", whole, places }),
      lost: (leases, why) => this.#lose(leases, why),
      orphans: (sessions) => {
        this.#counts.adopted += sessions.length;
        for (const session of sessions) this.#told.set(leaseOf(session), session.contents);
        post({ type: "recover", sessions });
        const held = this.#sessionsByLease();
        for (const session of sessions) {
          const lease = leaseOf(session);
          this.#write("adopted", lease, held.get(lease), "its proxy is no more");
        }
      },
    };
    for (const session of former) if (session.lease) this.#told.set(session.lease, session.contents);
    port.start(
      events,
      former.flatMap((session) =>
        session.lease ? [{ lease: session.lease, place: placeKey(session.address), session }] : [],
      ),
    );
  }

  /** Claims the slot of a pending session. False: it was refused, and the selector knows. */
  async claim(order: Effect & { type: "start" }): Promise<boolean> {
    const { session, engine, address, instead } = order;
    const { port, post, stateOf, labelOf } = this.#orders;
    const lease = labelOf(session);
    const state = stateOf();
    const former = formerOf(state, session, labelOf);
    if (!former) return false;
    const place = placeKey(address);
    // The store knows leases, and nothing of streams that somebody else started.
    const foreign = state.engines.get(engine)?.foreign.length ?? 0;
    const exchanged = this.#takeSettled(instead);
    // What has just become free there is given back first: the store would refuse it to us, who still have it.
    for (const [id, settled] of this.#settled) if (settled.place === place) this.#giveBack(id, settled.lease);
    const outcome = await port.claim({
      lease,
      place,
      contents: former.contents,
      session: former,
      cap: Math.max(0, state.cap - foreign),
      more: state.queue.length > 0,
      instead: exchanged,
    });
    const slot = stateOf().places.get(session)?.slot ?? null;
    const [fence, message] = outcome.kind === "granted" ? [outcome.fence, ""] : [null, outcome.message];
    this.#counts[outcome.kind]++;
    this.#orders.journal.write({
      type: "lease",
      outcome: outcome.kind,
      lease,
      place,
      engine,
      slot,
      session,
      fence,
      message,
    });
    if (outcome.kind === "refused") post({ type: "leaseRefused", session, message: outcome.message });
    else if (stateOf().places.has(session)) this.#told.set(lease, former.contents);
    // Nobody waited for it so long; it has been given back already.
    else this.#write("released", lease, session, "");
    return outcome.kind === "granted";
  }

  /** May the start be sent at this very moment? If not, the selector knows. */
  mayStart(session: SessionId): boolean {
    const { port, post, labelOf } = this.#orders;
    if (port.isHeld(labelOf(session))) return true;
    post({ type: "leaseRefused", session, message: "the lease ended before the start was sent" });
    return false;
  }

  /**
   * The engine has answered: whoever may have to stop the session is told how. Another session may have turned out to
   * be of the same content, and has more names now.
   */
  started(session: SessionId): void {
    const { port, stateOf, labelOf } = this.#orders;
    const state = stateOf();
    for (const id of state.places.keys()) {
      const former = formerOf(state, id, labelOf);
      if (!former) continue;
      const lease = leaseOf(former);
      const told = this.#told.get(lease);
      if (!told || (id !== session && told.length === former.contents.length)) continue;
      this.#told.set(lease, former.contents);
      port.note(lease, former.contents, former);
    }
  }

  /** `before`: as it was when the session still held its slot. */
  settled({ session, lease }: Effect & { type: "settled" }, before: State): void {
    const { labelOf } = this.#orders;
    const name = lease ?? labelOf(session);
    const engine = before.places.get(session)?.engine;
    const place = engine === undefined ? undefined : before.engines.get(engine)?.place;
    this.#settled.set(session, { lease: name, place: place ?? "" });
    // What was refused is nothing to give back.
    if (this.#told.delete(name) || lease !== null) this.#write("released", name, session, "", before);
  }

  /** A lease that is exchanged for another is not given back by itself. */
  #takeSettled(session: SessionId | null): string | null {
    const settled = session === null ? undefined : this.#settled.get(session);
    if (session === null || settled === undefined) return null;
    this.#settled.delete(session);
    return settled.lease;
  }

  #giveBack(session: SessionId, lease: string): void {
    this.#settled.delete(session);
    this.#orders.port.release(lease);
  }

  /** After each step: does anybody wait? And has what was asked for come? */
  look(state: State): void {
    for (const [session, { lease }] of this.#settled) this.#giveBack(session, lease);
    this.#orders.port.waiting(state.queue.length > 0 && !state.draining);
    if (this.#provisions && state.provisioning.phase !== "asked") {
      this.#provisions = false;
      this.#orders.port.release(this.#provisionLease);
    }
  }

  /** All proxies together ask for one new engine at a time. Null: it is our turn; else why not. */
  async mayProvision(): Promise<Blocked | null> {
    this.#provisions = true;
    this.#provisionNumber++;
    const { port } = this.#orders;
    const outcome = await port.claim({
      lease: this.#provisionLease,
      place: PROVISION_PLACE,
      contents: [],
      session: NO_SESSION,
      cap: 1,
      more: true,
      instead: null,
    });
    // It may have been given back meanwhile: nobody wants an engine any more.
    if (outcome.kind === "granted" && port.isHeld(this.#provisionLease)) return null;
    this.#provisions = false;
    const isTheirs = outcome.kind === "refused" && outcome.why === "full";
    return {
      code: "another_proxy",
      message: isTheirs
        ? "another proxy is asking for a new engine"
        : "the shared store grants nothing at present",
      retryAfterSeconds: PROVISION_TURN_SECONDS,
    };
  }

  /** Never the same name twice: what reaches the store late must not mean a later lease. */
  get #provisionLease(): string {
    return `${this.#orders.stateOf().life}provision-${this.#provisionNumber}`;
  }

  #lose(leases: readonly string[], message: string): void {
    const lost = new Set(leases);
    const held = this.#sessionsByLease();
    const sessions = [...held].flatMap(([lease, id]) => (lost.has(lease) ? [id] : []));
    // The right to ask for an engine is no slot.
    lost.delete(this.#provisionLease);
    this.#counts.lost += lost.size;
    for (const lease of lost) this.#write("lost", lease, held.get(lease), message);
    this.#orders.post({ type: "leasesLost", sessions, message });
  }

  /** The sessions that hold slots now, by the names of their leases. */
  #sessionsByLease(): Map<string, SessionId> {
    const { stateOf, labelOf } = this.#orders;
    const state = stateOf();
    const sessions = new Map<string, SessionId>();
    for (const id of state.places.keys()) {
      const former = formerOf(state, id, labelOf);
      if (former) sessions.set(leaseOf(former), id);
    }
    return sessions;
  }

  #write(
    outcome: "lost" | "released" | "adopted",
    lease: string,
    session: SessionId | undefined,
    message: string,
    state = this.#orders.stateOf(),
  ): void {
    const { journal } = this.#orders;
    const at = session === undefined ? undefined : state.places.get(session);
    const engine = at && state.engines.get(at.engine);
    journal.write({
      type: "lease",
      outcome,
      lease,
      place: engine?.place ?? "",
      engine: at?.engine ?? "",
      slot: at?.slot ?? null,
      session: session ?? null,
      fence: null,
      message,
    });
  }
}
