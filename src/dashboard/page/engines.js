// @ts-check
/** The wall: each engine a card, each of its slots a cell. */
import { glyph, LOOKS, pulse } from "./glyphs.js";
import { channelName, state, titleOf } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { mbits, span } from "./words.js";

/** @typedef {import("./types.d.ts").Engine} Engine @typedef {import("./types.d.ts").Slot} Slot */
/**
 * @typedef {object} Cell
 * @property {import("./glyphs.js").Look} look
 * @property {Slot | null} slot null: not one of this proxy's own
 * @property {string | null} content
 * @property {string} whose by whom it is claimed
 */

/** With more cells than this they are small: a wall that does not fit a screen shows nothing at a glance. */
const ROOMY_CELLS_MAX = 48;

/** engine-2 comes before engine-10. */
const BY_NUMBER = new Intl.Collator("en", { numeric: true });

export function engines() {
  const list = state.figures?.engines.toSorted((a, b) => BY_NUMBER.compare(a.name, b.name)) ?? null;
  const cells = (list ?? []).reduce((sum, engine) => sum + engine.slots.length, 0);
  return html`<section class="panel wall" id="engines" tabindex="-1" aria-labelledby="engines-title">
    <div class="head"><h2 id="engines-title">Engines</h2>${legend(state.figures?.leases?.store != null)}</div>
    ${
      list === null
        ? html`<div class="cards ghost" aria-hidden="true">${[1, 2, 3].map(() => html`<div class="card"></div>`)}</div>`
        : list.length === 0
          ? html`<p class="none">No engine is known yet. Engines come from <code>--engine</code> or <code>--orchestrator</code>.</p>`
          : html`<ul class="cards ${cells > ROOMY_CELLS_MAX ? "dense" : ""}">${repeat(list, ({ id }) => id, card)}</ul>`
    }
  </section>`;
}

/** @param {Engine} engine */
function card(engine) {
  const away = awayWords(engine);
  const cells = cellsOf(engine);
  return html`<li class="card ${away === null ? "" : "away"} ${engine.load >= engine.cap ? "full" : ""}">
    <div class="card-head">
      <h3>${engine.name}</h3>
      <p class="load"><b>${engine.load}</b>/${engine.cap}<span class="unseen"> slots taken</span></p>
    </div>
    <p class="where"><span>${engine.address}</span>${engine.forwarded ? html`<span class="chip">forwarded</span>` : nothing}${away === null ? nothing : html`<span class="chip bad">${away}</span>`}</p>
    <ol class="cells ${cells.length > 4 ? "many" : ""}" aria-label="Slots of ${engine.name}">${repeat(cells, (_, at) => at, cell)}</ol>
  </li>`;
}

/** @param {Engine} engine */
function awayWords({ listed, resting, draining, health, faults }) {
  if (!listed) return "not listed";
  if (resting)
    return faults > 0 ? `set aside after ${faults === 1 ? "a fault" : `${faults} faults`}` : "not ready yet";
  if (draining) return "draining";
  return health === "unhealthy" ? "unhealthy" : null;
}

/** What stands in each place: streams of others take the places that are free, from the last one on. @param {Engine} engine @returns {Cell[]} */
export function cellsOf(engine) {
  /** @type {Cell[]} */
  const cells = engine.slots.map((slot) => ({ look: slot.state, slot, content: slot.content, whose: "" }));
  /** @param {Cell} cell */
  const put = (cell) => {
    const free = cells.findLastIndex(({ look }) => look === "free");
    if (free >= 0) cells[free] = cell;
    else cells.push(cell);
  };
  for (let n = 0; n < engine.foreign; n++) put({ look: "foreign", slot: null, content: null, whose: "" });
  for (const { lease, contents } of engine.claims)
    put({ look: "claimed", slot: null, content: contents[0] ?? null, whose: holderOf(lease) });
  return cells;
}

/** The name of the proxy that holds a lease. @param {string} lease */
function holderOf(lease) {
  const shared = state.figures?.leases;
  const owner = shared?.leases.find((entry) => entry.lease === lease)?.owner;
  return shared?.members.find(({ member }) => member === owner)?.name ?? lease.split("/")[0] ?? lease;
}

/** @param {Cell} cell */
function cell({ look, slot, content, whose }) {
  const stream = state.figures?.streams.find(({ id }) => id === slot?.stream) ?? null;
  const contents = stream?.contents ?? [content];
  const title = content === null ? "" : titleOf(contents);
  const isNamed = channelName(contents) !== null;
  const lingers = stream?.lingering === true;
  const word = lingers ? "lingering" : LOOKS[look][0];
  return html`<li class="cell ${look} ${lingers ? "lingers" : ""}" data-look=${look} title=${lingers ? "nobody watches it; it yields at once to whoever needs the slot" : LOOKS[look][1]}>
    ${look === "active" ? pulse(state.history.pulses.get(stream?.id ?? 0)) : nothing}
    <p class="sign">${glyph(look)}<span class="word">${word}</span>${slot?.forMs == null || look === "free" ? nothing : html`<span class="for">${span(slot.forMs)}</span>`}</p>
    ${title === "" ? nothing : html`<p class="plays ${isNamed ? "" : "mono"}">${title}</p>`}
    ${whose === "" ? nothing : html`<p class="whose">${whose}</p>`}
    ${stream === null || look !== "active" ? nothing : html`<p class="foot"><span>${stream.clients === 1 ? "1 client" : `${stream.clients} clients`}</span><span>${mbits(stream.bitsPerSecond)} Mbit/s</span></p>`}
  </li>`;
}

/** What the looks of slots mean. @param {boolean} shared */
const legend = (shared) =>
  html`<ul class="legend" aria-label="What the signs mean">${
    /** @type {import("./glyphs.js").Look[]} */ (Object.keys(LOOKS))
      .filter((look) => look !== "claimed" || shared)
      .map((look) => html`<li class=${look} title=${LOOKS[look][1]}>${glyph(look)}${LOOKS[look][0]}</li>`)
  }</ul>`;
