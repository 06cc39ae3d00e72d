/**
 * One happening among several proxies, carried out: what the store says, what each selector hears and answers, and
 * what goes out because of it. The parts of a holder and of a broker that the core does not have are told here.
 */
import { endable, type Happening } from "./acts.ts";
import { Phase, type ProxyNow } from "./env.ts";
import { Memberships } from "./memberships.ts";

export class Course extends Memberships {
  take({ act, proxy, about }: Happening): void {
    const { env } = this;
    const phases = env.runs.map((each) => [each, each.phase, each.held] as const);
    this.#carryOut({ act, proxy, about });
    for (const [each, phase, held] of phases)
      if (each.phase !== phase || each.held !== held) each.slow = false;
    this.tell();
    this.tidy();
  }

  #carryOut({ act, proxy, about }: Happening): void {
    const { env } = this;
    const one = env.proxies[proxy] as ProxyNow;
    const run = env.runs[about];
    switch (act) {
      case "request":
        env.requests--;
        this.hear(proxy, "request", about);
        break;
      case "leave":
        this.hear(proxy, "leave", about);
        break;
      case "proxy paused":
        env.faults--;
        one.status = "paused";
        break;
      case "proxy paused between its check and the start":
        env.faults--;
        if (run) this.claim(run, "paused after the check");
        break;
      case "proxy cut off from the store":
        env.faults--;
        this.cut(proxy);
        break;
      case "proxy crashes for good":
      case "proxy crashes":
        env.faults--;
        this.crash(proxy, act === "proxy crashes");
        break;
      case "claim lost":
        env.faults--;
        if (run) this.refuse(proxy, run);
        break;
      case "answer lost":
        env.faults--;
        if (run) this.claim(run, "answer lost");
        break;
      case "store emptied":
      case "store restarted":
        env.faults--;
        this.tables.store.forget(env, act === "store emptied");
        break;
      case "news held up":
        env.lags--;
        one.behind = true;
        break;
      case "takes its time":
        if (run) run.slow = true;
        break;
      case "claim taken":
      case "claim written":
        if (run) this.claim(run, "as usual");
        break;
      case "claim answered":
        if (run?.phase === Phase.Granted) this.granted(proxy, run);
        else if (run) this.refuse(proxy, run);
        break;
      case "claim given up":
        if (run) this.giveUp(proxy, run);
        break;
      case "start answered":
      case "stop confirmed":
      case "release deadline":
        this.ofSeat(act, proxy, about);
        break;
      case "renewal's answer lost":
        env.faults--;
        this.say(proxy, "renews", "the answer is lost");
        this.tables.store.beat(env, proxy, endable(env));
        break;
      case "renewal":
        this.renew(proxy);
        break;
      case "finds a stray":
        this.takeIn(proxy);
        break;
      case "joins":
        this.join(proxy);
        break;
      case "goes on in time":
      case "goes on too late":
        this.goOn(proxy, act === "goes on too late");
        break;
      case "leases end":
        this.lapse(proxy);
        break;
      case "reached again":
      case "comes back":
        one.status = "up";
        this.join(proxy);
        break;
      case "recovery over":
        this.recovered();
        break;
      case "news arrives":
        one.behind = false;
        break;
    }
  }
}
