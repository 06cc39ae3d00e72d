// @ts-check
/** Links to a content for every kind of player, and how text gets to the clipboard. */

import { icon } from "./glyphs.js";
import { hlsUrl, playlistUrl, shownUrl, streamUrl } from "./place.js";
import { say, state } from "./state.js";
import { html, nothing, render } from "./vendor/lit-html.js";

/** @typedef {import("./types.d.ts").Playable} Playable */

/** What was copied last, to show that it was. */
let copied = "";
let forgetting = 0;
/** @type {() => void} */
let redraw = () => {};

/** @param {() => void} how */
export const redrawLinksBy = (how) => {
  redraw = how;
};

/**
 * Copies; without a secure origin there is no `navigator.clipboard`, and the old way has to do.
 * @param {string} text
 */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

/** @param {string} text */
function copyTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  field.setAttribute("aria-hidden", "true");
  field.tabIndex = -1;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  // What is outside an open dialog cannot be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}

/** @param {string} key @param {string} text */
async function copy(key, text) {
  const done = await toClipboard(text);
  copied = done ? key : `failed ${key}`;
  say(done ? "Copied" : "Copying did not work: select the text and copy it by hand");
  clearTimeout(forgetting);
  forgetting = window.setTimeout(() => {
    copied = "";
    redraw();
    drawLinks();
  }, 2_000);
  redraw();
  drawLinks();
}

/** Text that copies itself when it is pressed. @param {string} text @param {string} shown @param {string} what for those who do not see where it stands */
export function copyButton(text, shown, what) {
  const word = copied === `hash ${text}` ? "copied" : shown;
  return html`<button class="copy mono" aria-label="${word}, ${what}" title=${what} @click=${() => copy(`hash ${text}`, text)}>${word}</button>`;
}

/** @type {Playable | null} */
let showing = null;

/** @param {Playable} playable */
export function openLinks(playable) {
  showing = playable;
  drawLinks();
  const dialog = dialogOf();
  if (!dialog.open) dialog.showModal();
}

const dialogOf = () => /** @type {HTMLDialogElement} */ (document.getElementById("links"));

function drawLinks() {
  if (showing === null) return;
  const { name, content } = showing;
  const ts = streamUrl(content);
  const hls = hlsUrl(content);
  const title = name.replaceAll(/[\r\n,"]+/g, " ").trim();
  /** @type {readonly (readonly [string, string, string])[]} */
  const rows = [
    ["VLC, mpv, Jellyfin, Plex", "Open network stream", ts],
    [
      "Kodi",
      "As an entry of an M3U list or a .strm file",
      `#KODIPROP:mimetype=video/mp2t\n#EXTINF:-1,${title}\n${ts}`,
    ],
    state.channels.length > 0
      ? ["TiviMate, IPTV players", "The playlist with all channels", playlistUrl()]
      : [
          "TiviMate, IPTV players",
          "A list with this channel, to be saved as an .m3u file",
          `#EXTM3U\n#EXTINF:-1,${title}\n${ts}`,
        ],
    ["Browsers, Apple devices, TVs", "HLS", hls],
    ["Terminal", "mpv; ffplay and vlc take the same address", `mpv '${ts}'`],
    ["AceStream", "For other AceStream programs", acestreamUrl(content)],
  ];
  render(
    html`<div class="sheet-head"><h2 id="links-title">Links to ${name}</h2><button class="quiet" aria-label="Close" @click=${() => dialogOf().close()}>${icon("close")}</button></div>
    <ul class="link-list">${rows.map(
      ([who, how, text]) => html`<li>
      <div><b>${who}</b> <span class="soft">${how}</span><pre tabindex="0" aria-label="${who}">${shownUrl(text)}</pre></div>
      <button class="full" aria-label="Copy for ${who}" @click=${() => copy(text, text)}>${copied === text ? "Copied" : copied === `failed ${text}` ? "Select it" : "Copy"}</button>
    </li>`,
    )}</ul>
    <p class="soft small"><a href=${vlcUrl(ts)}>Open in VLC</a> where a phone or computer knows <code>vlc://</code> links.${ts === shownUrl(ts) ? nothing : " The links hold the token: whoever has one can watch."}</p>`,
    dialogOf(),
  );
}

/** @param {string} content */
const acestreamUrl = (content) => {
  const [kind = "", hash = ""] = content.split(":");
  return kind === "id" ? `acestream://${hash}` : `acestream:?infohash=${hash}`;
};
/** @param {string} url */
const vlcUrl = (url) => `vlc://${url}`;
