/**
 * What the page weighs, file by file, and how soon something is seen: `bun test/browser/weight.ts`. Printed rather
 * than asserted: figures belong to the machine that they were measured on.
 */
import { startBinary } from "../support/binary.ts";
import { openBrowser, openDashboard } from "../support/dashboard.ts";

const OPENED = 5;

await using proxy = await startBinary(["--engine", "127.0.0.1:9", "--state-dir", "none"]);
const browser = await openBrowser();
const paints: number[] = [];
const paths = new Set<string>();
for (let n = 0; n < OPENED; n++) {
  await using dashboard = await openDashboard(browser, `${proxy.url}/`);
  paints.push(
    await dashboard.page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    ),
  );
  for (const url of dashboard.asked)
    if (/\/(assets\/.*)?$/.test(new URL(url).pathname)) paths.add(new URL(url).pathname);
}
await browser.close();

const size = async (path: string, coding: string): Promise<number> => {
  const answer = await fetch(`${proxy.url}${path}`, {
    headers: { "Accept-Encoding": coding },
    decompress: false,
  });
  return (await answer.arrayBuffer()).byteLength;
};
const row = (name: string, raw: number, gzip: number): void =>
  console.log(`${name.padEnd(36)} ${String(raw).padStart(8)} ${String(gzip).padStart(8)}`);
console.log(`${"file".padEnd(36)} ${"bytes".padStart(8)} ${"gzip".padStart(8)}`);
let [raws, gzips] = [0, 0];
for (const path of paths) {
  const [raw, gzip] = [await size(path, "identity"), await size(path, "gzip")];
  raws += raw;
  gzips += gzip;
  row(path, raw, gzip);
}
row("all, to open the page", raws, gzips);
row(
  "/assets/vendor/hls.js (when it plays)",
  await size("/assets/vendor/hls.js", "identity"),
  await size("/assets/vendor/hls.js", "gzip"),
);
console.log(`first contentful paint, ms: ${paints.map((ms) => ms.toFixed(0)).join(" ")}`);
