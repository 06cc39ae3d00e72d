/** What people do at the page, with a real browser: watch, see a stream move, stop one, end a client. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "puppeteer-core";
import { contentId } from "../../src/sim/index.ts";
import { openBrowser, openDashboard } from "../support/dashboard.ts";
import { engineWorld, PATIENCE_MS, PLAYS_BYTES, UNHURRIED } from "../support/faults.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 120_000;
/** A browser that decodes on the processor alone, beside others that do, needs some time for its first frames. */
const PICTURE_MS = 60_000;
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const framesOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.querySelector("video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0);

describe("the page", () => {
  test.concurrent(
    "plays a stream by itself, with a picture that moves, and nothing that its policy refuses",
    async () => {
      await using world = await engineWorld(1, { picture: true, args: UNHURRIED });
      await using dashboard = await openDashboard(browser, `${world.proxy.url}/`);
      const { page } = dashboard;
      await page.type("#play-text", `acestream://${contentId(0)}`);
      await page.keyboard.press("Enter");
      await until("there is a picture", async () => (await framesOf(page)) > 10, PICTURE_MS);
      const before = await framesOf(page);
      await until("the picture moves", async () => (await framesOf(page)) > before + 25, PICTURE_MS);
      expect(await page.evaluate(() => document.querySelector("video")?.videoWidth)).toBe(640);
      await until("it says nothing any more", () =>
        page.$eval("#player .told", (told) => told.textContent === ""),
      );
      // The engine's own count: the page took part in one stream.
      expect(world.starts()).toBe(1);
      await until("the cell shows it", async () => (await dashboard.slots()).flat().join() === "active");
      await page.keyboard.press("Escape");
      await until("the player is gone", () => page.evaluate(() => !document.querySelector("dialog[open]")));
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("play-text");
      expect([await dashboard.refused(), dashboard.thrown]).toEqual([[], []]);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "says in the proxy's words why something does not play",
    async () => {
      // It waits for long enough that a slow browser shows it.
      await using world = await engineWorld(1, { args: ["--queue-timeout", "10s", ...UNHURRIED] });
      await world.playing(0);
      await using dashboard = await openDashboard(browser, `${world.proxy.url}/`);
      await dashboard.page.type("#play-text", contentId(1));
      await dashboard.page.keyboard.press("Enter");
      await dashboard.shows("Waiting\n1");
      const told = "#player .told.bad";
      await dashboard.page.waitForSelector(told, { timeout: PATIENCE_MS });
      expect(await dashboard.page.$eval(told, (element) => element.textContent)).toBe(
        "All engines are full.",
      );
    },
    LIMIT_MS,
  );

  test.concurrent(
    "shows a stream go on from another engine when its own dies, without being loaded anew",
    async () => {
      await using world = await engineWorld(2, { args: UNHURRIED });
      const player = await world.playing(0);
      await using dashboard = await openDashboard(browser, `${world.proxy.url}/`);
      const { page } = dashboard;
      await page.evaluate(() => Object.assign(globalThis, { mark: "here" }));
      await page.waitForSelector(".stream .facts dd");
      const engine = (): Promise<string> =>
        page.$eval(".stream .facts dd", (element) => (element.textContent ?? "").split("#")[0] ?? "");
      const first = await engine();
      const victim = world.engines.find(({ address }) => address === first);
      const other = world.engines.find(({ address }) => address !== first);
      await victim?.kill();
      await until("it plays elsewhere", async () => (await engine()) === other?.address, PATIENCE_MS);
      await dashboard.shows("set aside after");
      await until(
        "the cell shows it",
        async () => (await dashboard.slots()).flat().filter((look) => look === "active").length === 1,
      );
      expect(await page.evaluate("mark")).toBe("here");
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(dashboard.thrown).toEqual([]);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "stops a stream at the second press, frees its slot, and says why it stopped",
    async () => {
      await using world = await engineWorld(1, { args: UNHURRIED });
      const player = await world.playing(0);
      await using dashboard = await openDashboard(browser, `${world.proxy.url}/`);
      const { page } = dashboard;
      expect(await dashboard.slots()).toEqual([["active"]]);
      await dashboard.press("[data-ask^=stream-]");
      await page.waitForSelector("[data-sure^=stream-]");
      // The question can be taken back.
      await until("the question has the focus", () =>
        page.evaluate(() => document.activeElement?.hasAttribute("data-sure") === true),
      );
      await page.keyboard.press("Escape");
      await page.waitForSelector("[data-ask^=stream-]");
      expect(player.over).toBeNull();
      await dashboard.press("[data-ask^=stream-]");
      await dashboard.press("[data-sure^=stream-]");
      await until("the slot is free", async () => (await dashboard.slots()).flat().join() === "free");
      await until("the player is told", () => player.over === "broken");
      await dashboard.shows("Nothing plays.");
      await page.waitForSelector(".ended li");
      const [why = ""] = await page.$$eval(".ended li", (entries) =>
        entries.map((entry) => entry.textContent ?? ""),
      );
      expect(why).toContain("ended by hand");
      expect(why).toContain(contentId(0).slice(0, 8));
    },
    LIMIT_MS,
  );

  test.concurrent(
    "lists a stream's clients, and ends one of them",
    async () => {
      await using world = await engineWorld(1, { args: UNHURRIED });
      const [stays, goes] = [
        await world.playing(0, { headers: { "User-Agent": "VLC/3.0.21" } }),
        await world.playing(0, { headers: { "User-Agent": "<b>Kodi</b>" } }),
      ];
      await using dashboard = await openDashboard(browser, `${world.proxy.url}/`);
      await dashboard.press(".people");
      await dashboard.shows("VLC/3.0.21");
      await dashboard.shows("<b>Kodi</b>");
      await dashboard.press(".clients li:last-child [data-ask]");
      await dashboard.press(".clients li:last-child [data-sure]");
      await until("it is ended", () => goes.over === "broken");
      await until("one is left", () =>
        dashboard.page.$$eval(".clients li", (entries) => entries.length === 1),
      );
      await stays.got(stays.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(stays.over).toBeNull();
    },
    LIMIT_MS,
  );
});
