// @ts-check
/** Who this is, whether it is well, and how much of it is in use. */

import { cellsOf } from "./engines.js";
import { changed, state } from "./state.js";
import { html, nothing } from "./vendor/lit-html.js";
import { some } from "./words.js";

export function header() {
  const { figures, history, hello } = state;
  const engines = figures?.engines ?? [];
  const taken = engines.reduce((sum, { load }) => sum + load, 0);
  const places = engines.reduce((sum, { cap }) => sum + cap, 0);
  const streams = figures?.streams ?? [];
  const clients = figures?.clients.length ?? 0;
  const waiting = figures?.queue.waiting.length ?? 0;
  document.title = figures
    ? `${taken}/${places} · ${hello?.name && hello.name !== "aceslot" ? `${hello.name} · ` : ""}aceslot`
    : "aceslot";
  return html`<header class="top">
    <div class="brand">
      <div class="mark" aria-hidden="true"><i></i><i></i><i></i></div>
      <div>
        <h1>aceslot</h1>
        <p class="soft">${hello ? html`<span class="name">${hello.name}</span> <span>${hello.version}</span>` : "connecting…"}</p>
      </div>
      ${readiness()}
    </div>
    <dl class="figures">
      <div class="slots-figure">
        <dt>Slots taken</dt>
        <dd><b>${taken}</b><span class="of">/ ${places}</span></dd>
        <dd class="tape" aria-hidden="true">${tape(engines)}</dd>
      </div>
      <div><dt>Streams</dt><dd><b>${streams.length}</b></dd></div>
      <div><dt>Clients</dt><dd><b>${clients}</b></dd></div>
      <div class=${waiting > 0 ? "hot" : ""}><dt>Waiting</dt><dd><b>${waiting}</b></dd></div>
      <div><dt>Mbit/s out</dt><dd><b>${history.out.toFixed(history.out >= 100 ? 0 : 1)}</b></dd></div>
    </dl>
    <figure class="chart" aria-label="The last five minutes: Mbit/s to clients, and slots taken">
      <div id="chart"></div>
      <figcaption aria-hidden="true"><span class="key out">Mbit/s out</span><span class="key slots">slots</span><span class="soft">last 5 min</span></figcaption>
    </figure>
  </header>`;
}

/** Every slot of the pool as one stroke. @param {readonly import("./types.d.ts").Engine[]} engines */
function tape(engines) {
  const cells = engines.flatMap((engine) => cellsOf(engine).map(({ look }) => look));
  if (cells.length > 160) return nothing;
  return cells.map((look) => html`<i class=${look}></i>`);
}

function readiness() {
  const { ready, lost, figures } = state;
  if (lost !== null) return html`<p class="health bad"><i></i>no connection</p>`;
  if (ready === null || figures === null) return html`<p class="health"><i></i>…</p>`;
  if (!ready.ready) return html`<p class="health bad"><i></i>takes no stream</p>`;
  return ready.warnings.length > 0
    ? html`<p class="health warn"><i></i>${some(ready.warnings.length, "warning")}</p>`
    : html`<p class="health good"><i></i>ready</p>`;
}

/** What is to be said across the whole page. */
export function notices() {
  const { lost, ready, trouble } = state;
  return html`<section class="notices" aria-label="Notices">
    ${
      lost === null
        ? nothing
        : html`<p class="notice bad" id="banner"><b>Not connected.</b> ${capital(lost.why)}. What is below is as it was; trying again by itself.</p>`
    }
    ${trouble === null ? nothing : html`<p class="notice bad"><span>${trouble}</span> <button class="quiet" @click=${forget}>OK</button></p>`}
    ${lost !== null || ready === null ? nothing : [...ready.reasons.map((words) => html`<p class="notice bad">${capital(words)}.</p>`), ...ready.warnings.map((words) => html`<p class="notice warn">${capital(words)}.</p>`)]}
  </section>`;
}

function forget() {
  state.trouble = null;
  changed();
}

/** @param {string} words */
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
