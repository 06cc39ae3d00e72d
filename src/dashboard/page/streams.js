// @ts-check
/** The streams that play or wait, with who watches them. */
import { askedButton } from "./acting.js";
import { icon, pulse } from "./glyphs.js";
import { copyButton, openLinks } from "./links.js";
import { openPlayer } from "./player.js";
import { changed, channelName, state, titleOf } from "./state.js";
import { repeat } from "./vendor/directives/repeat.js";
import { html, nothing } from "./vendor/lit-html.js";
import { agentName, ago, bytes, fullTime, hashOf, mbits, shortHash, some, span } from "./words.js";

/** @typedef {import("./types.d.ts").Stream} Stream @typedef {import("./types.d.ts").Client} Client */

export function streams() {
  const list = state.figures?.streams ?? [];
  return html`<section class="panel" aria-labelledby="streams-title">
    <div class="head"><h2 id="streams-title">Streams</h2><span class="count">${list.length}</span></div>
    ${
      list.length === 0
        ? html`<p class="none">Nothing plays. Press play at a channel, or point a player at this proxy.</p>`
        : html`<ul class="rows streams">${repeat(list, ({ id }) => id, row)}</ul>`
    }
  </section>`;
}

/** @param {Stream} stream */
function row(stream) {
  const title = titleOf(stream.contents);
  const content = stream.contents[0] ?? "";
  const playable = { content, name: title };
  const isOpen = state.open.streams.has(stream.id);
  const word = stream.lingering
    ? "lingering"
    : { waiting: "waiting", starting: "starting", playing: "playing" }[stream.phase];
  return html`<li class="stream ${word}" data-stream=${stream.id}>
    <div class="line">
      <div class="what">
        <h3 class=${channelName(stream.contents) === null ? "mono" : ""}>${title}</h3>
        <p class="soft"><span class="state ${word}">${word}</span>${copyButton(hashOf(content), `${shortHash(content)}`, `copy the content id of ${title}`)}</p>
      </div>
      <div class="pulse-box">${pulse(state.history.pulses.get(stream.id))}<span><b>${mbits(stream.bitsPerSecond ?? measured(stream.id))}</b> Mbit/s</span></div>
      <dl class="facts">
        <div><dt>Engine</dt><dd>${stream.engineName ?? "–"}${stream.slot === null ? nothing : html`<small>#${stream.slot + 1}</small>`}</dd></div>
        <div><dt>Peers</dt><dd>${stream.peers ?? "–"}</dd></div>
        <div><dt>Buffer</dt><dd>${stream.bufferedMs == null ? bytes(stream.bufferedBytes) : span(stream.bufferedMs)}</dd></div>
        <div title="Times that it went on from another engine"><dt>Moves</dt><dd class=${stream.failovers > 0 ? "hot" : ""}>${stream.failovers}</dd></div>
        <div title="Since it was first asked for"><dt>For</dt><dd>${span(stream.ageMs)}</dd></div>
      </dl>
      <div class="acts">
        <button class="quiet people" aria-expanded=${isOpen ? "true" : "false"} aria-label="${some(stream.clients, "client")} of ${title}" @click=${() => toggle(stream.id)}>${icon("people")}<span>${stream.clients}</span>${icon("more")}</button>
        <button class="quiet" aria-label="Play ${title} here" @click=${() => openPlayer(playable)}>${icon("play")}<span>Play</span></button>
        <button class="quiet iconic" title="Links for players" aria-label="Links to ${title} for players" @click=${() => openLinks(playable)}>${icon("link")}<span>Links</span></button>
        ${askedButton({ key: `stream-${stream.id}`, label: "Stop", verb: "Stop it", of: title, done: `${title} is being stopped`, path: `api/v1/streams/${stream.id}` })}
      </div>
    </div>
    ${isOpen ? clientsOf(stream, title) : nothing}
  </li>`;
}

/** Bits per second as they came, where the program has no clock. @param {number} id */
function measured(id) {
  const last = state.history.pulses.get(id)?.at(-1);
  return last === undefined ? null : last * 1e6;
}

/** @param {number} id */
function toggle(id) {
  if (!state.open.streams.delete(id)) state.open.streams.add(id);
  changed();
}

/** @param {Stream} stream @param {string} title */
function clientsOf(stream, title) {
  const clients = (state.figures?.clients ?? []).filter((client) => client.stream === stream.id);
  const now = Date.parse(state.figures?.at ?? "");
  const more = [
    ["state at the engine", stream.status],
    ["from peers", stream.speedDownKBps === null ? null : `${stream.speedDownKBps} KB/s`],
    ["to peers", stream.speedUpKBps === null ? null : `${stream.speedUpKBps} KB/s`],
    ["in", bytes(stream.bytesIn)],
    ["out", bytes(stream.bytesOut)],
    ["missing packets", stream.continuityErrors > 0 ? String(stream.continuityErrors) : null],
    ["moved forward", stream.skips > 0 ? some(stream.skips, "time") : null],
  ].filter(([, value]) => value !== null);
  return html`<div class="more">
    <p class="chips">${more.map(([name, value]) => html`<span><span class="soft">${name}</span> ${value}</span>`)}</p>
    ${
      clients.length === 0
        ? html`<p class="none">Nobody watches it. It is kept for a while, and yields at once to whoever needs its slot.</p>`
        : html`<ul class="clients" aria-label="Clients of ${title}">${repeat(
            clients,
            ({ id }) => id,
            (client) => clientRow(client, now),
          )}</ul>`
    }
  </div>`;
}

/** @param {Client} client @param {number} now */
function clientRow(client, now) {
  const who = `${client.address ?? "unknown address"}, ${agentName(client.agent)}`;
  return html`<li>
    <span class="who"><b>${client.address ?? "unknown address"}</b> <span class="soft" title=${client.agent ?? ""}>${agentName(client.agent)}</span></span>
    <span class="chip">${client.kind === "hls" ? "HLS" : "TS"}</span>
    <span class="soft" title=${client.since === null ? "" : fullTime(client.since)}>${client.served ? (client.since === null ? "" : `came ${ago(client.since, now)}`) : `waits, ${span(client.waitedMs ?? client.ageMs)}`}</span>
    <span class="num">${bytes(client.bytes)}</span>
    ${askedButton({ key: `client-${client.id}`, label: "End", verb: "End it", of: `client ${who}`, done: "The client is being ended", path: `api/v1/clients/${client.id}` })}
  </li>`;
}
