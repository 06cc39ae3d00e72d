/** Are the playlists and guides there, and are they what they should be? */
import { open } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { isUrl, withoutSecrets } from "../config/sources.ts";
import { wordsOf } from "../playlist/fetching.ts";
import { type Finding, fail, ok } from "./finding.ts";
import { ANSWER_MS, SOURCE_BYTES } from "./limits.ts";
import type { Patient } from "./patient.ts";

export async function checkSources({
  settings: { playlists, guides },
  inContainer,
}: Patient): Promise<Finding[]> {
  const all = [
    ...playlists.map((source) => ({ source, what: "playlist", isIt: isPlaylist })),
    ...guides.map((source) => ({ source, what: "guide", isIt: isGuide })),
  ];
  return Promise.all(
    all.map(async ({ source, what, isIt }) => {
      const name = withoutSecrets(source);
      try {
        const begun = beginningOf(isUrl(source) ? await fetched(source) : await readFrom(source));
        if (isIt(begun)) return ok(what, `${name} can be read`);
        return fail({
          what,
          found: `${name} is there, and is no ${what}`,
          why: "no channel comes from it",
          fix: /^\s*<(?:!doctype )?html/i.test(begun)
            ? "it is a web page; give the address of the file itself, for one on a forge that of its raw text"
            : `give one that begins with ${what === "playlist" ? "#EXTM3U" : "<tv"}`,
        });
      } catch (error) {
        const isFile = !isUrl(source);
        return fail({
          what,
          found: `${name}: ${messageOf(error)}`,
          why: "no channel comes from it until it can be read",
          fix: isFile
            ? inContainer
              ? [
                  "mount it into the container; in the compose file:",
                  "  services:",
                  "    aceslot:",
                  `      volumes: ["./playlist.m3u:${source}:ro"]`,
                ].join("\n")
              : "correct the path, and let this user read it"
            : `try  curl -sSL '${name}' | head  from here, and correct the URL`,
        });
      }
    }),
  );
}

async function fetched(url: string): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), decompress: true });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`it answers with status ${answer.status}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    parts.push(value);
    bytes += value.length;
    if (bytes >= SOURCE_BYTES) {
      await reader?.cancel();
      break;
    }
  }
  return Buffer.concat(parts);
}

async function readFrom(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SOURCE_BYTES), 0, SOURCE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Its text; what is packed is unpacked as far as it came. */
function beginningOf(bytes: Buffer): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString();
  // What was cut off is no fault.
  return gunzipSync(bytes, { finishFlush: 2 }).toString();
}

const isPlaylist = (text: string): boolean =>
  /^\uFEFF?\s*#EXTM3U/.test(text) || /acestream:\/\/|^\s*[0-9a-f]{40}\s*$/im.test(text);
const isGuide = (text: string): boolean => /<tv[\s>]/.test(text);

function messageOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  // A failure to connect is told with the whole URL, secrets among it.
  return wordsOf(error).replace(/https?:\S+/g, "…");
}
