// @ts-check
/** Numbers, times and names as people read them. */

/** @param {number | null | undefined} bitsPerSecond */
export const mbits = (bitsPerSecond) => (bitsPerSecond == null ? "–" : (bitsPerSecond / 1e6).toFixed(1));

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** @param {number | null | undefined} count */
export function bytes(count) {
  if (count == null) return "–";
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** How long: `8 s`, `3 min`, `1 h 05`, `2 d`. @param {number | null | undefined} ms */
export function span(ms) {
  if (ms == null) return "–";
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${String(minutes % 60).padStart(2, "0")}` : `${Math.floor(hours / 24)} d`;
}

/** Since when, relative to `now`. @param {string} at @param {number} now */
export const ago = (at, now) => {
  const ms = now - Date.parse(at);
  return ms < 2000 ? "now" : `${span(ms)} ago`;
};

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** @param {string} at */
export const clock = (at) => CLOCK.format(new Date(at));
/** With date and zone. @param {string} at */
export const fullTime = (at) => FULL.format(new Date(at));

/** The digits of a content. @param {string | null | undefined} content */
export const hashOf = (content) => (content ?? "").replace(/^[a-z]+:/, "");
/** As much of it as tells it apart. @param {string | null | undefined} content */
export const shortHash = (content) => (content ? `${hashOf(content).slice(0, 8)}…` : "–");

/** `1 client`, `2 clients`. @param {number} count @param {string} noun */
export const some = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** What a player calls itself, without the rest. @param {string | null} agent */
export function agentName(agent) {
  if (!agent) return "unknown player";
  if (/Mozilla\/.*\b(Edg|OPR|Chrome|Firefox|Safari)\//.test(agent)) {
    const [, name = "browser"] = /\b(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent) ?? [];
    return { Edg: "Edge", OPR: "Opera" }[name] ?? name;
  }
  return /^[^\s(]+(?: [\d.]+)?/.exec(agent)?.[0].slice(0, 40) ?? agent.slice(0, 40);
}
