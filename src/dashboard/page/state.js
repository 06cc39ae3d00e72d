// @ts-check
/** All that the page knows. Whoever changes it calls `changed`; views read it and keep nothing. */
import { History } from "./history.js";
import { shortHash } from "./words.js";

/** @typedef {import("./types.d.ts").Figures} Figures @typedef {import("./types.d.ts").Line} Line @typedef {import("./types.d.ts").Channel} Channel */

export const LINES_MAX = 400;

export const state = {
  /** @type {import("./types.d.ts").Hello | null} */
  hello: null,
  /** @type {import("./types.d.ts").Ready | null} */
  ready: null,
  /** @type {Figures | null} */
  figures: null,
  history: new History(),
  /** Newest first. @type {Line[]} */
  lines: [],
  /** @type {readonly Channel[]} */
  channels: [],
  /** Sources of channels that could not be read, in words. @type {readonly string[]} */
  channelTroubles: [],
  /** Why nothing is heard; null: it is. @type {{ why: string, sinceMs: number } | null} */
  lost: null,
  /** What was done by hand and did not work. @type {string | null} */
  trouble: null,
  /** Things that are open. */
  open: { streams: /** @type {Set<number>} */ (new Set()), ended: false },
  /** What waits for a second press: `stop 7`, `client 3`. @type {string | null} */
  asked: null,
  channelSearch: { text: "", group: "", shown: 0 },
  feed: {
    text: "",
    kind: "all",
    /** The lines as they were when it was paused. */
    paused: /** @type {Line[] | null} */ (null),
  },
  playText: "",
  /** What is wrong with it. @type {string | null} */
  playFault: null,
};

/** @type {Map<string, string>} */
let names = new Map();

/** @param {readonly Channel[]} channels */
export function takeChannels(channels) {
  state.channels = channels;
  names = new Map(channels.map((channel) => [channel.content, channel.name]));
}

/** A channel's name for any of the names of its content; null: no channel is known. @param {readonly (string | null)[]} contents */
export function channelName(contents) {
  for (const content of contents) {
    const name = content === null ? undefined : names.get(content);
    if (name !== undefined) return name;
  }
  return null;
}

/** What to call it. @param {readonly (string | null)[]} contents */
export const titleOf = (contents) => channelName(contents) ?? shortHash(contents[0]);

/** By its id. @param {string | null | undefined} id */
export const engineName = (id) =>
  state.figures?.engines.find((engine) => engine.id === id)?.name ?? id ?? "–";

/** @type {() => void} */
let render = () => {};
let due = false;

/** @param {() => void} how */
export function renderBy(how) {
  render = how;
}

/** Shows what is new, at most once for each frame. */
export function changed() {
  if (due) return;
  due = true;
  // A page that nobody sees gets no frames, and is to be right when somebody looks.
  const go = () => {
    due = false;
    render();
  };
  if (document.visibilityState === "visible") requestAnimationFrame(go);
  else setTimeout(go, 200);
}

/** Shows it at once, for whoever goes on with what is shown. */
export function show() {
  render();
}

/** Tells a screen reader, in one short sentence. @param {string} words */
export function say(words) {
  const live = document.getElementById("live");
  if (live && live.textContent !== words) live.textContent = words;
}
