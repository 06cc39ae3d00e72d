/**
 * What moves the page. The path stands in the address's hash (`#0,3,1`), so that a state can be linked and the
 * browser's own back button works; every change of it asks for the view at its end.
 */
import { SEQUENCE_JS } from "./sequence.ts";

export const PAGE_JS = `"use strict";
const $ = (id) => document.getElementById(id);
const fill = (node, props, children) => {
  for (const [name, value] of Object.entries(props)) if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  node.append(...children);
  return node;
};
const el = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);
const svg = (tag, props = {}, ...children) => fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
${SEQUENCE_JS}
// Slots: a shape and a letter for each state, besides the colour.
const SLOTS = {
  free: ["·", "free", ["circle", { cx: 24, cy: 24, r: 19 }]],
  pending: ["P", "pending", ["path", { d: "M24 2 46 24 24 46 2 24z" }]],
  active: ["A", "active", ["rect", { x: 5, y: 5, width: 38, height: 38, rx: 8 }]],
  released: ["R", "released, still held", ["path", { d: "M13 4h22l11 20-11 20H13L2 24z" }]],
  foreign: ["F", "somebody else’s", ["circle", { cx: 24, cy: 24, r: 20 }]],
};
const slot = (kind, changed) => {
  const [letter, , [tag, shape]] = SLOTS[kind];
  return svg("svg", { class: "slot " + kind, viewBox: "0 0 48 48", "aria-hidden": "true" },
    svg("g", { class: changed ? "changed" : null, "transform-origin": "24 24" },
      svg(tag, { class: "shape", ...shape }), svg("text", { x: 24, y: 24 }, letter)));
};
$("legend").append(...Object.keys(SLOTS).map((kind) => el("li", {}, slot(kind, false), SLOTS[kind][1])));

const pathOf = (hash) => hash.replace(/^#/, "").split(",").filter((part) => part !== "");
const hashOf = (path) => "#" + path.join(",");
let path = [];
let shown = null;
let asked = 0;
let byHand = false;
const opened = new Set();
const go = (next) => { byHand = true; location.hash = hashOf(next); };

async function load() {
  const mine = ++asked;
  path = pathOf(location.hash);
  try {
    const answer = await fetch("api/view?path=" + encodeURIComponent(path.join(",")));
    const body = await answer.json();
    if (mine !== asked) return;
    if (answer.ok) show(body);
    else fail(body.error.message);
  } catch {
    if (mine === asked) fail("The command that serves this page does not answer. Is it still running?");
  }
}

function fail(message) {
  $("alarm").replaceChildren(el("p", {}, el("strong", {}, "This state cannot be shown. "), message));
  $("alarm").hidden = false;
  $("start").disabled = $("back").disabled = path.length === 0;
  shown = null;
  document.body.className = "failed";
}

function show(view) {
  const before = shown;
  shown = view;
  document.body.className = "";
  const steps = view.path.length;
  const last = view.steps.at(-1);
  document.title = (steps === 0 ? "start" : "step " + steps) + " · " + view.world + " · aceslot explore";
  $("world").textContent = view.world;
  $("mutant").hidden = view.mutant === null;
  $("mutant").textContent = view.mutant === null ? "" : "bug: " + view.mutant;
  $("step").textContent = steps === 0 ? "the beginning" : steps === 1 ? "1 step" : steps + " steps";
  $("start").disabled = $("back").disabled = steps === 0;
  const broken = view.properties.filter((property) => property.status === "violated");
  $("alarm").hidden = broken.length === 0;
  $("alarm").replaceChildren(...broken.map((property) =>
    el("p", {}, el("strong", {}, "✘ " + property.name + ": "), property.sentence + " ", property.detail ?? "")));
  showEngines(view.engines, before?.engines ?? []);
  showChoices(view.enabled);
  $("sequence").replaceChildren(...drawSequence(view, $("sequence").clientWidth));
  $("sequence").scrollTop = $("sequence").scrollHeight;
  showProperties(view.properties);
  showSections(view.sections);
  $("said").textContent = (last ? "Step " + steps + ": " + last.happening + ". " : "The beginning. ") +
    view.enabled.length + (view.enabled.length === 1 ? " thing" : " things") + " may happen next." +
    (broken.length > 0 ? " Violated: " + broken.map((property) => property.name).join(", ") + "." : "");
  if (byHand) choices()[0]?.focus({ preventScroll: true });
  byHand = false;
}

// What an engine really carries, against its cap.
const meter = (carried, cap) => {
  const places = Math.max(carried, cap);
  return svg("svg", { class: "meter", viewBox: "0 0 " + places * 14 + " 12", height: 12, "aria-hidden": "true" },
    ...Array.from({ length: places }, (_, n) =>
      svg("rect", { x: n * 14 + 1, y: 1, width: 10, height: 10, rx: 2, class: n >= cap ? "much" : n < carried ? "full" : null })));
};

function showEngines(engines, before) {
  const cards = engines.map((engine) => {
    const old = before.find((each) => each.name === engine.name);
    const held = engine.slots.filter((state) => state !== "free").length;
    const cap = engine.slots.length;
    const load = held + engine.foreign;
    const over = load > cap || engine.carries > cap;
    const own = engine.slots.map((state, n) => [state, old !== undefined && old.slots[n] !== state]);
    const others = Array.from({ length: engine.foreign }, (_, n) => ["foreign", old !== undefined && n >= old.foreign]);
    // Streams of others take the places that are left; those beyond the cap stand behind.
    for (const other of others) {
      const free = own.findIndex(([state]) => state === "free");
      if (free >= 0) own[free] = other; else own.push(other);
    }
    const slots = own.map(([kind, changed]) => el("li", {}, slot(kind, changed), el("span", { class: "unseen" }, SLOTS[kind][1])));
    const carries = "carries " + engine.carries;
    return el("div", { class: over ? "engine over" : "engine" },
      el("h3", {}, engine.name, el("b", {}, load + " of " + cap)),
      el("ul", { class: "slots", "aria-label": "slots of " + engine.name }, ...slots),
      el("small", {}, over ? el("strong", {}, carries + ": over the cap") : carries, meter(engine.carries, cap)));
  });
  $("engines").replaceChildren(...(cards.length > 0 ? cards : [el("p", { class: "none" }, "No engine is known.")]));
}

const choices = () => [...document.querySelectorAll(".choice")];
function showChoices(enabled) {
  const all = enabled.map((choice, index) => ({ ...choice, index }));
  let key = 0;
  const group = (title, hint, fair) => {
    const some = all.filter((choice) => choice.fair === fair);
    if (some.length === 0) return [];
    return [el("h3", {}, title, el("small", {}, hint)), el("ul", {}, ...some.map((choice) => {
      key += 1;
      const button = el("button", { type: "button", class: fair ? "choice" : "choice maybe", "data-key": key },
        key < 10 ? el("kbd", { "aria-hidden": "true" }, key) : "", el("span", {}, choice.happening),
        choice.returns ? el("em", { title: "leads to a state that this path was in already" }, "↩ returns") : "");
      button.addEventListener("click", () => go([...path, choice.index]));
      return el("li", {}, button);
    }))];
  };
  const both = [...group("Must happen some day", "answers, timers", true), ...group("May happen, or never", "requests, faults", false)];
  $("choices").replaceChildren(...(both.length > 0 ? both : [el("p", { class: "none" }, "Nothing more can happen: this is an end.")]));
}

const MARKS = { violated: ["✘", "violated"], holds: ["✔", "holds"], idle: ["–", "not at issue here"] };
function showProperties(properties) {
  const of = (status) => properties.filter((property) => property.status === status);
  $("tally").textContent = Object.keys(MARKS).map((status) => [of(status).length, status]).filter(([n]) => n > 0)
    .map(([n, status]) => n + " " + (status === "holds" && n > 1 ? "hold" : status)).join(" · ");
  const rows = Object.keys(MARKS).flatMap((status) => of(status).map((property) => {
    const [sign, words] = MARKS[status];
    const row = el("details", { class: status, open: status === "violated" || opened.has(property.name) },
      el("summary", {}, el("i", { "aria-hidden": "true" }, sign), el("span", {}, property.name, el("span", { class: "unseen" }, ": " + words))),
      el("p", {}, property.sentence), property.detail === null ? "" : el("p", {}, property.detail));
    row.addEventListener("toggle", () => opened[row.open ? "add" : "delete"](property.name));
    return row;
  }));
  $("held").replaceChildren(...rows);
}

function showSections(sections) {
  $("sections").replaceChildren(...sections.map(({ title, lines }) => el("div", {}, el("h3", {}, title),
    el("ul", {}, ...(lines.length > 0 ? lines.map((line) => el("li", {}, line)) : [el("li", { class: "none" }, "–")])))));
}

const back = () => { if (path.length > 0) go(path.slice(0, -1)); };
$("back").addEventListener("click", back);
$("start").addEventListener("click", () => go([]));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = choices();
  const at = all.indexOf(document.activeElement);
  const digit = all.find((choice) => choice.dataset.key === event.key && event.key.length === 1);
  if (event.key === "ArrowDown") all[(at + 1) % all.length]?.focus();
  else if (event.key === "ArrowUp") all.at(at < 0 ? -1 : at - 1)?.focus();
  else if (event.key === "Backspace") back();
  else if (event.key === "Home") go([]);
  else if (digit) digit.click();
  else return;
  event.preventDefault();
});
addEventListener("hashchange", load);
addEventListener("resize", () => { if (shown) $("sequence").replaceChildren(...drawSequence(shown, $("sequence").clientWidth)); });
load();
`;
