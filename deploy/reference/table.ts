/** Members of interfaces, classes and option types, as tables. */
import {
  type Comment,
  type DeclarationReflection,
  type Reflection,
  ReflectionKind,
  ReflectionType,
  type SomeType,
} from "typedoc";
import ts from "typescript";
import { cellText, defaultOf, type Linker } from "./comment.ts";
import { callText, typeText } from "./declare.ts";
import type { Sources } from "./read.ts";

interface Row {
  readonly name: string;
  readonly type: string;
  readonly byDefault: string;
  readonly text: string;
}

/** From a type's text to the place of the first name in it that is told of; null: there is none. */
export type TypeLinker = (type: string) => string | null;

export interface TableTools {
  readonly sources: Sources;
  readonly linkTo: Linker;
  readonly linkType: TypeLinker;
}

/** Members of its own: what it extends is told of elsewhere. */
export const ownMembers = (one: DeclarationReflection): DeclarationReflection[] =>
  (one.children ?? []).filter((member) => member.inheritedFrom?.reflection === undefined);

/** The table of all members, in the order of the source; "" where there are none. */
export function memberTable(members: readonly DeclarationReflection[], tools: TableTools): string {
  const rows = members.flatMap((member) => rowsOf(member, "", tools));
  if (rows.length === 0) return "";
  const hasDefaults = rows.some(({ byDefault }) => byDefault !== "");
  const head = ["", "type", ...(hasDefaults ? ["default"] : []), "meaning"];
  const lines = rows.map(({ name, type, byDefault, text }) => [
    code(name),
    linked(type, tools.linkType),
    ...(hasDefaults ? [byDefault === "" ? "" : code(byDefault)] : []),
    text,
  ]);
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.map(cell).join(" | ")} |`)
    .join("\n");
}

const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
const cell = (text: string): string => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");

function linked(type: string, linkType: TypeLinker): string {
  const place = linkType(type);
  return place === null ? code(type) : `[${code(type)}](${place})`;
}

/** One for the member itself, and one for each documented member of a plain object that it holds. */
function rowsOf(member: DeclarationReflection, before: string, tools: TableTools): Row[] {
  const { sources, linkTo } = tools;
  const node = sources.declarationsOf(member)[0];
  const comment = commentOf(member);
  const isMethod = member.kindOf(ReflectionKind.Method);
  const isConstructor = member.kindOf(ReflectionKind.Constructor);
  const optional = member.flags.isOptional ? "?" : "";
  const name = `${before}${isConstructor ? "constructor" : nameText(member)}${optional}${isMethod ? "()" : ""}`;
  const whole = node ? memberType(node, sources.checker) : "";
  // What may be left out may be undefined.
  const type = optional === "" ? whole : whole.replace(/ \| undefined$/, "");
  const row = { name, type, byDefault: defaultOf(comment), text: cellText(comment, linkTo) };
  const inner = innerMembers(member.type).filter((one) => commentOf(one) !== undefined);
  return [row, ...inner.flatMap((one) => rowsOf(one, `${before}${nameText(member)}.`, tools))];
}

/** Well-known symbols come as `[asyncDispose]`. */
const nameText = ({ name }: Reflection): string =>
  name.replace(/^\[(asyncDispose|dispose|asyncIterator|iterator)\]$/, "[Symbol.$1]");

/** A method's or getter's comment is its signature's. */
function commentOf(member: DeclarationReflection): Comment | undefined {
  return member.comment ?? member.signatures?.[0]?.comment ?? member.getSignature?.comment;
}

function memberType(node: ts.Declaration, checker: ts.TypeChecker): string {
  if (ts.isConstructorDeclaration(node)) return callText(node, checker, null);
  if (ts.isMethodSignature(node) || ts.isMethodDeclaration(node)) return callText(node, checker, " => ");
  return typeText(node as ts.PropertySignature, checker);
}

function innerMembers(type: SomeType | undefined): readonly DeclarationReflection[] {
  if (!type) return [];
  if (type instanceof ReflectionType) return type.declaration.children ?? [];
  if (type.type === "union") return type.types.flatMap(innerMembers);
  if (type.type === "array") return innerMembers(type.elementType);
  if (type.type === "typeOperator") return innerMembers(type.target);
  return [];
}
