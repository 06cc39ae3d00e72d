/** Who holds what in the store that several proxies share, as the API, `/readyz` and the metrics show it. */
import type { z } from "zod";
import { isLoopback } from "../net/host.ts";
import type { LeaseView } from "../ports.ts";
import { addressText, type State } from "../slots/index.ts";
import type { LeasesAnswer } from "./api/schemas.ts";
import { differing, readMember, type Told } from "./members.ts";

/** What the broker knows of it. */
export interface Shared {
  readonly state: State;
  readonly leases: LeaseView | null;
}

/** A proxy of the store, as far as it tells of itself. */
export interface ProxyView extends Told {
  /** `<instance>/<life>`. */
  readonly member: string;
  /** Slots that it answers for. */
  readonly leases: number;
}

/** What `/api/v1/leases` answers; `store` is null where no store is shared. */
export function leasesView({ state, leases }: Shared): z.infer<typeof LeasesAnswer> {
  if (leases === null)
    return {
      store: null,
      member: null,
      grants: "alone",
      trouble: null,
      validMs: null,
      roundTripMs: null,
      fence: null,
      members: [],
      leases: [],
      queue: [],
      drift: [],
    };
  const engines = new Map([...state.engines.values()].map((engine) => [engine.place, engine.id]));
  return {
    store: leases.store,
    member: leases.member,
    grants: grantsOf(state, leases),
    trouble: troubleOf(state, leases),
    validMs: Math.round(leases.validMs),
    roundTripMs: leases.roundTripMs,
    fence: leases.fence,
    members: proxyViews(leases),
    leases: leases.leases.map(({ lease, owner, place, fence, contents }) => ({
      lease,
      owner,
      place,
      engine: engines.get(place) ?? null,
      fence,
      contents: [...contents],
    })),
    queue: [...leases.queue],
    drift: [...leases.drift],
  };
}

/** The store's part of `/readyz`; null where no store is shared. */
export function leaseReadiness({ state, leases }: Shared) {
  if (leases === null) return null;
  const trouble = troubleOf(state, leases);
  const grants = grantsOf(state, leases);
  return {
    /** Why no slot is granted; null: they are. */
    reason: grants === "nothing" ? `no slot is granted: ${trouble}` : null,
    warnings: [
      ...(grants === "local" ? [LOCAL_WORDS] : []),
      ...differences(leases),
      ...driftWords(leases.drift),
      ...loopbackWords(state, leases),
    ],
    lease: {
      store: leases.store,
      member: leases.member,
      grants,
      trouble,
      valid_ms: Math.round(leases.validMs),
      round_trip_ms: leases.roundTripMs,
      members: leases.members.length,
      drift: leases.drift.length,
    },
  };
}

/**
 * `shared`: slots are claimed in the store. `local`: it cannot be asked, and what this proxy held when that began is
 * used on (`--lease-when-down local`).
 */
export function grantsOf(state: State, leases: LeaseView): "shared" | "local" | "nothing" {
  if (troubleOf(state, leases) !== null) return "nothing";
  return leases.validMs > 0 ? "shared" : "local";
}

const LOCAL_WORDS =
  "the lease store cannot be asked: only the slots that this proxy had before are used (--lease-when-down local)";

/** The store's own words count the seconds down; the core's are those of the moment when it was told. */
const troubleOf = (state: State, leases: LeaseView): string | null => leases.trouble ?? state.leaseTrouble;

export function proxyViews({ members, leases }: LeaseView): ProxyView[] {
  const counts = new Map<string, number>();
  for (const { owner } of leases) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return members.map(({ member, info }) => ({
    member,
    ...readMember(member, info),
    leases: counts.get(member) ?? 0,
  }));
}

/** Each proxy must mean the same cap, or the highest of them is what engines carry. */
function differences(leases: LeaseView): string[] {
  const proxies = proxyViews(leases);
  const words = (what: string, told: readonly string[], fix: string): string[] =>
    told.length === 0
      ? []
      : [`the proxies that share the store have different ${what}: ${told.join(", ")}; ${fix}`];
  const caps = differing(proxies, ({ cap }) => cap);
  const terms = differing(
    proxies,
    ({ ttlMs }) => ttlMs,
    (value) => `${value} ms`,
  );
  return [
    ...words("caps", caps, "give all the same --max-streams-per-engine"),
    ...words("terms", terms, "give all the same --lease-ttl"),
  ];
}

const DRIFT_TOLD_MAX = 3;

function driftWords(drift: readonly string[]): string[] {
  if (drift.length === 0) return [];
  const rest = drift.length - DRIFT_TOLD_MAX;
  const told = [...drift.slice(0, DRIFT_TOLD_MAX), ...(rest > 0 ? [`${rest} more`] : [])];
  return [`this proxy and the lease store differ: ${told.join("; ")}`];
}

/** On another host a loopback address is another engine, and the leases of both would be taken for one engine's. */
function loopbackWords(state: State, leases: LeaseView): string[] {
  const hosts = new Set(proxyViews(leases).map(({ name }) => hostOf(name)));
  if (hosts.size < 2) return [];
  const here = [...state.engines.values()].filter(
    ({ listed, address }) => listed && isLoopback(address.host),
  );
  if (here.length === 0) return [];
  const list = here.map(({ name, address }) => `${name} (${addressText(address)})`).join(", ");
  return [
    `proxies on several hosts share the lease store, but these engines have addresses that mean another engine on each host: ${list}; name them by addresses that are the same everywhere`,
  ];
}

/** A proxy is called `<host>@<listening address>`, unless it was given a name. */
const hostOf = (name: string): string => name.replace(/@[^@]*$/, "");
