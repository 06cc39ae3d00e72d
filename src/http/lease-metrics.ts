/** The metrics of a proxy whose slots are claimed in a shared store; one without has none of them. */
import type { Broker } from "../broker/index.ts";
import type { LeaseView } from "../ports.ts";
import { grantsOf, proxyViews } from "./leases.ts";
import { instanceOf } from "./members.ts";
import type { Meter } from "./meter.ts";

/** Gives a function that is to be called before each scrape: all that is told is then of one moment. */
export function measureLeases(meter: Meter, broker: Broker): () => void {
  const first = broker.leases;
  if (first === null) return () => {};
  let view: LeaseView = first;
  meter.gauge("aceslot_lease_up", "1: slots are claimed in the store; 0: they are not, see /readyz.", () =>
    Number(grantsOf(broker.state, view) === "shared"),
  );
  meter.gauge(
    "aceslot_lease_valid_seconds",
    "Until our leases end unless they are renewed; 0: they have ended.",
    () => view.validMs / 1000,
  );
  meter.gauge("aceslot_lease_round_trip_seconds", "From asking the store until its last answer.", () =>
    view.roundTripMs === null ? null : view.roundTripMs / 1000,
  );
  meter.gauge("aceslot_leases", "Slots by the proxy that claims them.", () => leasesByOwner(view), "owner");
  meter.gauge(
    "aceslot_lease_orphans",
    "Slots claimed by proxies that are not among the members: they have ended, and nobody has taken over yet.",
    () => {
      const alive = new Set(view.members.map(({ member }) => member));
      return view.leases.filter(({ owner }) => !alive.has(owner)).length;
    },
  );
  meter.gauge("aceslot_lease_members", "Proxies that share the store.", () => view.members.length);
  meter.gauge("aceslot_lease_queue_length", "Proxies that wait for a slot.", () => view.queue.length);
  meter.gauge(
    "aceslot_lease_fence",
    "The highest fencing number seen; it rises with every grant.",
    () => view.fence,
  );
  meter.gauge(
    "aceslot_lease_drift",
    "Differences between what we hold and what the store says that we hold.",
    () => view.drift.length,
  );
  meter.counter(
    "aceslot_lease_claims_total",
    "Slots granted to us, refused, lost again, and adopted from proxies that are no more.",
    () =>
      Object.entries(broker.counters.claims ?? {}).map(([outcome, count]) => [{ outcome }, count] as const),
    "outcome",
  );
  return () => {
    view = broker.leases ?? view;
  };
}

/** By names that stay the same when a proxy is restarted. */
function* leasesByOwner(view: LeaseView) {
  const proxies = proxyViews(view);
  const names = new Map(proxies.map(({ member, name }) => [member, name]));
  for (const owner of names.values()) yield [{ owner }, 0] as const;
  for (const { owner } of view.leases) yield [{ owner: names.get(owner) ?? instanceOf(owner) }, 1] as const;
}
