/** The demo's words: on a terminal a table that stays in its place, else one plain line a second. */
import type { ProxyFigures } from "./figures.ts";

export interface Moment {
  readonly seconds: number;
  readonly proxies: readonly ProxyFigures[];
  /** Real load of each engine, as it counts itself. */
  readonly loads: readonly number[];
  readonly cap: number;
  /** Times that an engine carried more than the cap, or one content twice. */
  readonly violations: number;
  readonly playing: number;
  readonly asking: number;
}

export class Screen {
  readonly #isTerminal = process.stdout.isTTY === true;
  readonly #colours = this.#isTerminal && (process.env.NO_COLOR ?? "") === "";
  #rows = 0;
  #moment: Moment | null = null;

  /** A line that stays. */
  say(text: string): void {
    this.#wipe();
    process.stdout.write(`${text}\n`);
    if (this.#isTerminal && this.#moment) this.#draw(this.#moment);
  }

  event(seconds: number, text: string): void {
    this.say(`  ${this.#paint(33, `${seconds.toFixed(0).padStart(4)} s  ${text}`)}`);
  }

  show(moment: Moment): void {
    if (!this.#isTerminal) {
      process.stdout.write(`${plainLine(moment)}\n`);
      return;
    }
    this.#moment = moment;
    this.#wipe();
    this.#draw(moment);
  }

  /** What is shown now is the last of its kind. */
  end(): void {
    this.#wipe();
    this.#moment = null;
  }

  #wipe(): void {
    if (this.#rows > 0) process.stdout.write(`\u001b[${this.#rows}A\u001b[J`);
    this.#rows = 0;
  }

  #draw(moment: Moment): void {
    const text = this.#table(moment);
    process.stdout.write(text);
    this.#rows = text.split("\n").length - 1;
  }

  #table({ seconds, proxies, loads, cap, violations, playing, asking }: Moment): string {
    const head = `  ${"".padEnd(9)} ${"leases".padStart(7)} ${"taken over".padStart(11)} ${"streams".padStart(8)} ${"waiting".padStart(8)}`;
    const rows = proxies.map(({ name, url, state, trouble, leases, adopted, streams, waiting }) => {
      if (state === "dead") return `  ${name.padEnd(9)} ${this.#paint(31, "dead")}`;
      const figures = [
        [leases, 7],
        [adopted, 11],
        [streams, 8],
        [waiting, 8],
      ].map(([value = 0, width = 0]) => String(value).padStart(width));
      const note = state === "up" ? this.#paint(2, url) : this.#paint(33, trouble ?? "does not answer");
      return `  ${name.padEnd(9)} ${figures.join(" ")}   ${note}`.slice(0, 160);
    });
    const squares = loads.map((load) => this.#paint(load > cap ? 31 : load === 0 ? 2 : 32, String(load)));
    const wrong = this.#paint(violations > 0 ? 31 : 32, String(violations));
    return [
      "",
      `${head}   ${this.#paint(2, `${seconds} s`)}`,
      ...rows,
      "",
      `  engines   ${squares.join(" ")}   ${sum(loads)} of ${loads.length * cap} places; over the cap so far: ${wrong}`,
      `  players   ${playing} play, ${asking} wait for a picture`,
      "",
    ].join("\n");
  }

  #paint(colour: number, text: string): string {
    return this.#colours ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function plainLine({ seconds, proxies, loads, cap, violations, playing, asking }: Moment): string {
  const each = proxies.map(({ name, state, leases, adopted, streams, waiting }) =>
    state === "up" || state === "no grants"
      ? `${name} ${leases} leases${adopted > 0 ? ` (${adopted} taken over)` : ""} ${streams} streams ${waiting} waiting${state === "up" ? "" : " no grants"}`
      : `${name} ${state}`,
  );
  const highest = Math.max(0, ...loads);
  return `${String(seconds).padStart(4)} s | ${each.join(" | ")} | engines ${sum(loads)}/${loads.length * cap} highest ${highest} over the cap ${violations} | players ${playing} play ${asking} wait`;
}
