/** What every result about several proxies rests on, and what it leaves out: printed with each of them. */
export const CLUSTER_ASSUMPTIONS: readonly string[] = [
  "Cluster: the cap holds if no proxy is paused between its check of a lease and the sending of the start for longer than its term, its adoption and the release deadline.",
  "Cluster: a proxy knows that its leases are over before the store ends them: its own clock runs no slower than the store's by more than the margin, a quarter of the term.",
  "Cluster: a store that has lost its memory grants nothing for a whole term. What it had granted is known again from its holders, or from a proxy that heard of it; if nobody who heard of it is left, it is forgotten.",
  "Cluster: an engine counts as carrying a session from the moment at which the start leaves until there is proof that it is over; it has ended a session that nobody reads before its release deadline is over.",
  "Cluster: all proxies list the same engines under the same addresses, and each command is one script that the store carries out as a whole.",
];

export const CLUSTER_LIMITS: readonly string[] = [
  "Among several proxies the orchestrator, time-outs of the queue and of starts, fail-overs, lingering, zapping and turns in the store's queue are left out; engines keep their names.",
  "News of the store that is late is told as it is then; what was the case in between is skipped, as the store's channel may do.",
];
