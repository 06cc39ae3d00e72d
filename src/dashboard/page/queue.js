// @ts-check
/** Who waits for a slot, and why there is none. */
import { state, titleOf } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { some, span } from "./words.js";

export function queue() {
  const queued = state.figures?.queue ?? null;
  const waiting = queued?.waiting ?? [];
  return html`<section class="panel" aria-labelledby="queue-title">
    <div class="head"><h2 id="queue-title">Queue</h2><span class="count">${waiting.length}</span></div>
    ${queued === null ? nothing : coming(queued)}
    ${
      waiting.length === 0
        ? html`<p class="none">Nobody waits for a slot.</p>`
        : html`<ol class="queue">${repeat(
            waiting,
            ({ stream }) => stream,
            (entry) =>
              html`<li><span class="number">${entry.position}</span><b>${titleOf([entry.content])}</b><span class="soft">${some(entry.clients, "client")}</span><span class="num">${span(entry.waitedMs)}</span></li>`,
          )}</ol>`
    }
  </section>`;
}

/** Whether a new engine may help. @param {NonNullable<import("./types.d.ts").Figures["queue"]>} queued */
function coming({ provisioning, blocked, waiting }) {
  if (provisioning === "asked") return html`<p class="notice">A new engine is being started.</p>`;
  if (blocked !== null) {
    const again =
      blocked.retryAfterSeconds === null ? "" : ` Tried again in about ${blocked.retryAfterSeconds} s.`;
    return html`<p class="notice warn"><span>No new engine can be started: ${blocked.message} <code>${blocked.code}</code>.${again}</span></p>`;
  }
  if (provisioning === "impossible" && waiting.length > 0)
    return html`<p class="soft small">All slots are taken, and no more engines can be started here: a slot has to become free.</p>`;
  return nothing;
}
