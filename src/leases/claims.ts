/** Our own claims: asks the store for slots, one round trip each, and gives them back. */
import type { ClaimOrder, ClaimOutcome } from "../ports.ts";
import type { Answer } from "./books.ts";
import { writeDetail } from "./detail.ts";
import type { Held } from "./held.ts";
import type { Holdings } from "./holdings.ts";
import { REFUSED_PAUSE_MS } from "./limits.ts";
import type { Membership } from "./membership.ts";
import type { Returns } from "./returns.ts";
import type { Share } from "./share.ts";
import type { Sight } from "./sight.ts";
import type { Standing } from "./standing.ts";

export interface ClaimsOrders {
  readonly membership: Membership;
  readonly standing: Standing;
  readonly holdings: Holdings;
  readonly returns: Returns;
  readonly share: Share;
  readonly sight: Sight;
}

type Granted = Answer & { readonly type: "granted" };
type Refused = Answer & { readonly type: "refused" };

const REFUSALS = {
  full: "another proxy was faster: the engine is full",
  content: "another proxy plays this content on the engine",
  turn: "other proxies have waited longer",
} as const;

export class Claims {
  readonly #orders: ClaimsOrders;

  constructor(orders: ClaimsOrders) {
    this.#orders = orders;
  }

  async claim(order: ClaimOrder): Promise<ClaimOutcome> {
    const { membership, standing, holdings, returns, share } = this.#orders;
    const { lease, place, contents, session, cap, more, instead } = order;
    if (share.isUsed || !standing.isUsable) {
      if (instead !== null) this.release(instead);
      if (share.isUsed) return this.#claimSpare(order);
      // It may not be known yet that our time is over, and whoever is not told asks again at once.
      standing.tell();
      return this.#down("no lease");
    }
    holdings.ask(lease);
    const { joins } = membership;
    const answer = await membership.ask({
      type: "reserve",
      place,
      id: lease,
      contents,
      detail: writeDetail(session),
      cap,
      more,
      instead: instead === null ? null : (holdings.get(instead)?.name ?? instead),
    });
    if (instead !== null) {
      if (answer?.type === "granted") holdings.drop(instead);
      else this.release(instead);
    }
    const isWanted = holdings.answered(lease);
    // A store that was told everything that we hold, but not this, has taken it back. And whoever has slept for longer
    // than a term hears of a grant that may be another's by now.
    const isInTime = standing.isUsable || share.isUsed;
    if (answer?.type === "granted" && joins === membership.joins && isInTime) {
      const outcome = this.#granted(order, answer);
      if (!isWanted) this.release(lease);
      return outcome;
    }
    if (answer?.type === "refused") return this.#refused(order, answer);
    // Nobody knows whether it was granted.
    returns.give(lease, place);
    return this.#down("the lease store does not answer");
  }

  /** The slot is free: of the store's, or of our share while the store is away. */
  release(lease: string): void {
    const { holdings, share } = this.#orders;
    if (holdings.unwant(lease)) return;
    const held = holdings.drop(lease);
    if (!held) return;
    if (share.isUsed && !held.isLost) share.add(held);
    else this.giveBack(held);
  }

  giveBack({ name, place }: Held): void {
    this.#orders.sight.forget(place, name);
    this.#orders.returns.give(name, place);
  }

  #granted(
    { lease, place, contents, session }: ClaimOrder,
    { held, fence: last, seq }: Granted,
  ): ClaimOutcome {
    const fence = held.find(({ id }) => id === lease)?.fence ?? last;
    this.#orders.holdings.put(lease, {
      name: lease,
      place,
      fence,
      contents,
      session,
      isLost: false,
      isGone: false,
    });
    this.#orders.sight.note(place, held, seq);
    return { kind: "granted", fence };
  }

  #refused({ place, contents, cap }: ClaimOrder, { why, waitMs, held, seq }: Refused): ClaimOutcome {
    const { sight, returns } = this.#orders;
    if (why === "not a member" || why === "recovering") return this.#down(why);
    // What was refused must look refused to the selector, or it would ask again at once. What we have given back is
    // no load to it.
    const counted = held.filter(({ id }) => !returns.has(id));
    const isSeen =
      why === "full"
        ? counted.length >= cap
        : why === "content" && counted.some((other) => other.contents.some((key) => contents.includes(key)));
    if (why === "turn" || !isSeen) sight.block(place, why === "turn" ? waitMs : REFUSED_PAUSE_MS);
    sight.note(place, held, seq);
    return { kind: "refused", why, message: REFUSALS[why] };
  }

  #down(message: string): ClaimOutcome {
    return { kind: "refused", why: "down", message: this.#orders.standing.why ?? message };
  }

  /** While the store is away: in a slot of a lease that we still had, and under its name there. */
  #claimSpare({ lease, place, contents, session }: ClaimOrder): ClaimOutcome {
    const { share, sight, holdings } = this.#orders;
    const spare = share.take(place);
    if (spare) {
      holdings.put(lease, { ...spare, contents, session });
      return { kind: "granted", fence: 0 };
    }
    sight.block(place, REFUSED_PAUSE_MS);
    const message = "the lease store is away, and this proxy had no slot there";
    return { kind: "refused", why: "full", message };
  }
}
