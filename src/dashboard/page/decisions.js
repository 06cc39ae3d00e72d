// @ts-check
/** The journal as it is written: every decision, newest first, to be sifted and held still. */
import { changed, engineName, state, titleOf } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { clock, fullTime, some } from "./words.js";

/** @typedef {import("./types.d.ts").Line} Line */

const SHOWN = 80;
const KINDS = {
  all: "everything",
  slot: "slots",
  grant: "grants",
  trouble: "refusals and faults",
  pool: "engines",
};

/** @param {Line} line @returns {keyof typeof KINDS} */
function kindOf(line) {
  if (!("type" in line)) return "slot";
  if (line.type === "grant" || line.type === "lease") return "grant";
  return line.type === "reject" || (line.type === "provision" && line.outcome === "failed")
    ? "trouble"
    : "pool";
}

/** What it says: a word for the kind, then a sentence. @param {Line} line @returns {readonly [string, string]} */
function wordsOf(line) {
  if (!("type" in line)) {
    const plays = line.content === null ? "" : ` · ${titleOf([line.content])}`;
    return [
      `${line.from} → ${line.to}`,
      `${engineName(line.engine)} #${line.slot + 1}${plays} · ${line.cause}`,
    ];
  }
  switch (line.type) {
    case "grant":
      return [
        "grant",
        `${titleOf([line.content])} gets ${engineName(line.engine)} #${line.slot + 1}, load ${line.load}`,
      ];
    case "reject":
      return ["refusal", `${titleOf([line.content])}: ${line.message}`];
    case "provision":
      return ["new engine", line.detail === "" ? line.outcome : `${line.outcome}: ${line.detail}`];
    case "engine_seen":
      return ["engine seen", `${line.name} at ${line.address}`];
    case "engine_gone":
      return ["engine gone", engineName(line.engine)];
    case "snapshot": {
      const foreign = Object.values(line.foreign).reduce((sum, count) => sum + count, 0);
      return [
        "list",
        [
          some(line.engines, "engine"),
          foreign > 0 ? `${some(foreign, "stream")} of others` : "",
          line.missing.length > 0 ? `${line.missing.length} missing` : "",
        ]
          .filter(Boolean)
          .join(", "),
      ];
    }
    case "configure":
      return ["cap", `${line.cap} for each engine`];
    case "lease":
      return [`lease ${line.outcome}`, `${line.place}${line.message === "" ? "" : `: ${line.message}`}`];
  }
}

/** A list that shows what the one before it showed. @param {Line} line @param {readonly Line[]} lines newest first @param {number} at */
function isRepeated(line, lines, at) {
  if (!("type" in line) || line.type !== "snapshot") return false;
  const before = lines.slice(at + 1).find((other) => "type" in other && other.type === "snapshot");
  return before !== undefined && wordsOf(before)[1] === wordsOf(line)[1];
}

export function decisions() {
  const { feed } = state;
  const lines = feed.paused ?? state.lines;
  const sought = feed.text.toLocaleLowerCase();
  const found = [];
  for (const [at, line] of lines.entries()) {
    if (isRepeated(line, lines, at)) continue;
    if (feed.kind !== "all" && kindOf(line) !== feed.kind) continue;
    const [word, words] = wordsOf(line);
    if (sought !== "" && !`${word} ${words}`.toLocaleLowerCase().includes(sought)) continue;
    found.push({ line, word, words });
    if (found.length === SHOWN) break;
  }
  return html`<section class="panel" aria-labelledby="feed-title">
    <div class="head"><h2 id="feed-title">Decisions</h2>
      <div class="tools">
        <input type="search" aria-label="Find decisions" placeholder="Find…" @input=${(/** @type {InputEvent} */ event) => sift({ text: textIn(event) })}>
        <select aria-label="Kind of decision" @change=${(/** @type {Event} */ event) => sift({ kind: textIn(event) })}>${Object.entries(KINDS).map(([kind, word]) => html`<option value=${kind}>${word}</option>`)}</select>
        <button class="quiet" aria-pressed=${feed.paused === null ? "false" : "true"} @click=${pause}>${feed.paused === null ? "Pause" : "Go on"}</button>
      </div>
    </div>
    ${found.length === 0 ? html`<p class="none">${lines.length === 0 ? "Nothing has been decided yet." : "No decision is like that."}</p>` : nothing}
    <ol class="feed" tabindex="0" aria-label="Decisions, newest first">${repeat(
      found,
      ({ line }) => line.seq,
      ({ line, word, words }) =>
        html`<li class=${kindOf(line)}><time datetime=${line.at} title=${fullTime(line.at)}>${clock(line.at)}</time> <span class="verb ${"to" in line ? line.to : ""}">${word}</span> <span>${words}</span></li>`,
    )}</ol>
  </section>`;
}

/** @param {Event} event */
const textIn = (event) => /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target).value;

/** @param {{ text?: string, kind?: string }} what */
function sift(what) {
  Object.assign(state.feed, what);
  changed();
}

function pause() {
  state.feed.paused = state.feed.paused === null ? [...state.lines] : null;
  changed();
}
