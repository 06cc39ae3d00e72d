import { VERSION } from "../version.ts";

/** `aceslot 0.1.0 (bun 1.4.5, linux x64)` */
export function versionLine(): string {
  const { bun, deno, node } = process.versions as Readonly<Record<string, string | undefined>>;
  const runtime = bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node ?? "?"}`;
  return `aceslot ${VERSION} (${runtime}, ${process.platform} ${process.arch})`;
}
