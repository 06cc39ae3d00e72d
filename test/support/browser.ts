/** A real browser that plays a stream with hls.js, on a page of another origin than the proxy's. */
import { createRequire } from "node:module";
import { join } from "node:path";
import puppeteer, { type Page } from "puppeteer-core";
import { until } from "./until.ts";

/** Debian's; its own codecs play H.264 and AAC. */
export const CHROMIUM = "/usr/bin/chromium";
/** A container's `/dev/shm` may be too small for it. */
export const CHROMIUM_FLAGS = [
  ...["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  ...["--mute-audio", "--autoplay-policy=no-user-gesture-required"],
] as const;
/** Of which there may be many, on few processors. */
export const CHROMIUM_STARTS_MS = 60_000;
const HLS_SCRIPT = createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js");

const PAGE = `<!doctype html><meta charset="utf-8"><title>player</title>
<style>body { margin: 0 } video { width: 640px; height: 360px; background: #000 }</style>
<video muted autoplay playsinline></video>
<script src="/hls.js"></script>
<script>
  const video = document.querySelector("video");
  const seen = { errors: [], breaks: 0 };
  // A busy machine decodes nothing for a moment now and then, which is no fault of the stream.
  const hls = new Hls({ detectStallWithCurrentTimeMs: 15000 });
  hls.on(Hls.Events.ERROR, (_, { type, details, fatal }) => seen.errors.push({ type, details, fatal }));
  hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => { seen.breaks = Math.max(seen.breaks, frag.cc); });
  hls.loadSource(decodeURIComponent(location.hash.slice(1)));
  hls.attachMedia(video);
  globalThis.look = () => ({
    seconds: video.currentTime,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    width: video.videoWidth,
    paused: video.paused,
    ...seen,
  });
</script>`;

export interface Looked {
  /** The player's own time line. */
  readonly seconds: number;
  /** Decoded so far. */
  readonly frames: number;
  /** Of the picture; 0 until there is one. */
  readonly width: number;
  readonly paused: boolean;
  readonly errors: readonly { readonly type: string; readonly details: string; readonly fatal: boolean }[];
  /** Discontinuities up to the segment that is shown. */
  readonly breaks: number;
}

export interface BrowserPlayer extends AsyncDisposable {
  look(): Promise<Looked>;
  /** Resolves when `check` likes what is seen. */
  sees(what: string, check: (looked: Looked) => boolean, deadlineMs?: number): Promise<Looked>;
  /** The picture as a PNG. A copy stays in the folder that ACESLOT_SHOTS names, if it is set. */
  shot(): Promise<Uint8Array>;
}

export async function playInBrowser(url: string): Promise<BrowserPlayer> {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) =>
      new URL(request.url).pathname === "/hls.js"
        ? new Response(Bun.file(HLS_SCRIPT))
        : new Response(PAGE, { headers: { "Content-Type": "text/html" } }),
  });
  await using started = new AsyncDisposableStack();
  started.defer(() => server.stop(true));
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    pipe: true,
    args: [...CHROMIUM_FLAGS],
    timeout: CHROMIUM_STARTS_MS,
  });
  started.defer(() => browser.close());
  const page: Page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.port}/#${encodeURIComponent(url)}`);
  // From here on it is the player that ends them, whatever has thrown before.
  const ends = started.move();
  const player: BrowserPlayer = {
    look: () => page.evaluate("look()") as Promise<Looked>,
    async sees(what, check, deadlineMs) {
      let last: Looked | null = null;
      try {
        return await until(
          what,
          async () => {
            last = await player.look();
            return check(last) && last;
          },
          deadlineMs,
        );
      } catch (error) {
        throw new Error(`${String(error)}: ${JSON.stringify(last)}`);
      }
    },
    async shot() {
      const shot = await page.screenshot({ clip: { x: 0, y: 0, width: 640, height: 360 } });
      const folder = process.env.ACESLOT_SHOTS;
      if (folder !== undefined) await Bun.write(join(folder, `${Date.now()}.png`), shot);
      return shot;
    },
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
  return player;
}
