// @ts-check
/** What is done by hand: stopping a stream, ending a client. The first press asks, the second one does it. */

import { icon } from "./glyphs.js";
import { remove } from "./place.js";
import { changed, say, show, state } from "./state.js";
import { html } from "./vendor/lit-html.js";

/** A question that nobody answers is taken back. */
const ASKED_MS = 8_000;
let patience = 0;

/**
 * A button that asks back in its own place.
 * @param {{ key: string, label: string, verb: string, of: string, done: string, path: string }} what `of`: what it does it to,
 *   for those who do not see where the button stands
 */
export function askedButton({ key, label, verb, of, done, path }) {
  if (state.asked !== key)
    return html`<button class="quiet danger iconic" title=${label} data-ask=${key} aria-label="${label}: ${of}" @click=${() => ask(key)}>${icon("stop")}<span>${label}</span></button>`;
  /** @param {KeyboardEvent} event */
  const keys = (event) => event.key === "Escape" && takeBack(key);
  return html`<span class="sure" role="group" aria-label="${verb} ${of}?" @keydown=${keys}>
    <button class="danger full" data-sure=${key} @click=${() => act(path, done)}>${verb}</button>
    <button class="quiet" @click=${() => takeBack(key)}>Keep</button>
  </span>`;
}

/** @param {string} key */
function ask(key) {
  state.asked = key;
  clearTimeout(patience);
  patience = window.setTimeout(() => state.asked === key && takeBack(key, false), ASKED_MS);
  show();
  focusOn(`[data-sure="${key}"]`);
}

/** @param {string} key */
function takeBack(key, byHand = true) {
  const hadFocus = document.activeElement?.closest(".sure") !== null;
  state.asked = null;
  show();
  if (byHand || hadFocus) focusOn(`[data-ask="${key}"]`);
}

/** @param {string} path @param {string} done */
async function act(path, done) {
  state.asked = null;
  changed();
  try {
    await remove(path);
    say(done);
  } catch (error) {
    state.trouble = `That did not work: ${error instanceof Error ? error.message : String(error)}`;
    changed();
  }
}

/** @param {string} selector */
function focusOn(selector) {
  /** @type {HTMLElement | null} */ (document.querySelector(selector))?.focus();
}
