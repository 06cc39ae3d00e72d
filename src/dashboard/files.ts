/**
 * The page's files, as a browser asks for them. They are in the program as text (deploy/text-modules.ts makes those
 * modules); this one is loaded with the first request for one of them, so that a proxy at which nobody looks pays nothing.
 */
import { FONTS } from "./fonts.data.ts";
import { PAGE } from "./page.data.ts";
import { VENDOR } from "./vendor.data.ts";

export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

const { "index.html": index, ...page } = PAGE;

export const INDEX: PageFile = of("index.html", index);

/** By their paths below `assets/`. */
export const ASSETS: ReadonlyMap<string, PageFile> = new Map(
  Object.entries({
    ...page,
    ...VENDOR,
    // Its script makes one variable; the page imports a module.
    "vendor/uplot.js": `${VENDOR["vendor/uplot.js"]}\nexport default uPlot;\n`,
    ...fonts(),
  }).map(([path, body]) => [path, of(path, body)]),
);

function of(path: string, body: PageFile["body"]): PageFile {
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (type === undefined) throw new TypeError(`${path}: a file of the page whose type nobody knows`);
  return { type, body };
}

function fonts(): Record<string, PageFile["body"]> {
  return Object.fromEntries(Object.entries(FONTS).map(([path, text]) => [path, fromBase64(text)]));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
