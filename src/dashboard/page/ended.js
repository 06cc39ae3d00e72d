// @ts-check
/** Why did it stop? The streams that ended last, each with its reason. */
import { icon } from "./glyphs.js";
import { openPlayer } from "./player.js";
import { changed, channelName, state, titleOf } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { ago, bytes, fullTime, some, span } from "./words.js";

/** @typedef {import("./types.d.ts").Ended} Ended */

const SHOWN = 4;

export function ended() {
  const list = state.figures?.ended ?? [];
  const now = Date.parse(state.figures?.at ?? "");
  const shown = state.open.ended ? list : list.slice(0, SHOWN);
  return html`<section class="panel" aria-labelledby="ended-title">
    <div class="head"><h2 id="ended-title">Why did it stop?</h2></div>
    ${
      list.length === 0
        ? html`<p class="none">No stream has ended yet.</p>`
        : html`<ul class="ended">${repeat(
            shown,
            ({ stream }) => stream,
            (stream) => row(stream, now),
          )}</ul>`
    }
    ${list.length > SHOWN ? html`<button class="quiet wide-button" aria-expanded=${state.open.ended ? "true" : "false"} @click=${toggle}>${state.open.ended ? "Show fewer" : `Show all ${list.length}`}</button>` : nothing}
  </section>`;
}

function toggle() {
  state.open.ended = !state.open.ended;
  changed();
}

/** @param {Ended} stream @param {number} now */
function row(stream, now) {
  const title = titleOf(stream.contents);
  const { last } = stream;
  const lasted = stream.startedAt === null ? null : Date.parse(stream.at) - Date.parse(stream.startedAt);
  const facts = [
    stream.engineName,
    lasted === null ? null : span(lasted),
    last === null ? null : bytes(last.bytesOut),
    last?.peers == null ? null : some(last.peers, "peer"),
    last?.speedDownKBps == null ? null : `${last.speedDownKBps} KB/s`,
    stream.played ? null : "never played",
  ].filter((fact) => fact !== null);
  return html`<li class=${isOrderly(stream.reason) ? "" : "bad"}>
    <p class="title"><b class=${channelName(stream.contents) === null ? "mono" : ""}>${title}</b><time class="soft" datetime=${stream.at} title=${fullTime(stream.at)}>${ago(stream.at, now)}</time></p>
    <p class="reason">${stream.reason}</p>
    <p class="soft small">${facts.join(" · ")}</p>
    <button class="quiet square" aria-label="Play ${title} again" title="Play again" @click=${() => openPlayer({ content: stream.contents[0] ?? "", name: title })}>${icon("play")}</button>
  </li>`;
}

/** Ends that somebody wanted. @param {string} reason */
const isOrderly = (reason) =>
  /linger|left|yield|by hand|replaced|handed|nobody|shut|closed|taken over/i.test(reason);
