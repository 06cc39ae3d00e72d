// @ts-check
/** The channels of the playlists, where there are any. Only as many are drawn as were asked for. */
import { icon } from "./glyphs.js";
import { openLinks } from "./links.js";
import { openPlayer } from "./player.js";
import { changed, state } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { some } from "./words.js";

/** @typedef {import("./types.d.ts").Channel} Channel */

/** So many at first, and with each press more. */
const PAGE = 24;

/** @type {{ channels: readonly Channel[], key: string, found: readonly Channel[], groups: readonly string[] }} */
let last = { channels: [], key: "", found: [], groups: [] };

/** Sought once, not at each frame. */
function search() {
  const { channels, channelSearch } = state;
  const key = `${channelSearch.group}\n${channelSearch.text}`;
  if (last.channels === channels && last.key === key) return last;
  const groups =
    last.channels === channels
      ? last.groups
      : [...new Set(channels.flatMap(({ group }) => (group ? [group] : [])))].sort((a, b) =>
          a.localeCompare(b),
        );
  const words = channelSearch.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = channels.filter(({ name, group, number, content }) => {
    if (channelSearch.group !== "" && group !== channelSearch.group) return false;
    const text = `${number ?? ""} ${name} ${content}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
  last = { channels, key, found, groups };
  return last;
}

export function channels() {
  const { channelSearch, channelTroubles } = state;
  if (state.channels.length === 0 && channelTroubles.length === 0) return nothing;
  const { found, groups } = search();
  const count = Math.min(found.length, PAGE * (1 + channelSearch.shown));
  const playing = new Map(
    (state.figures?.streams ?? []).flatMap((stream) => stream.contents.map((content) => [content, stream])),
  );
  /** @param {Channel} channel */
  const row = (channel) => {
    const stream = playing.get(channel.content);
    return html`<li class="channel ${stream ? "on" : ""}">
      <span class="number">${channel.number ?? ""}</span>
      <span class="name"><b>${channel.name}</b>${channel.group ? html` <span class="soft">${channel.group}</span>` : nothing}</span>
      ${stream ? html`<span class="chip good">${stream.lingering ? "lingering" : stream.phase} · ${stream.clients}</span>` : nothing}
      <button class="quiet square" aria-label="Play ${channel.name} here" title="Play here" @click=${() => openPlayer(channel)}>${icon("play")}</button>
      <button class="quiet square" aria-label="Links to ${channel.name} for players" title="Links for players" @click=${() => openLinks(channel)}>${icon("link")}</button>
    </li>`;
  };
  return html`<section class="panel" aria-labelledby="channels-title">
    <div class="head"><h2 id="channels-title">Channels</h2><span class="count">${found.length === state.channels.length ? found.length : `${found.length} of ${state.channels.length}`}</span>
      <div class="tools">
        <input type="search" aria-label="Find channels" placeholder="Find…" .value=${channelSearch.text} @input=${(/** @type {InputEvent} */ event) => seek({ text: textIn(event) })}>
        ${groups.length < 2 ? nothing : html`<select aria-label="Group" @change=${(/** @type {Event} */ event) => seek({ group: textIn(event) })}><option value="">all groups</option>${groups.map((group) => html`<option .selected=${group === channelSearch.group} value=${group}>${group}</option>`)}</select>`}
      </div>
    </div>
    ${channelTroubles.map((words) => html`<p class="notice warn">${words}</p>`)}
    ${found.length === 0 ? html`<p class="none">${state.channels.length === 0 ? "There is no channel yet." : "No channel is called so."}</p>` : html`<ul class="channels">${repeat(found.slice(0, count), ({ content, name }) => `${content} ${name}`, row)}</ul>`}
    ${count < found.length ? html`<button class="quiet wide-button" @click=${more}>Show more <span class="soft">${some(found.length - count, "channel")} left</span></button>` : nothing}
  </section>`;
}

/** @param {Event} event */
const textIn = (event) => /** @type {HTMLInputElement | HTMLSelectElement} */ (event.target).value;

/** @param {{ text?: string, group?: string }} what */
function seek(what) {
  Object.assign(state.channelSearch, what, { shown: 0 });
  changed();
}

function more() {
  state.channelSearch.shown += 2;
  changed();
}
