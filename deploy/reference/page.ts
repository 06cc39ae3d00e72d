/** The page of one entry point. */
import { type DeclarationReflection, ReflectionKind, SignatureReflection } from "typedoc";
import ts from "typescript";
import { commentText, type Linker, partsText } from "./comment.ts";
import { groupBy } from "./group.ts";
import { type Places, type Section, sectionsOf } from "./layout.ts";
import type { Module, Sources } from "./read.ts";
import type { Exported, Surface } from "./surface.ts";
import { memberTable, ownMembers, type TypeLinker } from "./table.ts";

export interface Pages {
  readonly sources: Sources;
  readonly surface: Surface;
  readonly places: Places;
}

export function entryPage(module: Module, pages: Pages): string {
  const { entry, reflection } = module;
  const exported = pages.surface.get(entry) ?? [];
  const teller = new Teller(entry.page, exported, pages);
  const sections = sectionsOf(module);
  return `${[
    `# ${entry.name}`,
    "<!-- Made from the comments in the sources by `make reference`; changes here are lost. -->",
    ...commentText(reflection.comment, teller.linkTo),
    [...contents(sections, teller), ...elsewhere(exported, module, pages.places)].join("\n"),
    ...sections.flatMap(({ title, members }) => [`## ${title}`, ...members.map((one) => teller.tell(one))]),
  ].join("\n\n")}\n`;
}

const contents = (sections: readonly Section[], { linkTo }: Teller): string[] =>
  sections.map(({ title, members }) => {
    const links = members.map((one) => `[\`${one.name}\`](${linkTo(one)})`);
    return `- **${title}**: ${links.join(" · ")}`;
  });

/** What this entry exports as well, and another page tells of. */
function elsewhere(exported: readonly Exported[], { entry }: Module, places: Places): string[] {
  const others = groupBy(
    exported.filter(({ home }) => home !== entry),
    ({ home }) => home,
  );
  return [...others].map(([home, names]) => {
    const links = names.map(
      ({ name }) => `[\`${name}\`](${places.named(name, home.page, entry.page) ?? home.page})`,
    );
    return `- **From [${home.name}](${home.page})**, here as well: ${links.join(" · ")}`;
  });
}

/** Tells of names on one page. */
class Teller {
  readonly #declarations: ReadonlyMap<string, string>;

  constructor(
    readonly page: string,
    exported: readonly Exported[],
    readonly pages: Pages,
  ) {
    this.#declarations = new Map(exported.map(({ name, text }) => [name, text]));
  }

  readonly linkTo: Linker = (target) => this.pages.places.of(target, this.page);

  /** Type parameters have names of their own, and literals none. */
  readonly #linkType =
    (own: ReadonlySet<string>): TypeLinker =>
    (type) => {
      for (const [name] of type.replaceAll(/"[^"]*"/g, "").matchAll(/[A-Za-z_]\w*/g)) {
        const place = own.has(name) ? null : this.pages.places.ofType(name, this.page);
        if (place !== null) return place;
      }
      return null;
    };

  tell(one: DeclarationReflection): string {
    const table = one.kindOf(ReflectionKind.ClassOrInterface)
      ? memberTable(ownMembers(one), {
          sources: this.pages.sources,
          linkTo: this.linkTo,
          linkType: this.#linkType(new Set(one.typeParameters?.map(({ name }) => name))),
        })
      : "";
    const [first = [], ...overloads] = (one.signatures ?? [one]).map((told) => this.#told(told));
    const [what = "", ...more] = first;
    return [
      `### ${one.name}${one.kindOf(ReflectionKind.Function) ? "()" : ""}`,
      table === "" ? fenced(this.#declaration(one)) : heading(one),
      what,
      table,
      this.#inherited(one),
      ...more,
      ...overloads.flat(),
    ]
      .filter((part) => part !== "")
      .join("\n\n");
  }

  /** In words: what it is, its parameters, what comes of it. */
  #told(one: DeclarationReflection | SignatureReflection): string[] {
    const parameters = one instanceof SignatureReflection ? (one.parameters ?? []) : [];
    const about = parameters.flatMap(({ name, comment }) =>
      comment ? [`- \`${name}\`: ${partsText(comment.summary, this.linkTo)}`] : [],
    );
    const [what = "", ...more] = commentText(one.comment, this.linkTo);
    return [what, about.join("\n"), ...more];
  }

  /** What it has besides, from what it extends. */
  #inherited(one: DeclarationReflection): string {
    const bases = new Set((one.children ?? []).map((member) => member.inheritedFrom?.reflection?.parent));
    const links = [...bases].flatMap((base) => (base ? [`[\`${base.name}\`](${this.linkTo(base)})`] : []));
    return links.length === 0 ? "" : `Besides, all of ${links.join(", ")}.`;
  }

  /** Aliases keep the comments of their parts: what those say stands nowhere else. */
  #declaration(one: DeclarationReflection): string {
    const node = this.pages.sources.declarationsOf(one)[0];
    const text = node && ts.isTypeAliasDeclaration(node) ? node.getText() : this.#declarations.get(one.name);
    return (text ?? "").replaceAll(/^(export )?(declare )?/gm, "");
  }
}

const fenced = (declaration: string): string => `\`\`\`typescript\n${declaration}\n\`\`\``;

/** What a table does not tell: type parameters, and what it extends. */
function heading(one: DeclarationReflection): string {
  const parameters = (one.typeParameters ?? []).map(({ name, default: byDefault }) =>
    byDefault ? `${name} = ${byDefault.toString()}` : name,
  );
  const isClass = one.kindOf(ReflectionKind.Class);
  const base = (one.extendedTypes ?? []).map((type) => type.toString());
  if (parameters.length === 0 && !isClass) return "";
  return `\`${isClass ? "class " : ""}${one.name}${parameters.length > 0 ? `<${parameters.join(", ")}>` : ""}${
    isClass && base.length > 0 ? ` extends ${base.join(", ")}` : ""
  }\``;
}
