/** Claims, starts and stops: what a holder of leases and a broker do about one session. */
import { isUp, runOf } from "./acts.ts";
import { Conversation } from "./conversation.ts";
import { FENCE, isMember, NOBODY, Phase, proxyOf, type Run } from "./env.ts";
import { CLASHED, contentOnce, fenceRises, heldWhenSent, LOST, REFUSED } from "./properties.ts";

export abstract class Claims extends Conversation {
  /** The store takes a claim. */
  protected claim(run: Run, how: "as usual" | "answer lost" | "paused after the check"): void {
    const { env } = this;
    const { store, rules } = this.tables;
    const proxy = proxyOf(run.asker);
    const one = this.proxy(proxy);
    const isAwaited = this.own(proxy) === run.asker && (run.held & (1 << proxy)) !== 0;
    let granted: boolean;
    let why = "";
    if (run.phase === Phase.Looked) {
      granted = true;
      run.owner = run.asker;
    } else {
      const answer = store.reserve(env, run);
      granted = answer.granted;
      why = answer.why;
      if (granted && answer.fence <= FENCE)
        this.wrong ??= {
          property: fenceRises.name,
          detail: "a grant has a fence that is no higher than that of an earlier grant",
        };
      if (granted) this.tested.add(fenceRises.name);
      if (granted && !rules.claimsAtOnce) {
        run.owner = NOBODY;
        run.phase = Phase.Looked;
        this.say(proxy, `looks at engine ${run.place}`, "there is room");
        return;
      }
    }
    this.say(proxy, "", granted ? "granted" : `refused: ${why}`);
    if (why === "full" || why === "content") this.tested.add(REFUSED.name);
    if (why === "content") this.tested.add(CLASHED.name).add(contentOnce.name);
    if (!isAwaited) {
      // Nobody will ever send its start, and nobody hears of it.
      run.phase = Phase.Over;
      if (!granted) run.asker = NOBODY;
      return;
    }
    if (how === "answer lost") {
      run.phase = Phase.Unheard;
      if (granted) this.tested.add(LOST.name);
      return;
    }
    if (one.status === "paused") {
      run.phase = granted ? Phase.Granted : Phase.Refused;
      return;
    }
    if (!granted) return this.refuse(proxy, run);
    if (how === "paused after the check") {
      const seat = this.seatOf(proxy, run);
      one.status = "paused";
      run.phase = !seat?.released && !one.lapsed ? Phase.Cleared : Phase.Granted;
      return;
    }
    this.granted(proxy, run);
  }

  /** The proxy hears that its claim is granted: it sends the start, unless nobody wants it or the lease is over. */
  protected granted(proxy: number, run: Run): void {
    const seat = this.seatOf(proxy, run);
    if (!seat) return;
    const { lapsed } = this.proxy(proxy);
    if (seat.released) {
      run.phase = Phase.Over;
      this.hear(proxy, "not sent", seat.session);
    } else if (lapsed && this.tables.rules.checksBeforeSending) {
      run.phase = Phase.Over;
      this.hear(proxy, "refused", seat.session);
    } else {
      // A store that has lost its memory grants nothing until this lease has run out.
      if (lapsed || (run.owner !== this.own(proxy) && this.env.store === "knows"))
        this.wrong ??= {
          property: heldWhenSent.name,
          detail: `proxy {p${proxy}} starts content {${run.content}} at engine ${run.place}, and its lease is over`,
        };
      this.send(proxy, run);
    }
  }

  /** The claim comes to nothing. What others hold there is known first, or the same would be asked again. */
  protected refuse(proxy: number, run: Run): void {
    const seat = this.seatOf(proxy, run);
    if (!seat) return;
    if (!isMember(this.env, proxy) || this.env.store !== "knows") this.trouble(proxy, true);
    run.phase = Phase.Over;
    this.proxy(proxy).behind = false;
    this.tellOne(proxy);
    this.hear(proxy, "refused", seat.session);
  }

  protected giveBack(proxy: number, run: Run): void {
    run.asker = NOBODY;
    this.release(proxy, run);
  }

  /** Nobody knows what became of a claim: it counts as refused, and is given back. */
  protected giveUp(proxy: number, run: Run): void {
    const { owner } = run;
    const seat = this.seatOf(proxy, run);
    if (!seat) return;
    const { givesBackTheUnknown } = this.tables.rules;
    run.phase = Phase.Over;
    if (givesBackTheUnknown) this.release(proxy, run);
    else run.owner = NOBODY;
    this.tellOne(proxy);
    this.hear(proxy, "refused", seat.session);
    if (!givesBackTheUnknown) run.owner = owner;
  }

  protected ofSeat(
    act: "start answered" | "stop confirmed" | "release deadline",
    proxy: number,
    session: number,
  ): void {
    const seat = this.known(proxy).seats.find((one) => one.session === session);
    if (!seat) return;
    const run = runOf(this.env, proxy, seat);
    if (act === "start answered") {
      const one = this.proxy(proxy);
      if (run.phase === Phase.Unanswered) run.phase = Phase.Carried;
      this.hear(proxy, "started", session);
      if (seat.released) {
        // It is stopped at once, and what lies between touches nobody: one step.
        run.phase = Phase.Over;
        this.hear(proxy, "confirmed", session);
        return;
      }
      if (isUp(one) && !one.lapsed && run.owner === this.own(proxy) && (run.held & (1 << proxy)) !== 0) {
        this.say(proxy, `notes how to stop content {${run.content}}`, null);
        this.tables.store.note(this.env, run, proxy);
      }
      return;
    }
    if (act === "stop confirmed") {
      run.phase = Phase.Over;
      this.hear(proxy, "confirmed", session);
      return;
    }
    // By then the engine has ended what nobody reads; only with a bug is it not waited for.
    const { waitsForProof, outlastsPauses } = this.tables.rules;
    const isEnded = seat.stoppable ? waitsForProof : outlastsPauses || run.phase !== Phase.Cleared;
    if (isEnded && (run.phase === Phase.Unanswered || run.phase === Phase.Carried)) run.phase = Phase.Over;
    this.hear(proxy, "deadline", session);
  }
}
