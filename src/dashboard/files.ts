/**
 * The page's files, as a browser asks for them. They are in the program as text; this module is loaded with the first
 * request for one of them, so that a proxy at which nobody looks pays nothing.
 */
import hls from "hls.js/dist/hls.light.min.mjs" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
// By path: its package has other files for programs that run outside a browser.
import * as litDirective from "../../node_modules/lit-html/directive.js" with { type: "text" };
import * as litHelpers from "../../node_modules/lit-html/directive-helpers.js" with { type: "text" };
import * as litRepeat from "../../node_modules/lit-html/directives/repeat.js" with { type: "text" };
import * as lit from "../../node_modules/lit-html/lit-html.js" with { type: "text" };
import { FONTS } from "./fonts.data.ts";
import acting from "./page/acting.js" with { type: "text" };
import channels from "./page/channels.js" with { type: "text" };
import chart from "./page/chart.js" with { type: "text" };
import decisions from "./page/decisions.js" with { type: "text" };
import dialogsCss from "./page/dialogs.css" with { type: "text" };
import ended from "./page/ended.js" with { type: "text" };
import engines from "./page/engines.js" with { type: "text" };
import feed from "./page/feed.js" with { type: "text" };
import glyphs from "./page/glyphs.js" with { type: "text" };
import header from "./page/header.js" with { type: "text" };
import history from "./page/history.js" with { type: "text" };
import iconSvg from "./page/icon.svg" with { type: "text" };
import index from "./page/index.html" with { type: "text" };
import leases from "./page/leases.js" with { type: "text" };
import links from "./page/links.js" with { type: "text" };
import listsCss from "./page/lists.css" with { type: "text" };
import lookCss from "./page/look.css" with { type: "text" };
import main from "./page/main.js" with { type: "text" };
import place from "./page/place.js" with { type: "text" };
import playbox from "./page/playbox.js" with { type: "text" };
import player from "./page/player.js" with { type: "text" };
import queue from "./page/queue.js" with { type: "text" };
import state from "./page/state.js" with { type: "text" };
import streams from "./page/streams.js" with { type: "text" };
import wallCss from "./page/wall.css" with { type: "text" };
import words from "./page/words.js" with { type: "text" };

export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

const JS = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

// Bun's types take HTML for a bundle, which it is not as text.
export const INDEX: PageFile = { type: "text/html; charset=utf-8", body: index as unknown as string };

/** By their paths below `assets/`. */
export const ASSETS: ReadonlyMap<string, PageFile> = new Map([
  ...of(JS, {
    "acting.js": acting,
    "channels.js": channels,
    "chart.js": chart,
    "decisions.js": decisions,
    "ended.js": ended,
    "engines.js": engines,
    "feed.js": feed,
    "glyphs.js": glyphs,
    "header.js": header,
    "history.js": history,
    "leases.js": leases,
    "links.js": links,
    "main.js": main,
    "place.js": place,
    "playbox.js": playbox,
    "player.js": player,
    "queue.js": queue,
    "state.js": state,
    "streams.js": streams,
    "words.js": words,
    "vendor/lit-html.js": textOf(lit),
    "vendor/directive.js": textOf(litDirective),
    "vendor/directive-helpers.js": textOf(litHelpers),
    "vendor/directives/repeat.js": textOf(litRepeat),
    // Its module is not minified; the script makes one variable.
    "vendor/uplot.js": `${uplot}\nexport default uPlot;\n`,
    "vendor/hls.js": hls,
  }),
  ...of(CSS, {
    "look.css": lookCss,
    "wall.css": wallCss,
    "lists.css": listsCss,
    "dialogs.css": dialogsCss,
    "vendor/uplot.css": uplotCss,
  }),
  ...of("image/svg+xml", { "icon.svg": iconSvg }),
  ...of(
    "font/woff2",
    Object.fromEntries(Object.entries(FONTS).map(([name, text]) => [`fonts/${name}`, fromBase64(text)])),
  ),
]);

/** As text, a module has nothing but a default; its own types say otherwise. */
function textOf(module: object): string {
  const { default: text } = module as { readonly default?: unknown };
  if (typeof text !== "string") throw new TypeError("a file of the page was not taken in as text");
  return text;
}

function of(type: string, files: Readonly<Record<string, PageFile["body"]>>): [string, PageFile][] {
  return Object.entries(files).map(([path, body]) => [path, { type, body }]);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
