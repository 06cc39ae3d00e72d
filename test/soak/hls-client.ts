/** A player of HLS: asks for the playlist again and again and takes each new segment; it leaves by asking no more. */

const POLL_MS = 1_000;

export interface HlsCounts {
  segments: number;
  bytes: number;
  /** Answers other than 200, by status. */
  refused: number;
}

/** Plays until the signal. Never rejects: whatever goes wrong, it begins anew. */
export async function watchHls(
  base: string,
  content: string,
  agent: string,
  counts: HlsCounts,
  signal: AbortSignal,
): Promise<void> {
  const headers = { "user-agent": agent };
  const had = new Set<string>();
  while (!signal.aborted) {
    try {
      const url = `${base}/ace/manifest.m3u8?id=${content}`;
      const answer = await fetch(url, { headers, signal });
      const text = await answer.text();
      if (answer.status !== 200) counts.refused += 1;
      for (const line of text.split("\n")) {
        if (answer.status !== 200 || line === "" || line.startsWith("#") || had.has(line)) continue;
        had.add(line);
        const segment = await fetch(new URL(line, url), { headers, signal });
        const bytes = await segment.arrayBuffer();
        if (segment.status !== 200) counts.refused += 1;
        else {
          counts.segments += 1;
          counts.bytes += bytes.byteLength;
        }
      }
    } catch {
      // Broken off, or it has left.
    }
    await pause(POLL_MS, signal);
  }
}

/** Resolves after so long, or at the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
