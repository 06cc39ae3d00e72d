/**
 * Makes the README's pictures of the page: `bun test/browser/shots.ts [FOLDER]`. The demo runs for a while first, so
 * that there is something to see.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BINARY, bareEnvironment } from "../support/binary.ts";
import { DESK, type Look, openBrowser, openDashboard, PHONE } from "../support/dashboard.ts";
import { until } from "../support/until.ts";

const FOLDER = process.argv[2] ?? join(import.meta.dir, "../../docs/images");
const SHOW_MS = 120_000;
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
    await page?.screenshot({ path: `${join(FOLDER, name)}.png`, optimizeForSpeed: false });
  }
} finally {
  await browser.close();
  demo.kill("SIGTERM");
}
