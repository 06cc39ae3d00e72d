/**
 * What is inside Bun's runtime, which every binary carries: its own page about licences, as the pinned bun-types
 * package has it, in the same version as the runtime. Only deploy/ imports this.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

const PAGE = "node_modules/bun-types/docs/project/license.mdx";
const Package = z.object({ version: z.string() });

export type RuntimePart = { name: string; licence: string; url: string | null };
export type Runtime = { version: string; page: string; parts: readonly RuntimePart[] };

/** @throws Error if the page is of another version than the runtime, or names no parts. */
export function bunRuntime(): Runtime {
  const version = versionOf("node_modules/bun/package.json");
  const ofPage = versionOf("node_modules/bun-types/package.json");
  if (version !== ofPage)
    throw new Error(`bun is ${version}, and bun-types, which names its parts, is ${ofPage}; pin one version`);
  const page = readFileSync(PAGE, "utf8").replace(/^---\n.*?\n---\n+/s, "");
  const parts = runtimeParts(page);
  if (parts.length === 0)
    throw new Error(`${PAGE}: no table of linked libraries in it any more; read it anew`);
  // The engine is told of in words there, not in the table.
  const engine = {
    name: "WebKit (JavaScriptCore)",
    licence: "LGPL-2",
    url: "https://github.com/oven-sh/webkit",
  };
  return { version, page, parts: [engine, ...parts] };
}

/** The rows of the page's tables: `| [name](url) | licence |`, with links and code marks taken off. */
export function runtimeParts(page: string): RuntimePart[] {
  return [...page.matchAll(/^\|(.+?)\|(.+?)\|\s*$/gm)]
    .map(([, name = "", licence = ""]) => ({
      name: plain(name),
      licence: plain(licence),
      url: name.match(/\((https:[^)\s]+)\)/)?.[1] ?? null,
    }))
    .filter(({ name }) => !/^(-+|Library|Package)$/.test(name));
}

function plain(cell: string): string {
  return cell
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("`", "")
    .trim();
}

function versionOf(path: string): string {
  return Package.parse(JSON.parse(readFileSync(path, "utf8"))).version;
}
