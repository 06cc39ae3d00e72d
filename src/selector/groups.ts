/**
 * Those who ask for one key at the same time: to the core they are one client, and among themselves each still waits,
 * gives up and releases alone. So a step of the core costs the same for one as for thousands.
 */
import type { ClientId, ContentKey } from "../slots/index.ts";
import type { AskId } from "./asking.ts";
import type { SelectorErrorCode } from "./error.ts";

/** Somebody who holds a slot. */
export interface Holder {
  /** The slot is over. */
  takeBack(code: SelectorErrorCode, reason: string): void;
}

export interface Group {
  /** What the core knows it by: the number of the one that came first. */
  readonly client: ClientId;
  readonly content: ContentKey;
  /** Those who have no answer yet, oldest first; none once it has its slot. */
  readonly asking: Set<AskId>;
  /** Those who hold the slot. */
  readonly holding: Set<Holder>;
}

/** The groups that the core knows of, or is about to be told of. */
export class Groups {
  readonly #groups = new Map<ClientId, Group>();
  /** The newest of each. */
  readonly #byContent = new Map<ContentKey, Group>();

  get(client: ClientId): Group | undefined {
    return this.#groups.get(client);
  }

  find(content: ContentKey): Group | undefined {
    return this.#byContent.get(content);
  }

  add(client: ClientId, content: ContentKey): Group {
    const group: Group = { client, content, asking: new Set(), holding: new Set() };
    this.#groups.set(client, group);
    this.#byContent.set(content, group);
    return group;
  }

  /** It is over; false: it was so already. */
  delete(group: Group): boolean {
    if (this.#byContent.get(group.content) === group) this.#byContent.delete(group.content);
    return this.#groups.delete(group.client);
  }

  /** Ends one in which nobody is left; true: the core is to be told. */
  leave(group: Group): boolean {
    return group.asking.size === 0 && group.holding.size === 0 && this.delete(group);
  }
}
