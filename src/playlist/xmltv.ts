/**
 * Takes a guide in XMLTV apart into its channels and programmes, each as it stands, so that several guides can be
 * put together. It reads in pieces and keeps only what is not yet complete; a parser would hand out values instead
 * of the text, and not one of them kept up with a guide of 200 MB. What nests wrongly is refused, since a player
 * would stop there and lose whatever comes behind it.
 */
import { toldBriefly } from "../net/exchange.ts";
import { GUIDE_DEPTH_MAX, GUIDE_ELEMENT_CHARS_MAX, GUIDE_TAG_CHARS_MAX } from "./limits.ts";

export class GuideError extends Error {}

export interface GuideElement {
  readonly kind: "channel" | "programme";
  /** The channel's id, or the one that the programme is on; `&amp;` and `&#38;` are the same in it. */
  readonly channel: string;
  readonly text: string;
}

/**
 * A comment, CDATA, an instruction, a declaration, or a tag; quoted values may hold `>`. Of a tag both the name and
 * what follows it are taken whole or not at all (that is what looking ahead is for): one that never ends would else
 * be tried again for each of its letters.
 */
const TOKEN =
  /<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>|!(?:DOCTYPE|doctype)[^[>]*[[>]|\/([^\s>]+)\s*>|([^\s!?/>"'<]+)(?=[\s/>])(?=((?:[^>"'<]+|"[^"<]*"|'[^'<]*')*))\3>)/sy;

/** Feed it text with `write`, then call `end`. Both throw a {@link GuideError} where the guide is not sound. */
export class GuideSlicer {
  /** The `<tv …>` tag, once it was read. */
  root = "";
  #text = "";
  /** Of `#text`: what is before it was read. */
  #at = 0;
  /** Of `#text`: where the element that is being read begins; -1: none is. */
  #begins = -1;
  #open: string[] = [];
  #element: Pick<GuideElement, "kind" | "channel"> | null = null;
  #ended = false;
  readonly #emit: (element: GuideElement) => void;

  constructor(emit: (element: GuideElement) => void) {
    this.#emit = emit;
  }

  write(piece: string): void {
    this.#text += piece;
    for (;;) {
      const next = this.#text.indexOf("<", this.#at);
      this.#at = next === -1 ? this.#text.length : next;
      TOKEN.lastIndex = this.#at;
      const match = next === -1 ? null : TOKEN.exec(this.#text);
      if (match === null) break;
      const [token, closed, opened, rest = ""] = match;
      this.#at += token.length;
      if (closed !== undefined) this.#close(closed, this.#at);
      else if (opened !== undefined) this.#openTag(opened, rest, token, next, this.#at);
      else if (token.endsWith("["))
        throw new GuideError("it declares entities of its own, which are not read");
    }
    const keep = this.#begins === -1 ? this.#at : this.#begins;
    this.#text = this.#text.slice(keep);
    this.#at -= keep;
    if (this.#begins !== -1) this.#begins = 0;
    refuseLonger(this.#text.length, GUIDE_ELEMENT_CHARS_MAX);
    // One that is not complete is looked at again with each piece.
    if (/^<[^!?]/.test(this.#text.slice(this.#at, this.#at + 2)))
      refuseLonger(this.#text.length - this.#at, GUIDE_TAG_CHARS_MAX);
  }

  end(): void {
    if (this.root === "") throw new GuideError("it is no XMLTV: there is no <tv> in it");
    if (!this.#ended) throw new GuideError("it was cut off: its <tv> never ends");
  }

  #openTag(name: string, rest: string, token: string, from: number, to: number): void {
    if (this.#ended) throw new GuideError(`<${told(name)}> stands behind its end`);
    const selfClosing = rest.endsWith("/") || (rest === "" && name.endsWith("/"));
    const plain = name.replace(/\/$/, "");
    if (this.#open.length === 0) {
      if (plain !== "tv") throw new GuideError(`it is no XMLTV: it begins with <${told(plain)}>`);
      this.root = selfClosing ? token.replace(/\s*\/>$/, ">") : token;
      if (selfClosing) this.#ended = true;
    } else if (this.#open.length === 1 && (plain === "channel" || plain === "programme")) {
      this.#begins = from;
      this.#element = { kind: plain, channel: attributeOf(rest, plain === "channel" ? "id" : "channel") };
    }
    if (!selfClosing) {
      if (this.#open.length >= GUIDE_DEPTH_MAX)
        throw new GuideError(`more than ${GUIDE_DEPTH_MAX} elements stand within each other`);
      this.#open.push(plain);
    } else if (this.#open.length === 1) this.#finish(to);
  }

  #close(name: string, to: number): void {
    const open = this.#open.pop();
    if (open !== name)
      throw new GuideError(`</${told(name)}> closes ${open === undefined ? "nothing" : `<${told(open)}>`}`);
    if (this.#open.length === 1) this.#finish(to);
    if (this.#open.length === 0) this.#ended = true;
  }

  #finish(to: number): void {
    if (this.#element === null) return;
    this.#emit({ ...this.#element, text: this.#text.slice(this.#begins, to) });
    this.#begins = -1;
    this.#element = null;
  }
}

/** A name of the guide's, for a message. */
const told = (name: string): string => toldBriefly(name).slice(0, 40);

function refuseLonger(chars: number, max: number): void {
  if (chars > max) throw new GuideError(`something in it is longer than ${max / 1024} KiB, or never ends`);
}

const attributeNamed = (name: string): RegExp => new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`);
/** Made once: a guide has a million elements. */
const VALUES = { id: attributeNamed("id"), channel: attributeNamed("channel") };

function attributeOf(rest: string, name: keyof typeof VALUES): string {
  const [, double, single] = VALUES[name].exec(rest) ?? [];
  const written = double ?? single ?? "";
  if (!/[&\t\r\n]/.test(written)) return written;
  return written
    .replaceAll(/[\t\r\n]/g, " ")
    .replaceAll(
      /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g,
      (whole, decimal: string | undefined, hex: string | undefined, word = "") => {
        const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
        return ENTITIES.get(word) ?? (code <= 0x10ffff ? String.fromCodePoint(code) : whole);
      },
    );
}

/** The five that XML knows by itself; others are declared, which is refused. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);
