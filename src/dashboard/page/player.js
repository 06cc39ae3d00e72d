// @ts-check
/** Playing a content in the page: it takes part in its stream like any other client, by HLS. */

import { icon } from "./glyphs.js";
import { hlsUrl, Refused, refusal } from "./place.js";
import { changed, state } from "./state.js";
import { html, nothing, render } from "./vendor/lit-html.js";

/** @typedef {import("./types.d.ts").Playable} Playable */
/** @typedef {import("./vendor/hls.js").default} Hls */

/** The proxy answers when there is a picture, which may take an engine as long as this. */
const PATIENCE_MS = 120_000;
const NO_TRIES = { timeoutRetry: null, errorRetry: null };

/** @type {{ playable: Playable, words: string, isBad: boolean, isMuted: boolean } | null} */
let playing = null;
/** @type {Hls | null} */
let hls = null;
/** Ends what is on its way for the one that is shown. */
let stop = new AbortController();

const dialogOf = () => /** @type {HTMLDialogElement} */ (document.getElementById("player"));
const videoOf = () => /** @type {HTMLVideoElement} */ (dialogOf().querySelector("video"));

/** @param {Playable} playable */
export function openPlayer(playable) {
  end();
  stop = new AbortController();
  playing = { playable, words: "Asking for a slot…", isBad: false, isMuted: false };
  draw();
  const dialog = dialogOf();
  if (!dialog.open) {
    dialog.addEventListener("close", end, { once: true });
    dialog.showModal();
  }
  start(playable, stop.signal).catch((error) => {
    if (stop.signal.aborted) return;
    tell(wordsOf(error), true);
  });
}

/** The player's client goes with it: the proxy ends one that asks for nothing any more. */
function end() {
  stop.abort();
  hls?.destroy();
  hls = null;
  const video = dialogOf().querySelector("video");
  if (video) {
    video.removeAttribute("src");
    video.load();
  }
  playing = null;
  changed();
}

/** @param {Playable} playable @param {AbortSignal} signal */
async function start({ content }, signal) {
  const url = hlsUrl(content);
  // Asked by hand first: the proxy says in words why something does not play, which a player would swallow.
  const answer = await fetch(url, { cache: "no-store", signal });
  if (!answer.ok) throw await refusal(answer);
  await answer.text();
  tell("Loading the player…");
  const { default: Hls } = await import("./vendor/hls.js");
  if (signal.aborted) return;
  const video = videoOf();
  if (!Hls.isSupported()) {
    if (video.canPlayType("application/vnd.apple.mpegurl") === "")
      throw new Error("This browser plays no HLS. Copy a link for a player instead.");
    video.src = url;
    await begin(video);
    return;
  }
  const patience = {
    default: { maxTimeToFirstByteMs: PATIENCE_MS, maxLoadTimeMs: PATIENCE_MS, ...NO_TRIES },
  };
  // Workers are made from blobs, which the page's policy does not let in; one stream needs none.
  const player = new Hls({ enableWorker: false, manifestLoadPolicy: patience, backBufferLength: 30 });
  hls = player;
  let mended = 0;
  player.on(Hls.Events.ERROR, (_, { fatal, type, details, response }) => {
    if (!fatal || signal.aborted) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR && mended++ < 3) return player.recoverMediaError();
    player.destroy();
    explain(url, `The player gave up: ${details}${response?.code ? ` (${response.code})` : ""}.`, signal);
  });
  player.on(Hls.Events.MANIFEST_PARSED, () => void begin(video));
  player.loadSource(url);
  player.attachMedia(video);
}

/** What the proxy says to one who asks for it anew, else `words`. @param {string} url @param {string} words @param {AbortSignal} signal */
async function explain(url, words, signal) {
  tell(words, true);
  try {
    const answer = await fetch(url, { cache: "no-store", signal });
    if (!answer.ok) tell(`${wordsOf(await refusal(answer))}`, true);
  } catch {
    if (!signal.aborted) tell("The proxy does not answer.", true);
  }
}

/** With sound where the browser lets it, else without. @param {HTMLVideoElement} video */
async function begin(video) {
  tell("Waiting for the picture…");
  try {
    await video.play();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
    video.muted = true;
    if (playing) playing.isMuted = true;
    await video.play().catch(() => tell("Press play: the browser begins nothing by itself."));
  }
  draw();
}

function unmute() {
  videoOf().muted = false;
  if (playing) playing.isMuted = false;
  draw();
}

/** @param {unknown} error */
function wordsOf(error) {
  if (error instanceof Refused) return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  if (error instanceof TypeError) return "The proxy does not answer.";
  return error instanceof Error ? error.message : String(error);
}

/** @param {string} words */
function tell(words, isBad = false) {
  if (playing === null) return;
  playing.words = words;
  playing.isBad = isBad;
  draw();
}

const shows = () => {
  if (playing && !playing.isBad) tell("");
};
const waits = () => {
  if (playing && !playing.isBad && playing.words === "") tell("Waiting for more…");
};

function draw() {
  if (playing === null) return;
  const { playable, words, isBad, isMuted } = playing;
  render(
    html`<div class="sheet-head"><h2 id="player-title">${playable.name}</h2><button class="quiet" aria-label="Close the player" @click=${() => dialogOf().close()}>${icon("close")}</button></div>
    <div class="screen">
      <video controls playsinline aria-label="${playable.name}" @playing=${shows} @waiting=${waits}></video>
      <p class="told ${isBad ? "bad" : ""} ${words === "" ? "gone" : ""}" role=${isBad ? "alert" : "status"}>${words}</p>
    </div>
    <div class="sheet-foot">
      ${isMuted ? html`<button class="full" @click=${unmute}>Sound on</button>` : nothing}
      ${isBad ? html`<button class="full" @click=${() => openPlayer(playable)}>Try again</button>` : nothing}
      <span class="soft small">${state.lost === null ? "It takes part in the channel’s stream, and needs a slot if nobody else watches it." : "Not connected."}</span>
    </div>`,
    dialogOf(),
  );
}
