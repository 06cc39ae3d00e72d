// @ts-check
/**
 * What the proxy tells, as it happens: one EventSource that is opened anew, after growing pauses, whenever it breaks or
 * falls silent. The journal goes on where it broke off.
 */
import { api, get, Refused } from "./place.js";

/** @typedef {import("./types.d.ts").Figures} Figures @typedef {import("./types.d.ts").Hello} Hello @typedef {import("./types.d.ts").Line} Line */
/**
 * @typedef {object} Ears
 * @property {(hello: Hello) => void} hello the first word of a connection
 * @property {(figures: Figures) => void} figures about once a second
 * @property {(line: Line) => void} line of the journal
 * @property {() => void} reset lines were missed: ask for the journal anew
 * @property {(why: string, retryMs: number) => void} lost
 */

/** Figures come every second, and a comment at least every 15 s. */
const SILENCE_MS_MAX = 8_000;
const PAUSE_MS = { first: 500, most: 8_000 };

const LINES = [
  "transition",
  "engine_seen",
  "engine_gone",
  "snapshot",
  "grant",
  "reject",
  "provision",
  "configure",
  "lease",
];

/** Listens until the page is closed. @param {Ears} ears */
export function follow(ears) {
  let pauseMs = PAUSE_MS.first;
  let last = "";
  /** @type {EventSource | null} */
  let source = null;
  let silence = 0;
  let retry = 0;

  function open() {
    clearTimeout(retry);
    const at = new EventSource(
      api(`api/v1/events${last === "" ? "" : `?last_event_id=${encodeURIComponent(last)}`}`),
    );
    source = at;
    /** @template Told @param {string} name @param {(told: Told) => void} hear */
    const on = (name, hear) =>
      at.addEventListener(name, (event) => {
        if (source !== at) return;
        heard();
        if (event.lastEventId !== "") last = event.lastEventId;
        hear(JSON.parse(event.data));
      });
    on("hello", (/** @type {Hello} */ hello) => {
      pauseMs = PAUSE_MS.first;
      ears.hello(hello);
    });
    on("figures", ears.figures);
    on("reset", ears.reset);
    for (const name of LINES) on(name, ears.line);
    at.onerror = () => void broken(at, "the connection broke");
    heard();
  }

  function heard() {
    clearTimeout(silence);
    const at = source;
    silence = window.setTimeout(() => void broken(at, "the proxy has fallen silent"), SILENCE_MS_MAX);
  }

  /** @param {EventSource | null} at @param {string} why */
  async function broken(at, why) {
    if (source !== at) return;
    source = null;
    clearTimeout(silence);
    at?.close();
    const ms = pauseMs * (0.75 + Math.random() / 2);
    pauseMs = Math.min(PAUSE_MS.most, pauseMs * 2);
    retry = window.setTimeout(open, ms);
    ears.lost(why, ms);
    // An EventSource does not tell what it was answered.
    const words = await whyNot();
    if (words !== null && source === null) ears.lost(words, ms);
  }

  // A browser that sleeps or is offline lets timers sleep too.
  const wake = () => source === null && open();
  addEventListener("online", wake);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
  open();
}

/** What the proxy says to somebody whom it does not let listen; null: nothing that helps. */
async function whyNot() {
  try {
    await get("api/v1/queue");
    return null;
  } catch (error) {
    if (!(error instanceof Refused)) return "the proxy does not answer";
    return error.status === 401 ? "the proxy asks for a token: open this page with ?token=…" : error.message;
  }
}
