// @ts-check
/** Small drawings. Each state of a slot has its own form, so that colour is never the only sign. */
import { html, nothing, svg } from "./vendor/lit-html.js";

/** @typedef {"free" | "pending" | "active" | "released" | "foreign" | "claimed"} Look */

/** What each look is called, and means. @type {Readonly<Record<Look, readonly [word: string, meaning: string]>>} */
export const LOOKS = {
  free: ["free", "takes a stream at once"],
  pending: ["pending", "a stream is being started here"],
  active: ["active", "a stream plays here"],
  released: ["released", "its stream is over, but the engine has not confirmed that yet"],
  foreign: ["foreign", "somebody else’s: a stream that this proxy did not start"],
  claimed: ["claimed", "another proxy’s, which shares the store"],
};

/** @type {Readonly<Record<Look, import("./vendor/lit-html.js").TemplateResult>>} */
const FORMS = {
  free: svg`<circle cx="8" cy="8" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 2"/>`,
  pending: svg`<path d="M8 2.5a5.5 5.5 0 1 1-5.5 5.5" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>`,
  active: svg`<path d="M4.5 3v10l8.5-5z" fill="currentColor"/>`,
  released: svg`<path d="M8 2.5v7m-3-3 3 3 3-3M3.5 13h9" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`,
  foreign: svg`<path d="M8 2.5 13.5 8 8 13.5 2.5 8z" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round"/><circle cx="8" cy="8" r="1.4" fill="currentColor"/>`,
  claimed: svg`<rect x="3" y="7" width="10" height="6.5" rx="1.5" fill="currentColor"/><path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none" stroke="currentColor" stroke-width="1.8"/>`,
};

/** @param {Look} look */
export const glyph = (look) =>
  html`<svg class="glyph ${look}" viewBox="0 0 16 16" aria-hidden="true">${FORMS[look]}</svg>`;

const ICONS = {
  play: svg`<path d="M5 3.2v9.6L12.8 8z" fill="currentColor"/>`,
  link: svg`<path d="M6.6 9.4 9.4 6.6M7.3 4.7l1.5-1.5a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.7 11.3l-1.5 1.5a2.8 2.8 0 0 1-4-4l1.5-1.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>`,
  stop: svg`<rect x="4" y="4" width="8" height="8" rx="1.5" fill="currentColor"/>`,
  people: svg`<circle cx="8" cy="5.2" r="2.7" fill="currentColor"/><path d="M2.8 13.5c.4-2.9 2.5-4.2 5.2-4.2s4.8 1.3 5.2 4.2z" fill="currentColor"/>`,
  close: svg`<path d="m4 4 8 8m0-8-8 8" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>`,
  more: svg`<path d="m4 6 4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`,
};

/** @param {keyof typeof ICONS} name */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${ICONS[name]}</svg>`;

/** A small curve with the ground below it filled. @param {readonly number[] | undefined} values */
export function pulse(values) {
  if (!values || values.length < 3) return nothing;
  // What an engine sends at once at the start would press all that follows flat.
  const usual = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const top = Math.min(Math.max(...values), Math.max(usual * 1.4, 0.1)) * 1.15;
  const [width, height] = [100, 30];
  const points = values.map((value, at) => {
    const x = (at / (values.length - 1)) * width;
    return `${x.toFixed(1)} ${Math.max(1, height - (value / top) * height).toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return html`<svg class="pulse" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" aria-hidden="true">${svg`<path class="ground" d="${line}L${width} ${height}L0 ${height}z"/><path class="curve" d=${line} vector-effect="non-scaling-stroke"/>`}</svg>`;
}
