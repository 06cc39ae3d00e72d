/** The order of a page: which headings it has, what stands below each, and where a name is found. */
import { type DeclarationReflection, type Reflection, ReflectionKind } from "typedoc";
import ts from "typescript";
import type { Entry } from "./entries.ts";
import { groupBy } from "./group.ts";
import type { Module } from "./read.ts";

/** Where the entry does not say under which heading its names stand. */
const KINDS: readonly (readonly [string, ReflectionKind])[] = [
  ["Functions", ReflectionKind.Function],
  ["Classes", ReflectionKind.Class],
  ["Types", ReflectionKind.Interface | ReflectionKind.TypeAlias],
  ["Constants", ReflectionKind.Variable],
];

export interface Section {
  readonly title: string;
  readonly members: readonly DeclarationReflection[];
}

const rank = (one: DeclarationReflection): number => KINDS.findIndex(([, kind]) => one.kindOf(kind));

/**
 * As the entry lists its exports: a comment of one line above some of them, `// Reports: …`, is a heading up to its
 * colon or full stop. Below a heading: what is called before what is given.
 */
export function sectionsOf({ reflection, file }: Module): Section[] {
  const own = (reflection.children ?? []).filter((child) => !child.kindOf(ReflectionKind.Reference));
  const headings = headingsIn(file);
  const kindOf = (one: DeclarationReflection): string => KINDS[rank(one)]?.[0] ?? "";
  const byTitle = groupBy(own, (one) => headings.get(one.name) ?? kindOf(one));
  const titles = new Set([...headings.values(), ...KINDS.map(([title]) => title)]);
  return [...titles].flatMap((title) => {
    const members = byTitle.get(title);
    return members ? [{ title, members: members.sort((a, b) => rank(a) - rank(b)) }] : [];
  });
}

/** From an exported name to the heading above it. */
function headingsIn(file: ts.SourceFile): Map<string, string> {
  const headings = new Map<string, string>();
  let heading: string | null = null;
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) continue;
    const comments = ts.getLeadingCommentRanges(file.text, statement.pos) ?? [];
    const said = comments
      .map(({ pos, end }) => file.text.slice(pos, end))
      .findLast((text) => text.startsWith("//"));
    if (said) heading = /^\/\/ ([^:.]+)/.exec(said)?.[1] ?? heading;
    if (heading === null || !ts.isNamedExports(statement.exportClause)) continue;
    for (const { name } of statement.exportClause.elements) headings.set(name.text, heading);
  }
  return headings;
}

/** Where each name is told of: `check.md#checkmodel`. */
export class Places {
  readonly #places = new Map<Reflection, string>();
  readonly #names = new Map<string, DeclarationReflection[]>();
  readonly #modules = new Map<Reflection, Entry>();

  constructor(modules: readonly Module[]) {
    for (const module of modules) {
      this.#modules.set(module.reflection, module.entry);
      this.#add(module);
    }
  }

  /** Of what is told of, or of what it is a part of; null: nothing of it is. */
  of(target: Reflection, page: string): string | null {
    for (let at: Reflection | undefined = target; at; at = at.parent) {
      const place = this.#places.get(at) ?? this.#modules.get(at)?.page;
      if (place !== undefined) return fromPage(page, place);
    }
    return null;
  }

  /** Of a type with this name, on the page in hand if it is there. */
  ofType(name: string, page: string): string | null {
    return this.named(name, page, page, false);
  }

  /** Of a name as `home` tells of it, or whoever does, as seen from `page`. */
  named(name: string, home: string, page: string, values = true): string | null {
    const all = this.#names.get(name)?.filter((one) => values || !one.kindOf(ReflectionKind.Variable)) ?? [];
    const found = all.map((one) => this.#places.get(one) ?? "");
    const place = found.find((one) => one.startsWith(`${home}#`)) ?? found[0];
    return place === undefined ? null : fromPage(page, place);
  }

  /** Anchors are made as forges make them: in lower case, and numbered where a page has the heading already. */
  #add(module: Module): void {
    const taken = new Map<string, number>();
    const anchor = (heading: string): string => {
      const slug = heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-");
      const times = taken.get(slug) ?? 0;
      taken.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    };
    anchor(module.entry.name);
    for (const { title, members } of sectionsOf(module)) {
      anchor(title);
      for (const member of members) {
        this.#places.set(member, `${module.entry.page}#${anchor(member.name)}`);
        this.#names.set(member.name, [...(this.#names.get(member.name) ?? []), member]);
      }
    }
  }
}

const fromPage = (page: string, place: string): string =>
  place.startsWith(`${page}#`) ? place.slice(page.length) : place;
