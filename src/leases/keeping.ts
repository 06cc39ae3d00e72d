/** What each command does to the books. Pure and total; in one piece, since the store runs each as one. */
import type {
  Answer,
  Booked,
  Books,
  Change,
  Command,
  Head,
  Lease,
  Member,
  PlacedLease,
  Refusal,
  Server,
} from "./books.ts";
import { ORPHANS_AT_ONCE, STEPS_PER_TERM, TURN_MS, TURNS_MAX } from "./limits.ts";

/** Takes one command in. */
export function keep(books: Books, command: Command, server: Server): Booked {
  const ledger = new Ledger(books, command, server);
  const answer = ledger.take(command);
  return { books: ledger.books, answer, changes: ledger.changes };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Body = Answer extends infer A ? (A extends Head ? Omit<A, keyof Head> : never) : never;

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

class Ledger {
  readonly books: Writable<Books>;
  readonly changes: Change[] = [];
  readonly #member: string;

  constructor(before: Books, command: Command, server: Server) {
    this.books = { ...before };
    this.#member = command.member;
    this.#look(server, command);
  }

  take(command: Command): Answer {
    const body = this.#take(command);
    const { fence, seq } = this.books;
    return { fence, seq, recoveringMs: this.#recoveringMs, isMember: this.#isMember, ...body };
  }

  get #recoveringMs(): number {
    return Math.max(0, this.books.grantsFrom - this.books.clock);
  }

  get #isMember(): boolean {
    return this.books.members.has(this.#member);
  }

  /** The clock goes on; and is this the server that wrote here last, and does it still know what others have seen? */
  #look(server: Server, { ttl, seen }: Command): void {
    const { books } = this;
    books.ttl = Math.max(books.ttl, ttl);
    const passed = Math.max(0, server.time - books.time);
    books.clock += Math.min(passed, Math.floor(books.ttl / STEPS_PER_TERM));
    books.time = server.time;
    if (books.run === server.run && seen <= books.fence) return;
    // Memory was lost. What was granted meanwhile is not known, so nothing is granted until it has run out, and
    // everybody says again what it holds. A new store's fences begin above all those of a former one.
    books.fence = Math.max(books.fence, seen, books.run === null ? server.time : 0);
    books.run = server.run;
    books.grantsFrom = books.clock + books.ttl;
    books.members = new Map();
    books.queue = [];
    books.freed = new Map();
    books.hasOrphans = books.engines.size > 0;
  }

  #take(command: Command): Body {
    switch (command.type) {
      case "reserve":
        return this.#reserve(command);
      case "note": {
        const found = this.#patch(command.place, command.id, (lease) =>
          lease.owner === this.#member
            ? { ...lease, contents: command.contents, detail: command.detail }
            : null,
        );
        return { type: "done", found };
      }
      case "release":
        return { type: "done", found: this.#release(command.place, command.id) };
      case "beat":
        return this.#beat(command);
      case "join":
        return this.#join(command);
      case "leave":
        this.#end(this.#member);
        return { type: "done", found: true };
    }
  }

  #reserve(command: Command & { type: "reserve" }): Body {
    const { place, id, contents, detail, cap } = command;
    const { books } = this;
    const known = books.engines.get(place) ?? [];
    const refused = (why: Refusal, waitMs = 0): Body => ({ type: "refused", why, waitMs, held: known });
    if (!this.#isMember) return refused("not a member");
    this.#renew(command.ttl);
    if (this.#recoveringMs > 0) return refused("recovering", this.#recoveringMs);
    const held = known.filter(({ id, owner }) => owner !== this.#member || id !== command.instead);
    if (held.some((lease) => lease.contents.some((key) => contents.includes(key)))) return refused("content");
    const waitMs = held.length < known.length ? 0 : this.#waitMs(place);
    if (held.length >= cap || waitMs > 0) {
      this.#queue(true);
      return held.length >= cap ? refused("full") : refused("turn", waitMs);
    }
    books.fence++;
    const lease: Lease = { id, owner: this.#member, fence: books.fence, contents, detail };
    if (held.length + 1 >= cap) this.#unfree(place);
    this.#queue(false);
    this.#queue(command.more);
    this.#write(place, [...held, lease]);
    return { type: "granted", held: [...held, lease] };
  }

  /** How long others who have waited longer come first. */
  #waitMs(place: string): number {
    const { freed, queue, clock } = this.books;
    const since = freed.get(place);
    if (since === undefined) return 0;
    const index = queue.indexOf(this.#member);
    const ahead = Math.min(index < 0 ? queue.length : index, TURNS_MAX);
    return Math.max(0, since + ahead * TURN_MS - clock);
  }

  #release(place: string, id: string): boolean {
    const held = this.books.engines.get(place) ?? [];
    // From whoever answers for it, or whose it is: an heir that is none any more may still think that it is over.
    const may = (lease: Lease): boolean =>
      lease.owner === this.#member || lease.id.startsWith(`${this.#member}/`);
    const rest = held.filter((lease) => lease.id !== id || !may(lease));
    if (rest.length === held.length) return false;
    if (this.books.queue.length > 0)
      this.books.freed = new Map(this.books.freed).set(place, this.books.clock);
    this.#write(place, rest);
    return true;
  }

  #beat(command: Command & { type: "beat" }): Body {
    if (!this.#isMember) return { type: "beaten", orphans: [] };
    this.#renew(command.ttl);
    this.#queue(command.waiting);
    for (const [member, { end }] of this.books.members) if (end <= this.books.clock) this.#end(member);
    return { type: "beaten", orphans: command.adopts ? this.#adopt() : [] };
  }

  /** Orphans for this member, in the order of their names. */
  #adopt(): PlacedLease[] {
    const { books } = this;
    if (!books.hasOrphans || this.#recoveringMs > 0) return [];
    const orphans: PlacedLease[] = [];
    for (const [place, leases] of books.engines)
      for (const lease of leases) if (!books.members.has(lease.owner)) orphans.push({ ...lease, place });
    orphans.sort((a, b) => inOrder(a.id, b.id) || inOrder(a.place, b.place));
    books.hasOrphans = orphans.length > ORPHANS_AT_ONCE;
    return orphans.slice(0, ORPHANS_AT_ONCE).map((orphan) => {
      this.#patch(orphan.place, orphan.id, (lease) => ({ ...lease, owner: this.#member }));
      return { ...orphan, owner: this.#member };
    });
  }

  #join(command: Command & { type: "join" }): Body {
    const { books } = this;
    this.#renew(command.ttl, command.info);
    const held = new Map(command.held.map((lease) => [lease.id, lease]));
    // What it has claimed and does not name it has given back meanwhile; what it was handed it may not have heard of,
    // and for that there is no proof. Nor is there for what was granted after it said this: a network may bring a join
    // of a former connection when the next one has long been at work. In the order of places, which no store keeps by
    // itself.
    for (const [place, leases] of [...books.engines].sort(([a], [b]) => inOrder(a, b)))
      for (const { id, owner, fence } of leases) {
        const isClaimed = owner === this.#member && id.startsWith(`${owner}/`) && fence <= command.seen;
        if (isClaimed && !held.has(id)) this.#release(place, id);
      }
    const lost: string[] = [];
    for (const lease of command.held) {
      const known = books.engines.get(lease.place)?.find(({ id }) => id === lease.id);
      // A session of a former life may still be running, and counts whatever the store knows of it.
      const isFormer = lease.fence === 0;
      if (known ? this.#mayTake(known.owner) : isFormer || this.#recoveringMs > 0)
        this.#put(lease, this.#member);
      else lost.push(lease.id);
    }
    if (this.#recoveringMs > 0)
      for (const lease of command.witnessed) {
        const known = books.engines.get(lease.place)?.some(({ id }) => id === lease.id);
        if (known || books.members.has(lease.owner)) continue;
        this.#put(lease, lease.owner);
        books.hasOrphans = true;
      }
    return { type: "joined", lost };
  }

  /** Its own, one that nobody alive answers for, or one of a former life of the same instance. */
  #mayTake(owner: string): boolean {
    const instance = this.#member.slice(0, this.#member.lastIndexOf("/") + 1);
    return owner === this.#member || !this.books.members.has(owner) || owner.startsWith(instance);
  }

  #put({ place, id, fence: said, contents, detail }: PlacedLease, owner: string): void {
    const held = this.books.engines.get(place) ?? [];
    // Whoever goes on with a lease of a former life does not know its fence, and says 0.
    const fence = Math.max(said, held.find((other) => other.id === id)?.fence ?? 0);
    const lease: Lease = { id, owner, fence, contents, detail };
    this.books.fence = Math.max(this.books.fence, fence);
    this.#write(place, [...held.filter((other) => other.id !== id), lease]);
  }

  #renew(ttl: number, info?: string): void {
    const member: Member = {
      end: this.books.clock + ttl,
      info: info ?? this.books.members.get(this.#member)?.info ?? "",
    };
    this.books.members = new Map(this.books.members).set(this.#member, member);
  }

  #end(member: string): void {
    const { books } = this;
    const members = new Map(books.members);
    members.delete(member);
    books.members = members;
    this.#dequeue(member);
    // Whether it had any is seen by whoever looks for them.
    if (books.engines.size > 0) books.hasOrphans = true;
  }

  #queue(waits: boolean): void {
    const { queue } = this.books;
    if (!waits) this.#dequeue(this.#member);
    else if (!queue.includes(this.#member)) this.books.queue = [...queue, this.#member];
  }

  #dequeue(member: string): void {
    const { books } = this;
    if (!books.queue.includes(member)) return;
    books.queue = books.queue.filter((other) => other !== member);
    // Nobody is before anybody any more.
    if (books.queue.length === 0) books.freed = new Map();
  }

  #unfree(place: string): void {
    const freed = new Map(this.books.freed);
    if (freed.delete(place)) this.books.freed = freed;
  }

  #patch(place: string, id: string, change: (lease: Lease) => Lease | null): boolean {
    const held = this.books.engines.get(place) ?? [];
    const lease = held.find((other) => other.id === id);
    const changed = lease && change(lease);
    if (!changed) return false;
    this.#write(
      place,
      held.map((other) => (other === lease ? changed : other)),
    );
    return true;
  }

  #write(place: string, held: readonly Lease[]): void {
    const engines = new Map(this.books.engines);
    if (held.length === 0) engines.delete(place);
    else engines.set(place, held);
    this.books.engines = engines;
    this.books.seq++;
    this.changes.push({ seq: this.books.seq, place, held, queue: this.books.queue });
  }
}
