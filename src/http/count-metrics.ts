/** What has happened since the start, as the broker has counted it: requests, starts, ends, and how long things took. */
import type { Broker } from "../broker/index.ts";
import type { Meter } from "./meter.ts";

export function measureRequests(meter: Meter, { counts: { requests } }: Pick<Broker, "counts">): void {
  meter.counter(
    "aceslot_requests_total",
    "Requests for a stream by what became of them: served, left before there was an answer, or refused with a code.",
    () => labelled("outcome", requests.outcomes),
    "outcome",
  );
  meter.counter(
    "aceslot_clients_ended_total",
    "Clients that were served and are gone, by why: left and slow are theirs, the others their stream's.",
    () => labelled("reason", requests.endings),
    "reason",
  );
  meter.histogram(
    "aceslot_queue_wait_seconds",
    "How long those requests waited for a slot that had to, by what became of them.",
    () => labelled("outcome", requests.waits),
    "outcome",
  );
  meter.histogram(
    "aceslot_first_byte_seconds",
    "From a request for /ace/getstream to the first media byte that its client takes; HLS aside.",
    () => [[{}, requests.firstByte]],
  );
}

export function measureStarts(meter: Meter, { counts: { sessions } }: Pick<Broker, "counts">): void {
  meter.counter("aceslot_starts_total", "Slots that were taken to start a stream.", () => sessions.started);
  meter.counter(
    "aceslot_start_outcomes_total",
    "What became of starts: played, failed, refused by the shared store, withdrawn before they played.",
    () => labelled("outcome", sessions.outcomes),
    "outcome",
  );
  meter.histogram("aceslot_start_seconds", "From taking a slot to its first media byte.", () => [
    [{}, sessions.startSeconds],
  ]);
  meter.counter(
    "aceslot_failures_total",
    "Sessions that failed, before (start) or after (play) their first media byte, and whose fault it was.",
    function* () {
      for (const [stage, faults] of Object.entries(sessions.failures))
        for (const [fault, count] of Object.entries(faults)) yield [{ stage, fault }, count] as const;
    },
    "stage",
    "fault",
  );
  meter.counter(
    "aceslot_failovers_total",
    "Starts of streams that had played already: they were moved to another slot while clients watched.",
    () => sessions.failovers,
  );
  meter.counter(
    "aceslot_late_answers_total",
    "Starts that an engine answered after their slot had been given up.",
    () => sessions.lateAnswers,
  );
  meter.counter(
    "aceslot_recovered_sessions_total",
    "Sessions of a former life, or of a proxy that is no more, which held slots until they were stopped.",
    () => sessions.recovered,
  );
  meter.counter(
    "aceslot_slots_freed_total",
    "Slots that became free, by the proof; at the deadline there was none.",
    () => labelled("proof", sessions.releases),
    "proof",
  );
  meter.counter(
    "aceslot_streams_ended_total",
    "Streams that ended, by why.",
    () => labelled("reason", sessions.endings),
    "reason",
  );
  meter.counter(
    "aceslot_engine_set_asides_total",
    "Times that an engine was set aside after a fault.",
    () => sessions.setAside,
  );
  meter.counter(
    "aceslot_provisions_total",
    "New engines that were asked for, provisioned, and refused or not seen in time.",
    () => labelled("outcome", sessions.provisions),
    "outcome",
  );
}

/** One series for each word; words that never occurred are there as well, or a rate would miss their first time. */
function labelled<Label extends string, Value>(
  label: Label,
  values: Readonly<Record<string, Value>>,
): (readonly [Readonly<Record<Label, string>>, Value])[] {
  return Object.entries(values).map(([word, value]) => [
    { [label]: word } as Readonly<Record<Label, string>>,
    value,
  ]);
}
