// @ts-check
/** The page: hears the proxy, keeps what it hears in `state`, and draws it. */
import { channels } from "./channels.js";
import { drawChart } from "./chart.js";
import { decisions } from "./decisions.js";
import { ended } from "./ended.js";
import { engines } from "./engines.js";
import { follow } from "./feed.js";
import { header, notices } from "./header.js";
import { leases } from "./leases.js";
import { redrawLinksBy } from "./links.js";
import { api, get } from "./place.js";
import { playBox } from "./playbox.js";
import { queue } from "./queue.js";
import { changed, LINES_MAX, renderBy, say, state, takeChannels } from "./state.js";
import { streams } from "./streams.js";
import { html, render } from "./vendor/lit-html.js";

const READY_EVERY_MS = 5_000;
const CHANNELS_EVERY_MS = 60_000;

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
// What stands there until the first drawing.
app.replaceChildren();

const page = () => html`${header()}
  ${notices()}
  <main>
    <div class="column">${engines()}${streams()}${channels()}${leases()}</div>
    <div class="column side">${playBox()}${queue()}${ended()}${decisions()}</div>
  </main>`;

renderBy(() => {
  document.body.classList.toggle("lost", state.lost !== null);
  render(page(), app);
  const chart = document.getElementById("chart");
  if (chart) drawChart(chart, state.history.samples);
});
redrawLinksBy(changed);
addEventListener("resize", changed);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);

/** The lines that were written before this page listened. */
async function catchUp() {
  /** @type {{ lines: import("./types.d.ts").Line[] }} */
  const { lines } = await get("api/v1/journal");
  const first = state.lines[0]?.seq ?? 0;
  const isOfThisLife = lines.some(({ seq }) => seq === first);
  // What came while this was asked stands there already.
  const newer = isOfThisLife ? [] : state.lines.filter(({ seq }) => seq > (lines.at(-1)?.seq ?? 0));
  state.lines = [...newer, ...lines.toReversed()].slice(0, LINES_MAX);
  changed();
}

async function askRecent() {
  state.history.fill(await get("api/v1/recent"));
  changed();
}

async function askReady() {
  try {
    // It answers 503 with the same words where no stream can be taken.
    const answer = await fetch(api("readyz"), { cache: "no-store" });
    const told = await answer.json();
    state.ready = typeof told.ready === "boolean" ? told : null;
  } catch {
    state.ready = null;
  }
  changed();
}

async function askChannels() {
  try {
    /** @type {{ channels: import("./types.d.ts").Channel[], sources?: { source: string, ok: boolean, error?: string | null }[] }} */
    const told = await get("api/v1/channels");
    takeChannels(told.channels);
    state.channelTroubles = (told.sources ?? [])
      .filter(({ ok }) => !ok)
      .map(({ source, error }) => `${source}: ${error ?? "cannot be read"}`);
  } catch {
    // This proxy has no playlists, or cannot be asked just now: what was known stays.
  }
  changed();
}

/** Calls it now, and again and again while the page is seen and connected. @param {() => Promise<void>} what @param {number} everyMs */
function every(what, everyMs) {
  setInterval(() => document.visibilityState === "visible" && state.lost === null && void what(), everyMs);
}

let life = "";
follow({
  hello(hello) {
    if (state.lost !== null) say("Connected again");
    state.lost = null;
    if (life !== hello.life) {
      // Numbers of another run mean nothing in this one.
      state.lines = [];
      state.feed.paused = null;
      state.open.streams.clear();
      life = hello.life;
      void catchUp().catch(() => {});
    }
    state.hello = hello;
    void askReady();
    void askRecent().catch(() => {});
    void askChannels();
    changed();
  },
  figures(figures) {
    state.figures = figures;
    state.history.take(figures);
    changed();
  },
  line(line) {
    if (line.seq <= (state.lines[0]?.seq ?? 0)) return;
    state.lines.unshift(line);
    if (state.lines.length > LINES_MAX) state.lines.length = LINES_MAX;
    changed();
  },
  reset() {
    state.lines = [];
    void catchUp().catch(() => {});
  },
  lost(why) {
    if (state.lost === null) say("Not connected to the proxy");
    state.lost = { why, sinceMs: state.lost?.sinceMs ?? Date.now() };
    changed();
  },
});
every(askReady, READY_EVERY_MS);
every(askChannels, CHANNELS_EVERY_MS);
changed();
