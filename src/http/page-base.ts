/**
 * The page below a prefix that somebody took off on the way (a framework that mounts us): whether it was asked for with
 * a slash at its end nobody can tell any more, so it is told where it is. Elsewhere its relative addresses do.
 */
import type { PageFile } from "../dashboard/files.ts";

/** Pages that are kept: one for each prefix and token by which they were asked for. */
const PAGES_KEPT = 8;

export class BasedPages {
  readonly #pages = new Map<string, PageFile>();

  /** The page with its own address in it: `/tv/`, with a slash at its end. */
  at(path: string, page: PageFile): PageFile {
    const known = this.#pages.get(path);
    if (known !== undefined) return known;
    const text = typeof page.body === "string" ? page.body : new TextDecoder().decode(page.body);
    const based = { ...page, body: text.replace("<head>", `<head>\n<base href="${escaped(path)}">`) };
    const [oldest] = this.#pages.keys();
    if (oldest !== undefined && this.#pages.size >= PAGES_KEPT) this.#pages.delete(oldest);
    this.#pages.set(path, based);
    return based;
  }
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
