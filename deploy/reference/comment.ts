/** Comments as Markdown. */
import { type Comment, type CommentDisplayPart, Reflection } from "typedoc";

/** From a name that is told of to its place, as seen from the page in hand; null: it has none. */
export type Linker = (reflection: Reflection) => string | null;

export function partsText(parts: readonly CommentDisplayPart[], linkTo: Linker): string {
  return parts
    .map((part) => {
      if (part.kind !== "inline-tag") return part.text;
      const target = part.target instanceof Reflection ? linkTo(part.target) : part.target;
      const words = part.target instanceof Reflection ? `\`${part.text}\`` : part.text;
      return typeof target === "string" ? `[${words}](${target})` : words;
    })
    .join("")
    .trim();
}

/** `@throws {RangeError} If …` begins with the error's name. */
const tagText = (comment: Comment, tag: `@${string}`, linkTo: Linker): string[] =>
  comment.getTags(tag).map(({ content, typeAnnotation }) => {
    const text = partsText(content, linkTo);
    if (typeAnnotation === undefined) return text;
    return `\`${typeAnnotation.replace(/^\{(.*)\}$/, "$1")}\` ${text.replace(/^(If|Where|When)\b/, (word) => word.toLowerCase())}`;
  });

/** What it is, what it answers, what goes wrong, how it looks in use: paragraphs. */
export function commentText(comment: Comment | undefined, linkTo: Linker): string[] {
  if (!comment) return [];
  const answers = tagText(comment, "@returns", linkTo);
  const errors = tagText(comment, "@throws", linkTo);
  const remarks = tagText(comment, "@remarks", linkTo);
  return [
    partsText(comment.summary, linkTo),
    ...remarks,
    ...answers.map((text) => `**Returns** ${text}`),
    ...(errors.length > 1
      ? [`**Throws**\n\n${errors.map((text) => `- ${text}`).join("\n")}`]
      : errors.map((text) => `**Throws** ${text}`)),
    ...tagText(comment, "@example", linkTo).map(example),
  ].filter((text) => text !== "");
}

/** The pages' blocks are run by Bun; what only Deno has is not. */
const example = (text: string): string =>
  /^(const \w+ = )?Deno\.serve\(/m.test(text)
    ? text.replace(/^```ts/m, "<!-- not run: it serves until it is stopped, on Deno -->\n```ts")
    : text;

/** For a table's cell; its default stands in a column of its own. */
export function cellText(comment: Comment | undefined, linkTo: Linker): string {
  if (!comment) return "";
  const errors = tagText(comment, "@throws", linkTo).map((text) => `Throws ${text}`);
  const answers = tagText(comment, "@returns", linkTo).map((text) => `Returns ${text}`);
  const what = partsText(comment.summary, linkTo).replace(SAID_ALONE, (_, before: string) =>
    before === "" ? "" : ".",
  );
  return [what.trim(), ...answers, ...errors].filter((text) => text !== "").join(" ");
}

/** What prose says of a default, where that is a value and not a rule. */
const SAID =
  /\bdefault:? (`[^`]+`|"[^"]*"|-?\d[\d_.]*(?: [KMG]iB)?(?!\w)|true|false|none|nothing|nowhere)(?! but)/i;
const SAID_ALONE = new RegExp(`([;,]?) ?${SAID.source}\\.(?=\\s|$)`, "i");

/** From `@default 20000`, else from "Default 20000" in the words. */
export function defaultOf(comment: Comment | undefined): string {
  const tag = comment?.getTag("@defaultValue") ?? comment?.getTag("@default");
  const textOf = (parts: readonly CommentDisplayPart[]): string =>
    parts
      .map((part) => part.text)
      .join("")
      .trim();
  if (!tag)
    return (
      SAID.exec(textOf(comment?.summary ?? []))?.[1]
        ?.replaceAll("`", "")
        .replace(/\.$/, "") ?? ""
    );
  const text = textOf(tag.content);
  // TypeDoc puts a fence around it.
  return /^```\w*\n([\s\S]*?)\n?```$/.exec(text)?.[1]?.trim() ?? text.replaceAll("`", "");
}
