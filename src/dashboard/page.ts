/**
 * The page at `/`: engines with their slots, streams and the queue, as they are now. Plain text files, served
 * from memory; they ask the API once a second and need nothing from elsewhere.
 */

export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>aceslot</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230b7a75'/%3E%3Cpath d='M6 4l6 4-6 4z' fill='white'/%3E%3C/svg%3E">
<link rel="stylesheet" href="assets/page.css">
</head>
<body>
<header>
  <h1>aceslot</h1>
  <p id="summary" role="status">connecting…</p>
</header>
<main>
  <section aria-labelledby="engines-title">
    <h2 id="engines-title">Engines</h2>
    <ul id="legend" aria-label="What the colours mean">
      <li><i class="slot free"></i>free</li><li><i class="slot pending"></i>pending</li>
      <li><i class="slot active"></i>active</li><li><i class="slot released"></i>released</li>
      <li><i class="slot foreign"></i>somebody else’s</li>
      <li id="legend-claimed" hidden><i class="slot claimed"></i>another proxy’s</li>
    </ul>
    <div id="engines"></div>
  </section>
  <section aria-labelledby="streams-title">
    <h2 id="streams-title">Streams</h2>
    <div class="scroll"><table>
      <thead><tr><th scope="col">Content</th><th scope="col">State</th><th scope="col">Engine</th><th scope="col">Clients</th><th scope="col">Mbit/s</th></tr></thead>
      <tbody id="streams"></tbody>
    </table></div>
  </section>
  <section id="leases" aria-labelledby="leases-title" hidden>
    <h2 id="leases-title">Leases <small id="store"></small></h2>
    <p id="lease-state"></p>
    <div class="scroll"><table>
      <thead><tr><th scope="col">Proxy</th><th scope="col">Slots</th><th scope="col">Cap</th><th scope="col">Term</th><th scope="col">Place in queue</th></tr></thead>
      <tbody id="members"></tbody>
    </table></div>
    <ul id="drift"></ul>
  </section>
  <section aria-labelledby="ended-title">
    <h2 id="ended-title">Why did it stop? <small>times in UTC</small></h2>
    <ul id="ended"></ul>
  </section>
  <section aria-labelledby="journal-title">
    <h2 id="journal-title">Decisions <small>times in UTC</small></h2>
    <ol id="journal"></ol>
  </section>
