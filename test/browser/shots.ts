/**
 * Makes the README's pictures of the page: `bun test/browser/shots.ts [FOLDER]`. The demo runs for a while first, so
 * that there is something to see.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BINARY, bareEnvironment, scratchFolder } from "../support/binary.ts";
import { DESK, type Look, openBrowser, openDashboard, PHONE } from "../support/dashboard.ts";
import { run } from "../support/media-programs.ts";
import { until } from "../support/until.ts";

const FOLDER = process.argv[2] ?? join(import.meta.dir, "../../docs/images");
const SHOW_MS = 120_000;
const PALETTE = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none";
/** So many seconds of charts. */
const SAMPLES_MS = 75_000;
const SHOTS: readonly (readonly [name: string, look: Look])[] = [
  ["dashboard-light", { scheme: "light", size: DESK }],
  ["dashboard-dark", { scheme: "dark", size: DESK }],
  ["dashboard-phone", { scheme: "dark", size: PHONE }],
];

const demo = spawn(BINARY, ["demo", "--listen", "127.0.0.1:0"], {
  env: bareEnvironment(),
  stdio: ["ignore", "pipe", "inherit"],
});
let told = "";
demo.stdout.on("data", (chunk) => {
  told += String(chunk);
});
await using folder = await scratchFolder();
const browser = await openBrowser();
try {
  const url = await until("the demo says where it is", () => /Dashboard +(\S+)/.exec(told)?.[1]);
  await until("the audience is there", () => told.includes("with an audience"), SHOW_MS);
  const opened = await Promise.all(SHOTS.map(([, look]) => openDashboard(browser, url, look)));
  await new Promise((resolve) => setTimeout(resolve, SAMPLES_MS));
  // Some moments say more than others.
  await until(
    "much of it plays",
    async () => (await opened[0]?.slots())?.flat().filter((look) => look === "active").length === 7,
    SHOW_MS,
  );
  for (const [at, [name]] of SHOTS.entries()) {
    const page = opened[at]?.page;
    await page?.bringToFront();
    const whole = join(folder.path, `${name}.png`);
    await page?.screenshot({ path: whole as `${string}.png` });
    // A page has few colours: this is a third of the bytes.
    await run("ffmpeg", ["-i", whole, "-vf", PALETTE, join(FOLDER, `${name}.png`)]);
  }
} finally {
  await browser.close();
  demo.kill("SIGTERM");
}
