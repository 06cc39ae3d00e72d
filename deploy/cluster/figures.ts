/** What the proxies tell of themselves, once a second. */
import type { ProxyProcess } from "./processes.ts";

export interface ProxyFigures {
  readonly name: string;
  readonly url: string;
  readonly state: "up" | "no grants" | "dead" | "silent";
  /** Why it grants nothing now. */
  readonly trouble: string | null;
  readonly member: string | null;
  /** Slots that it answers for in the store. */
  readonly leases: number;
  /** Those of them that another proxy's life left behind. */
  readonly adopted: number;
  readonly streams: number;
  readonly waiting: number;
}

interface Leases {
  readonly member: string | null;
  readonly trouble: string | null;
  readonly leases: readonly { readonly lease: string; readonly owner: string }[];
}

/** For a line every second. */
const ANSWER_MS_MAX = 1_000;

async function ask<T>(url: string, withinMs = ANSWER_MS_MAX): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  return (await answer.json()) as T;
}

/** One that has not answered after `withinMs` is silent. */
export async function figuresOf(
  { name, url, program }: ProxyProcess,
  withinMs = ANSWER_MS_MAX,
): Promise<ProxyFigures> {
  const nothing = { name, url, trouble: null, member: null, leases: 0, adopted: 0, streams: 0, waiting: 0 };
  if (program?.isRunning !== true) return { ...nothing, state: "dead" };
  try {
    const [held, { streams }, { waiting }] = await Promise.all([
      ask<Leases>(`${url}/api/v1/leases`, withinMs),
      ask<{ streams: readonly { engine: string | null }[] }>(`${url}/api/v1/streams`, withinMs),
      ask<{ waiting: readonly unknown[] }>(`${url}/api/v1/queue`, withinMs),
    ]);
    const own = held.leases.filter(({ owner }) => owner === held.member);
    return {
      name,
      url,
      state: held.trouble === null ? "up" : "no grants",
      trouble: held.trouble,
      member: held.member,
      leases: own.length,
      adopted: own.filter(({ lease }) => !lease.startsWith(`${held.member}/`)).length,
      streams: streams.filter(({ engine }) => engine !== null).length,
      waiting: waiting.length,
    };
  } catch {
    return { ...nothing, state: "silent" };
  }
}

/** How many leases of a life that is over are still in the store, as any living proxy sees it; null: nobody tells. */
export async function leftOf(member: string, proxies: readonly ProxyProcess[]): Promise<number | null> {
  for (const { url, program } of proxies) {
    if (program?.isRunning !== true) continue;
    const held = await ask<Leases>(`${url}/api/v1/leases`).catch(() => null);
    if (held) return held.leases.filter(({ lease }) => lease.startsWith(`${member}/`)).length;
  }
  return null;
}
