/** What a listener hears has the type of what it listens to, and is what the core and the broker write. */
import type {
  AceslotProxy,
  GrantEvent,
  JournalLine,
  ProxyEvents,
  RejectCode,
  Stamp,
  TransitionEvent,
} from "aceslot";
import type { JournalLine as Written } from "../../src/broker/index.ts";
import type { JournalRecord } from "../../src/slots/index.ts";
import { type Each, never, type Same } from "./equal.ts";

export function listening(proxy: AceslotProxy): void {
  proxy.on("grant", (event) => {
    event satisfies GrantEvent;
    true satisfies Same<typeof event, GrantEvent>;
    event.load satisfies number;
    // @ts-expect-error a grant has no message
    event.message;
  });
  proxy.on("transition", ({ from, to }) => {
    true satisfies Same<typeof from, "free" | "pending" | "active" | "released">;
    // @ts-expect-error no slot is ever busy
    to === "busy";
  });
  proxy.on("reject", ({ code }) => {
    true satisfies Same<typeof code, RejectCode>;
  });
  proxy.on("ended", ({ reason, last }) => {
    reason satisfies string;
    last?.bytesOut satisfies number | undefined;
  });
  // @ts-expect-error there is no such event
  proxy.on("granted", () => {});
  // @ts-expect-error a listener of grants is none of rejections
  proxy.on("reject", (event: GrantEvent) => event.load);
  proxy.on("lease", async ({ fence }) => fence, { signal: AbortSignal.abort() }) satisfies () => void;
}

/** Every kind of line, without one that nobody thought of. */
export function told(line: JournalLine): string {
  switch (line.type) {
    case undefined:
      return `${line.engine}/${line.slot}: ${line.from} → ${line.to}, ${line.cause}`;
    case "grant":
      return `${line.engine}/${line.slot}: ${line.content}, load ${line.load}`;
    case "reject":
      return `${line.content}: ${line.code}, ${line.message}`;
    case "snapshot":
      return `${line.engines} engines, ${line.missing.length} missing`;
    case "engine_seen":
      return `${line.name} at ${line.address}`;
    case "engine_gone":
      return line.engine;
    case "provision":
      return `${line.outcome}: ${line.detail}`;
    case "configure":
      return `cap ${line.cap}`;
    case "lease":
      return `${line.lease}: ${line.outcome}`;
    default:
      return never(line);
  }
}

export function forgetful(line: JournalLine): string {
  switch (line.type) {
    case "grant":
      return "grant";
    default:
      // @ts-expect-error the other kinds are left
      return never(line);
  }
}

/** Of a record of this kind, as the core writes it: with the same fields, and no other. */
type Recorded<Type extends string> = Stamp & Extract<JournalRecord, { readonly type: Type }>;
type Flat<T> = { readonly [Name in keyof T]: T[Name] };
type IsRecorded<Type extends keyof ProxyEvents> = Same<Flat<ProxyEvents[Type]>, Flat<Recorded<Type>>>;

export type EventsAreRecords = Each<
  [
    IsRecorded<"grant">,
    IsRecorded<"reject">,
    IsRecorded<"snapshot">,
    IsRecorded<"engine_seen">,
    IsRecorded<"engine_gone">,
    IsRecorded<"provision">,
    IsRecorded<"configure">,
    Same<
      Flat<Omit<TransitionEvent, "type">>,
      Flat<Stamp & Exclude<JournalRecord, { readonly type: string }>>
    >,
    // Every line that the broker writes is one that listeners know, and the other way round.
    Written extends JournalLine ? true : false,
    Exclude<JournalLine, TransitionEvent> extends Written ? true : false,
    // Every kind of line is an event of that name.
    Same<Exclude<JournalLine["type"], undefined> | "transition" | "journal" | "ended", keyof ProxyEvents>,
  ]
>;
