/** What a player and a browser get of a proxy, whoever runs it. */
import { contentId } from "../../src/sim/index.ts";

const ENOUGH_BYTES = 400_000;

/** The status of each path, by its path. */
export async function statuses(url: string, paths: readonly string[]): Promise<Record<string, number>> {
  const answers = await Promise.all(
    paths.map(async (path) => {
      const answer = await fetch(url + path);
      await answer.arrayBuffer();
      return [path, answer.status] as const;
    }),
  );
  return Object.fromEntries(answers);
}

/** Watches a content for a while, then leaves; whole packets, as far as one reads. */
export async function watch(
  url: string,
  content = 1,
): Promise<{ status: number; packets: number; broken: number }> {
  const answer = await fetch(`${url}/ace/getstream?id=${contentId(content)}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= ENOUGH_BYTES) break;
  }
  const all = Buffer.concat(parts);
  const packets = Math.floor(all.length / 188);
  const broken = Array.from({ length: packets }, (_, n) => all[n * 188]).filter(
    (byte) => byte !== 0x47,
  ).length;
  return { status: answer.status, packets, broken };
}
