// @ts-check
/** Plays any content id or link that somebody has. */
import { openLinks } from "./links.js";
import { openPlayer } from "./player.js";
import { changed, state, titleOf } from "./state.js";
import { html, nothing } from "./vendor/lit-html.js";

const HASH = /^[0-9a-f]{40}$/i;

/**
 * What a text names: a content, or what is wrong with it.
 * @param {string} text
 * @returns {{ content: string } | { fault: string }}
 */
export function readLink(text) {
  const given = text.trim();
  if (given === "") return { fault: "Paste a content id (40 hex digits) or an acestream:// link." };
  const asked = /[?&](id|content_id|infohash)=([^&#\s]*)/i.exec(given);
  const magnet = /^magnet:.*\burn:btih:([^&]*)/i.exec(given);
  const link = /^(?:acestream|ace):(?:\/\/)?([^?/&#\s]*)/i.exec(given);
  const hash = magnet?.[1] ?? asked?.[2] ?? link?.[1] ?? given;
  const kind = magnet || /infohash/i.test(asked?.[1] ?? "") ? "infohash" : "id";
  if (HASH.test(hash)) return { content: `${kind}:${hash.toLowerCase()}` };
  if (/^https?:/i.test(given) && !asked)
    return { fault: "This address names no content: it has no id=… or infohash=… in it." };
  const odd = /[^0-9a-f]/i.exec(hash);
  if (odd && hash.length >= 30 && hash.length <= 50)
    return { fault: `“${odd[0]}” at place ${odd.index + 1} is not a hex digit (0–9, a–f).` };
  if (odd)
    return { fault: "This is not a content id: it needs 40 hex digits, or acestream:// and 40 hex digits." };
  return { fault: `A content id has 40 hex digits; this has ${hash.length}.` };
}

/** @param {boolean} forPlayers whether links are wanted, rather than the picture */
function go(forPlayers) {
  const read = readLink(state.playText);
  state.playFault = "fault" in read ? read.fault : null;
  changed();
  if ("fault" in read) {
    document.getElementById("play-text")?.focus();
    return;
  }
  const playable = { content: read.content, name: titleOf([read.content]) };
  if (forPlayers) openLinks(playable);
  else openPlayer(playable);
}

export function playBox() {
  const { playFault } = state;
  /** @param {SubmitEvent} event */
  const submit = (event) => {
    event.preventDefault();
    go(false);
  };
  /** @param {InputEvent} event */
  const input = (event) => {
    state.playText = /** @type {HTMLInputElement} */ (event.target).value;
    if (state.playFault !== null && "content" in readLink(state.playText)) {
      state.playFault = null;
      changed();
    }
  };
  return html`<section class="panel playbox" aria-labelledby="playbox-title">
    <h2 id="playbox-title" class="unseen">Play any content</h2>
    <form @submit=${submit} novalidate>
      <label for="play-text" class="unseen">Content id or acestream link</label>
      <input id="play-text" class="mono" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="content id or acestream://…" aria-invalid=${playFault === null ? "false" : "true"} aria-describedby="play-fault" @input=${input}>
      <button class="full" type="submit">Play</button>
      <button class="quiet" type="button" @click=${() => go(true)}>Link</button>
    </form>
    <p id="play-fault" class="fault" aria-live="polite">${playFault ?? nothing}</p>
  </section>`;
}
