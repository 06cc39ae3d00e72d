// @ts-check
/** The proxies that share a store of leases, where there is one. */
import { state } from "./state.js";
import { html, nothing } from "./vendor/lit-html.js";

/** @typedef {import("./types.d.ts").Leases} Leases */

/** @param {number | null} ms */
const seconds = (ms) => (ms === null ? "–" : `${(ms / 1000).toFixed(ms % 1000 ? 1 : 0)} s`);
/** What comes before the first slash of a member. @param {string} member */
const instanceOf = (member) => member.split("/")[0] ?? member;

export function leases() {
  const shared = state.figures?.leases;
  if (!shared || shared.store === null) return nothing;
  const known = new Set(shared.members.map(({ member }) => member));
  /** @type {Map<string, number>} */
  const gone = new Map();
  for (const { owner } of shared.leases) if (!known.has(owner)) gone.set(owner, (gone.get(owner) ?? 0) + 1);
  return html`<section class="panel" id="leases" aria-labelledby="leases-title">
    <div class="head"><h2 id="leases-title">Proxies</h2><code class="soft" id="store">${shared.store}</code></div>
    <p id="lease-state" class=${shared.grants === "shared" ? "soft" : "hot"}>${stateWords(shared)}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Proxies that share the store"><table>
      <thead><tr><th scope="col">Proxy</th><th scope="col">Slots</th><th scope="col">Cap</th><th scope="col">Term</th><th scope="col">Turn</th></tr></thead>
      <tbody id="members">
        ${shared.members.map(
          ({ member, name, url, cap, ttlMs, leases: count }) => html`<tr>
          <th scope="row">${url === null ? name : html`<a href=${url} rel="noreferrer">${name}</a>`}${member === shared.member ? " (this one)" : ""}</th>
          <td>${count}</td><td>${cap ?? "–"}</td><td>${seconds(ttlMs)}</td><td>${shared.queue.includes(member) ? shared.queue.indexOf(member) + 1 : "–"}</td>
        </tr>`,
        )}
        ${[...gone].map(([owner, count]) => html`<tr class="hot"><th scope="row">${instanceOf(owner)} is not there (any more)</th><td>${count}</td><td>–</td><td>–</td><td>–</td></tr>`)}
      </tbody>
    </table></div>
    ${shared.drift.length === 0 ? nothing : html`<ul id="drift" class="hot">${shared.drift.map((words) => html`<li>${words}</li>`)}</ul>`}
  </section>`;
}

/** @param {Leases} shared */
function stateWords({ grants, trouble, validMs, roundTripMs }) {
  return [
    grants === "shared"
      ? "grants slots"
      : grants === "local"
        ? "cannot be asked: only the slots that we had before are used"
        : `grants nothing: ${trouble}`,
    (validMs ?? 0) > 0 ? `ours end in ${seconds(validMs)} unless renewed` : "ours have ended",
    roundTripMs === null ? "it has never answered" : `answered in ${roundTripMs.toFixed(1)} ms`,
  ].join(" · ");
}