</main>
<script src="assets/page.js" defer></script>
</body>
</html>
`;

export const PAGE_CSS = `:root {
  --ground: #f6f7f5; --panel: #fff; --ink: #1b2322; --soft: #5d6b69; --line: #dfe4e1;
  --free: #d5ddd9; --edge: #84918d; --pending: #e0a100; --active: #0b7a75; --released: #b3542d; --foreign: #6b5fb3; --claimed: #b03a7c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101615; --panel: #18211f; --ink: #e6edea; --soft: #93a29e; --line: #2a3633;
    --free: #2a3633; --edge: #667773; --pending: #f2bd3a; --active: #2fb8ad; --released: #e07b4f; --foreign: #9d92e6; --claimed: #ea7fbc;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline; padding: 1.25rem clamp(1rem, 4vw, 3rem) .5rem; }
h1 { margin: 0; font-size: 1.5rem; letter-spacing: -.02em; color: var(--active); }
h2 { margin: 0 0 .75rem; font-size: 1rem; }
h2 small { margin-left: .4rem; color: var(--soft); font-weight: 400; }
header p { margin: 0; color: var(--soft); }
main { display: grid; gap: 1rem; padding: .5rem clamp(1rem, 4vw, 3rem) 3rem; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.25rem; min-width: 0; }
#legend { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: -.25rem 0 .9rem; padding: 0; list-style: none; color: var(--soft); font-size: .85rem; }
#legend li { display: flex; align-items: center; gap: .4rem; }
#legend .slot { width: 1rem; height: .7rem; flex: none; }
#engines { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .6rem; }
.engine { border: 1px solid var(--line); border-radius: 8px; padding: .55rem .7rem .65rem; }
.engine.away { opacity: .55; }
.engine b { display: flex; justify-content: space-between; gap: .5rem; font-weight: 600; font-size: .9rem; }
.engine b span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.engine small { color: var(--soft); }
.engine .claimants { display: block; margin-top: .3rem; overflow-wrap: anywhere; line-height: 1.3; }
.slots { display: flex; gap: .3rem; margin-top: .35rem; }
.slot { display: block; flex: 1; height: .8rem; border-radius: 4px; background: var(--free); transition: background .3s; }
.slot.free { box-shadow: inset 0 0 0 1px var(--edge); }
.slot.pending { background: var(--pending); } .slot.active { background: var(--active); }
.slot.released { background: var(--released); } .slot.foreign { background: var(--foreign); }
.slot.claimed { background: repeating-linear-gradient(135deg, var(--claimed) 0 4px, transparent 4px 6px); box-shadow: inset 0 0 0 1px var(--claimed); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: .85rem; }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
code { font: .85em ui-monospace, monospace; }
#ended, #journal { margin: 0; padding: 0; list-style: none; font: .82rem/1.6 ui-monospace, monospace; max-height: 16rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
#ended li, #journal li { padding-left: 1.5em; text-indent: -1.5em; }
.none { color: var(--soft); }
#store { overflow-wrap: anywhere; }
#lease-state { margin: -.35rem 0 .6rem; color: var(--soft); }
.bad, #lease-state.bad { color: var(--released); }
#members td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
#members a { color: inherit; }
#drift { margin: .6rem 0 0; padding: 0; list-style: none; color: var(--released); font-size: .85rem; overflow-wrap: anywhere; max-height: 8rem; overflow: auto; }
#drift:empty { display: none; }
@media (max-width: 30rem) {
  section { padding: .8rem .8rem; }
  table { font-size: .85rem; } th, td { padding-right: .45rem; } th { font-size: .8rem; }
  th:last-child, td:last-child { padding-right: 0; }
  td:nth-child(3) { white-space: normal; overflow-wrap: anywhere; }
}
@media (min-width: 70rem) { main { grid-template-columns: 3fr 2fr; } #leases:not([hidden]) ~ section:last-child { grid-column: 1 / -1; } }
@media (prefers-reduced-motion: reduce) { .slot { transition: none; } }
`;

export const PAGE_JS = `"use strict";
const $ = (id) => document.getElementById(id);
const el = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const short = (content) => (content || "").replace(/^(id|infohash):(.{8}).*/, "$2…");
const rate = (bits) => (bits == null ? "–" : (bits / 1e6).toFixed(1));
const seconds = (ms) => (ms / 1000).toFixed(ms % 1000 ? 1 : 0) + " s";
// Of a member or a lease: what comes before its first slash.
const instanceOf = (name) => name.split("/")[0];
const token = new URLSearchParams(location.search).get("token");
const get = async (path) => {
  const answer = await fetch(path + (token ? (path.includes("?") ? "&" : "?") + "token=" + encodeURIComponent(token) : ""));
  if (!answer.ok) throw new Error(path + ": " + answer.status);
  return answer.json();
};
let names = {};
// Names of proxies, by lease and by member.
let holders = {};
let last = 0;
// A screen reader says it again whenever it is written.
const say = (text) => { if ($("summary").textContent !== text) $("summary").textContent = text; };

function showEngines(engines) {
  names = Object.fromEntries(engines.map((engine) => [engine.id, engine.name]));
  $("engines").replaceChildren(...engines.map((engine) => {
    const away = !engine.listed || engine.resting || engine.draining;
    const slots = engine.slots.map((slot) => el("i", { className: "slot " + slot.state, title: slot.state + (slot.content ? " " + slot.content : "") }));
    for (let n = 0; n < engine.foreign; n++) {
      const free = slots.findIndex((slot) => slot.className === "slot free");
      const mark = el("i", { className: "slot foreign", title: "somebody else’s stream" });
      if (free >= 0) slots[free] = mark; else slots.push(mark);
    }
    const claimants = Object.create(null);
    for (const { lease, contents } of engine.claims) {
      const by = holders[lease] || instanceOf(lease);
      claimants[by] = (claimants[by] || 0) + 1;
      const free = slots.findIndex((slot) => slot.className === "slot free");
      const mark = el("i", { className: "slot claimed", title: "claimed by " + by + " " + (contents[0] || "") });
      if (free >= 0) slots[free] = mark; else slots.push(mark);
    }
    const claimed = Object.entries(claimants).map(([by, count]) => by + (count > 1 ? " ×" + count : "")).join(", ");
    const why = !engine.listed ? "not listed" : engine.resting ? "set aside" : engine.draining ? "draining" : engine.address;
    const states = engine.slots.map((slot) => slot.state).join(", ");
    const row = el("div", { className: "slots", role: "img", ariaLabel: "slots: " + states }, ...slots);
    return el("div", { className: "engine" + (away ? " away" : "") },
      el("b", {}, el("span", { textContent: engine.name }), el("span", { textContent: engine.load + "/" + engine.cap })),
      el("small", { textContent: why }), row,
      ...(claimed ? [el("small", { className: "claimants", textContent: "claimed by " + claimed })] : []));
  }));
  if (!engines.length) $("engines").replaceChildren(el("p", { className: "none", textContent: "No engine is known yet." }));
}

function showStreams(streams) {
  const rows = streams.map((stream) => el("tr", {},
    el("td", {}, el("code", { textContent: short(stream.contents[0]), title: stream.contents.join(" ") })),
    el("td", { textContent: stream.lingering ? "lingering" : stream.phase }),
    el("td", { textContent: names[stream.engine] || "–" }),
    el("td", { textContent: stream.clients }),
    el("td", { textContent: rate(stream.bitsPerSecond) })));
  $("streams").replaceChildren(...(rows.length ? rows : [el("tr", {}, el("td", { colSpan: 5, className: "none", textContent: "Nothing plays." }))]));
}

function showLeases(shared) {
  const isShared = shared.store !== null;
  $("leases").hidden = $("legend-claimed").hidden = !isShared;
  if (!isShared) return;
  const names = Object.fromEntries(shared.members.map(({ member, name }) => [member, name]));
  holders = Object.fromEntries(shared.leases.map(({ lease, owner }) => [lease, names[owner] || instanceOf(owner)]));
  $("store").textContent = shared.store;
  const state = $("lease-state");
  state.className = shared.grants === "shared" ? "" : "bad";
  state.textContent = [
    shared.grants === "shared" ? "grants slots" : shared.grants === "local" ? "cannot be asked: only the slots that we had before are used" : "grants nothing: " + shared.trouble,
    shared.validMs > 0 ? "ours end in " + seconds(shared.validMs) + " unless renewed" : "ours have ended",
    shared.roundTripMs === null ? "it has never answered" : "answered in " + shared.roundTripMs.toFixed(1) + " ms",
  ].join(" · ");
  const known = new Set(shared.members.map(({ member }) => member));
  const gone = {};
  for (const { owner } of shared.leases) if (!known.has(owner)) gone[owner] = (gone[owner] || 0) + 1;
  const row = (first, className, ...cells) => el("tr", { className }, el("td", {}, ...first), ...cells.map((text) => el("td", { textContent: text })));
  $("members").replaceChildren(
    ...shared.members.map(({ member, name, url, cap, ttlMs, leases }) => row(
      [url === null ? name : el("a", { href: url, rel: "noreferrer", textContent: name }), member === shared.member ? " (this one)" : ""],
      "", leases, cap === null ? "–" : cap, ttlMs === null ? "–" : seconds(ttlMs), shared.queue.includes(member) ? shared.queue.indexOf(member) + 1 : "–")),
    ...Object.entries(gone).map(([owner, count]) => row([instanceOf(owner) + " is not there (any more)"], "bad", count, "–", "–", "–")));
  $("drift").replaceChildren(...shared.drift.map((difference) => el("li", { textContent: difference })));
}

function showEnded(ended) {
  const rows = ended.slice(0, 50).map((stream) => el("li", { textContent: stream.at.slice(11, 19) + "  " + short(stream.contents[0]) + "  " + stream.reason }));
  $("ended").replaceChildren(...(rows.length ? rows : [el("li", { className: "none", textContent: "No stream has ended yet." })]));
}

function tell(line) {
  const what = line.type === undefined ? (names[line.engine] || line.engine) + "#" + line.slot + "  " + line.from + " → " + line.to + "  " + line.cause
    : line.type === "grant" ? "grant  " + (names[line.engine] || line.engine) + "  load " + line.load
    : line.type === "reject" ? "reject  " + line.code + "  " + line.message
    : line.type === "provision" ? "provision  " + line.outcome + "  " + line.detail : "";
  return what && line.at.slice(11, 23) + "  " + what + (line.content ? "  " + short(line.content) : "");
}

async function refresh() {
  try {
    const [engines, streams, queue, leases, journal] = await Promise.all([
      get("api/v1/engines"), get("api/v1/streams"), get("api/v1/queue"), get("api/v1/leases"), get("api/v1/journal?after=" + last)]);
    showLeases(leases);
    showEngines(engines.engines);
    showStreams(streams.streams);
    showEnded(streams.ended);
    for (const line of journal.lines) {
      last = line.seq;
      const text = tell(line);
      if (text) $("journal").prepend(el("li", { textContent: text }));
    }
    while ($("journal").childElementCount > 200) $("journal").lastElementChild.remove();
    const load = engines.engines.reduce((sum, engine) => sum + engine.load, 0);
    const places = engines.engines.reduce((sum, engine) => sum + engine.cap, 0);
    say(load + " of " + places + " places taken · " + streams.streams.length + " streams · " + queue.waiting.length + " waiting");
  } catch {
    say("the proxy does not answer; trying again…");
    last = 0;
    $("journal").replaceChildren();
  }
  setTimeout(refresh, 1000);
}
refresh();
`;
