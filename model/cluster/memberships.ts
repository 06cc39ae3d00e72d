/** Memberships: renewals and what they take over, pauses, cut links, crashes, next lives, stores that forget. */
import { endable, isUp, runOf, strayOf } from "./acts.ts";
import { Claims } from "./claims.ts";
import { type Env, isMember, NOBODY, Phase, proxyOf, type Run, type Status } from "./env.ts";
import { claimBit } from "./hearing.ts";
import { ADOPTED, FORGOTTEN, LATE, RETURNED } from "./properties.ts";

export abstract class Memberships extends Claims {
  /** A renewal that finds terms over: what their members held is this proxy's to stop. */
  protected renew(proxy: number): void {
    const { env } = this;
    const { store } = this.tables;
    const orphans = store.beat(env, proxy, endable(env));
    this.say(proxy, "renews", orphans.length > 0 ? `${orphans.length} orphans are yours` : "renewed");
    this.takeOver(proxy, orphans);
  }

  protected takeOver(proxy: number, orphans: readonly Run[]): void {
    const { selectors, rules } = this.tables;
    const taken: { place: number; content: number; stoppable: boolean }[] = [];
    for (const run of orphans) {
      // What it holds already it does not take in twice.
      if ((run.held & (1 << proxy)) !== 0) continue;
      if (!run.noted && !rules.waitsForTheUnanswered) {
        this.release(proxy, run);
        continue;
      }
      // Whoever asked for it and holds no slot for it will not hear of it any more.
      if ((run.held & (1 << proxyOf(run.asker))) === 0) run.asker = NOBODY;
      run.held |= 1 << proxy;
      taken.push({ place: run.place, content: run.content, stoppable: run.noted });
    }
    if (taken.length === 0) return;
    this.tested.add(ADOPTED.name);
    this.hear(proxy, "taken over", selectors.formers(taken));
  }

  /** A claim that was granted too late is given back; what was handed over without its hearing of it is taken over. */
  protected takeIn(proxy: number): void {
    const run = strayOf(this.env, proxy);
    if (!run) return;
    this.say(proxy, "looks", `content {${run.content}} at engine ${run.place} is yours`);
    if (run.origin === this.own(proxy)) this.giveBack(proxy, run);
    else this.takeOver(proxy, [run]);
  }

  protected join(proxy: number): void {
    const { env } = this;
    const { store, rules } = this.tables;
    const own = this.own(proxy);
    const { seats } = this.known(proxy);
    const held = seats.flatMap((seat) => {
      const run = runOf(env, proxy, seat);
      const isGone =
        run.owner !== NOBODY &&
        run.owner !== own &&
        proxyOf(run.owner) !== proxy &&
        isMemberOf(env, run.owner);
      return isGone || run.phase <= Phase.Unheard ? [] : [{ run, stoppable: seat.stoppable }];
    });
    const { claims } = this.known(proxy);
    const witnessed = env.runs.flatMap((run) => {
      const isSeen = (run.held & (1 << proxy)) === 0 && (claims & claimBit(run.place, run.content)) !== 0;
      const isGranted = run.phase >= Phase.Granted && run.phase !== Phase.Refused;
      return isSeen && isGranted ? [{ run, owner: run.owner === NOBODY ? run.origin : run.owner }] : [];
    });
    const lost = store.join(env, proxy, rules.saysWhatItHolds ? held : [], witnessed);
    const one = this.proxy(proxy);
    this.say(proxy, "joins", one.life === 1 ? "joined in its next life" : "joined");
    one.lapsed = false;
    // What it gave back while it could not be heard, it gives back again before it asks for anything.
    for (const run of env.runs)
      if (run.owner === own && run.origin === own && (run.held & (1 << proxy)) === 0)
        this.giveBack(proxy, run);
    if (one.life === 1) this.tested.add(RETURNED.name);
    const gone = seats.filter((seat) => !seat.released && lost.includes(runOf(env, proxy, seat)));
    this.lose(proxy, gone);
    this.trouble(proxy, env.store !== "knows");
  }

  protected goOn(proxy: number, late: boolean): void {
    const one = this.proxy(proxy);
    one.status = "up";
    for (const run of this.env.runs) {
      if (run.phase !== Phase.Cleared || run.asker !== this.own(proxy)) continue;
      if (run.owner !== this.own(proxy)) this.tested.add(LATE.name);
      this.send(proxy, run);
    }
    if (late && this.tables.rules.givesUpInTime) this.lapse(proxy);
    else if (late) one.lapsed = !isMember(this.env, proxy);
    else if (!one.lapsed) this.trouble(proxy, this.env.store !== "knows");
  }

  /** By its own clock its leases are over: all that they stand for is given up. */
  protected lapse(proxy: number): void {
    this.proxy(proxy).lapsed = true;
    this.trouble(proxy, true);
    this.lose(
      proxy,
      this.known(proxy).seats.filter((seat) => {
        const { phase } = runOf(this.env, proxy, seat);
        return !seat.released && phase > Phase.Unheard;
      }),
    );
  }

  /** Its claims count as refused; those that are on their way may arrive all the same. */
  protected cut(proxy: number): void {
    const one = this.proxy(proxy);
    one.status = "cut off";
    one.behind = false;
    this.trouble(proxy, true);
    for (const run of [...this.env.runs]) {
      if (run.asker !== this.own(proxy) || run.phase > Phase.Unheard || (run.held & (1 << proxy)) === 0)
        continue;
      const seat = this.seatOf(proxy, run);
      if (run.phase >= Phase.Granted) run.phase = Phase.Over;
      if (seat) this.hear(proxy, "refused", seat.session);
    }
  }

  protected crash(proxy: number, returns: boolean): void {
    const { selectors } = this.tables;
    const one = this.proxy(proxy);
    const own = this.own(proxy);
    const bit = 1 << proxy;
    for (const run of this.env.runs) {
      if (run.asker === own) {
        if (run.phase === Phase.Unanswered) run.phase = Phase.Carried;
        else if (run.phase !== Phase.Asked && run.phase !== Phase.Carried) run.phase = Phase.Over;
        if (run.phase !== Phase.Asked) run.asker = NOBODY;
      }
      if (!returns) run.held &= ~bit;
    }
    const core = this.cores[proxy] as number;
    this.cores[proxy] = returns ? selectors.nextLife(core) : selectors.first;
    one.status = (returns ? "away" : "gone") satisfies Status;
    one.lapsed = false;
    one.behind = false;
    if (returns) one.life = 1;
  }

  protected recovered(): void {
    const { env } = this;
    env.store = "knows";
    if (env.runs.some(({ phase }) => phase === Phase.Carried || phase === Phase.Unanswered))
      this.tested.add(FORGOTTEN.name);
    this.tell();
    for (const [proxy, one] of env.proxies.entries())
      if (isUp(one) && !one.lapsed && isMember(env, proxy)) this.trouble(proxy, false);
  }
}

const isMemberOf = (env: Env, one: number): boolean => (env.members & (1 << one)) !== 0;
