/** Journals of proxies with one engine, and their store's stream, written by hand: each step says when it happens. */
import type { NamedText } from "../../model/replay/history.ts";

const START_MS = Date.parse("2026-01-01T12:00:00Z");
export const CAP = 1;
export const PLACE = "10.0.0.9:6878";

export type Line = Record<string, unknown>;

const contentOf = (stream: number): string => `id:${"0123456789abcdef"[stream % 16]?.repeat(40)}`;

/** A journal in the making: each step says at which ms it happens. */
export class Journal {
  readonly lines: string[] = [];
  /** The one that the next steps are about. */
  session = 0;
  slot = 0;
  #sessions = 0;
  /** The lease that was taken over last; null: the last one is its own. */
  #adopted: string | null = null;

  constructor(
    readonly file: string,
    readonly proxy: string,
    /** `<instance>/<life>`. */
    readonly member: string,
    cap = CAP,
    startMs = 0,
  ) {
    this.say(startMs, { type: "configure", cap });
    this.say(startMs, { type: "engine_seen", engine: `id-${file}`, name: "vpn1", address: PLACE });
  }

  get text(): NamedText {
    return { name: this.file, text: `${this.lines.join("\n")}\n` };
  }

  say(ms: number, record: Line): number {
    const at = new Date(START_MS + ms).toISOString();
    const seq = this.lines.length + 1;
    return this.lines.push(JSON.stringify({ seq, at, proxy: this.proxy, ...record }));
  }

  move(ms: number, from: string, to: string, cause: string, stream: number | null = this.session): number {
    const content = stream === null ? null : contentOf(stream);
    return this.say(ms, { engine: `id-${this.file}`, slot: this.slot, from, to, stream, content, cause });
  }

  pending(ms: number, load = 1): void {
    this.session = ++this.#sessions;
    this.#adopted = null;
    const [stream, session] = [this.session, this.session];
    this.move(ms, "free", "pending", "request");
    const content = contentOf(stream);
    this.say(ms, {
      type: "grant",
      engine: `id-${this.file}`,
      slot: this.slot,
      session,
      stream,
      content,
      load,
    });
  }

  lease(ms: number, outcome: string, extra: Line = {}): number {
    const own = { lease: `${this.member}/${this.session}`, session: this.session };
    const where = { place: PLACE, engine: `id-${this.file}`, slot: this.slot, fence: null, message: "" };
    return this.say(ms, { type: "lease", outcome, ...own, ...where, ...extra });
  }

  /** Asks, is granted, and plays. Its line says so. */
  play(ms: number, fence: number, load = 1): number {
    this.pending(ms, load);
    const line = this.lease(ms, "granted", { fence });
    this.move(ms, "pending", "active", "started");
    return line;
  }

  stop(ms: number): void {
    this.move(ms, "active", "released", "nobody watches");
    this.free(ms);
  }

  free(ms: number, cause = "stop confirmed"): void {
    this.move(ms, "released", "free", cause, this.#adopted === null ? this.session : null);
    this.lease(ms, "released", this.#adopted === null ? {} : { lease: this.#adopted });
  }

  /** It is still there. */
  tick(ms: number): void {
    this.say(ms, { type: "snapshot", engines: 1, foreign: {}, missing: [] });
  }

  /** Takes over the session of `lease`. */
  adopt(ms: number, lease: string): void {
    this.session = ++this.#sessions;
    this.#adopted = lease;
    this.move(ms, "free", "pending", "former life", null);
    this.move(ms, "pending", "released", "former life", null);
    this.lease(ms, "adopted", { lease });
  }
}

/** What `redis-cli monitor` shows of a store. */
export class Monitor {
  readonly lines = ["OK"];
  readonly held: { id: string; owner: string; fence: number }[] = [];

  constructor(readonly file = "monitor") {}

  get text(): NamedText {
    return { name: this.file, text: `${this.lines.join("\n")}\n` };
  }

  show(ms: number, by: string, ...args: readonly string[]): number {
    const at = ((START_MS + ms) / 1_000).toFixed(6);
    return this.lines.push(`${at} [0 ${by}] ${args.map((arg) => JSON.stringify(arg)).join(" ")}`);
  }

  ask(ms: number, command: Line): void {
    const keys = ["store", "engines", "members", "queue", "freed"].map((name) => `{aceslot}:${name}`);
    this.show(
      ms,
      "10.0.0.1:4711",
      "evalsha",
      "f00",
      "5",
      ...keys,
      "{aceslot}:changes",
      JSON.stringify(command),
    );
    if (command.type !== "leave")
      this.show(ms, "lua", "HSET", "{aceslot}:members", String(command.member), "9 {}");
  }

  write(ms: number): number {
    if (this.held.length === 0) return this.show(ms, "lua", "HDEL", "{aceslot}:engines", PLACE);
    return this.show(ms, "lua", "HSET", "{aceslot}:engines", PLACE, JSON.stringify(this.held));
  }

  reserve(ms: number, member: string, session: number, fence: number, cap = CAP): number {
    const id = `${member}/${session}`;
    this.ask(ms, { type: "reserve", member, id, place: PLACE, cap });
    this.held.push({ id, owner: member, fence });
    return this.write(ms);
  }

  /** All leases are the member's now. */
  adopt(ms: number, member: string): number {
    for (const lease of this.held) lease.owner = member;
    return this.write(ms);
  }

  release(ms: number, member: string, id: string): number {
    this.ask(ms, { type: "release", member, id, place: PLACE });
    this.held.splice(0, this.held.length, ...this.held.filter((lease) => lease.id !== id));
    return this.write(ms);
  }
}
