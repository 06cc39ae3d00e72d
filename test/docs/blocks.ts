/** The fenced blocks of the pages: where they stand, in which language, and whether the page says that they are not run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../..");

export interface Block {
  /** Relative to the repository. */
  readonly page: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  /** "" where the page names none. */
  readonly language: string;
  readonly text: string;
  /** From `<!-- not run: reason -->` on the line before the fence, or null. */
  readonly notRun: string | null;
}

/** README.md, docs/ and deploy/, in order. */
export function pages(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
  return ["README.md", ...[...below("docs"), ...below("deploy")].sort()];
}

export function blocksOf(page: string, source = readFileSync(join(ROOT, page), "utf8")): Block[] {
  const blocks: Block[] = [];
  const lines = source.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const opening = /^( *)(`{3,})(\S*)\s*$/.exec(lines[at] ?? "");
    if (opening === null) continue;
    const [, indent = "", fence = "", language = ""] = opening;
    const end = lines.findIndex((line, index) => index > at && line.trimEnd() === indent + fence);
    if (end === -1) throw new Error(`${page}:${at + 1}: the block is not closed`);
    const before = lines[at - 1] ?? "";
    blocks.push({
      page,
      line: at + 1,
      language,
      text: lines
        .slice(at + 1, end)
        .map((line) => line.slice(indent.length))
        .join("\n"),
      notRun: /<!-- not run: (.+?) -->/.exec(before)?.[1] ?? null,
    });
    at = end;
  }
  return blocks;
}

export const allBlocks = (): Block[] => pages().flatMap((page) => blocksOf(page));

export const placeOf = ({ page, line }: Block): string => `${page}:${line}`;
