/** The page for everybody: by keyboard, with a screen reader, on a phone, in the dark, and with hostile names. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "puppeteer-core";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { scratchFolder, startBinary } from "../support/binary.ts";
import { type Dashboard, DESK, openBrowser, openDashboard, PHONE } from "../support/dashboard.ts";
import { PATIENCE_MS, PLAYS_BYTES, SHORT_UNHURRIED } from "../support/faults.ts";
import { type Player, play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 120_000;
const EVIL = '<img src=x onerror="evil=1">';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Something of everything: streams, a foreign one, one that has ended, channels, and names that mean no good. */
async function busyScene() {
  await using made = new AsyncDisposableStack();
  const folder = made.use(await scratchFolder());
  const playlist = join(folder.path, "channels.m3u");
  const entries = Array.from({ length: 5_000 }, (_, at) =>
    [
      `#EXTINF:-1 tvg-chno="${at + 1}" group-title="${at % 2 ? "Odd" : EVIL.replaceAll('"', "'")}",Channel ${at + 1} ${EVIL}`,
      `acestream://${contentId(at)}`,
    ].join("\n"),
  );
  await Bun.write(playlist, `#EXTM3U\n${entries.join("\n")}\n`);
  const world = made.use(await startWorld({ engines: 3, media: bareMedia, unreadSessionMs: 3_000 }));
  const [first] = world.engines;
  if (first === undefined) throw new Error("a world needs an engine");
  world.orchestrator.relist(world.orchestrator.containerIdOf(first), { containerName: EVIL });
  world.orchestrator.addForeignStream(first, "ab".repeat(20));
  const proxy = made.use(
    await startBinary([
      ...["--orchestrator", world.url, "--max-streams-per-engine", "2", "--playlist", playlist],
      ...SHORT_UNHURRIED,
    ]),
  );
  const players: Player[] = [];
  made.defer(() => {
    for (const player of players) player.leave();
  });
  for (const content of [0, 0, 1, 2]) {
    const player = play(`${proxy.url}/ace/getstream?id=${contentId(content)}`, {
      headers: { "User-Agent": EVIL },
    });
    players.push(player);
    await player.got(PLAYS_BYTES, PATIENCE_MS);
  }
  players.pop()?.leave();
  const ends = made.move();
  return { url: `${proxy.url}/`, [Symbol.asyncDispose]: () => ends.disposeAsync() };
}

let scene: Awaited<ReturnType<typeof busyScene>>;
beforeAll(async () => {
  scene = await busyScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

/** With all that can be opened on the page open. */
async function openAll(look: Parameters<typeof openDashboard>[2]): Promise<Dashboard> {
  const dashboard = await openDashboard(browser, scene.url, look);
  await dashboard.page.waitForSelector(".channel");
  await dashboard.page.waitForSelector(".ended li");
  await dashboard.press(".people");
  await dashboard.page.waitForSelector(".clients li");
  return dashboard;
}

describe("axe finds nothing wrong", () => {
  for (const [name, look] of [
    ["in the light", { scheme: "light", size: DESK }],
    ["in the dark", { scheme: "dark", size: DESK }],
    ["on a phone", { scheme: "dark", size: PHONE }],
  ] as const)
    test(
      `${name}, with the page full, a question asked, links open and the player open`,
      async () => {
        await using dashboard = await openAll(look);
        await dashboard.press("[data-ask^=stream-]");
        await dashboard.page.waitForSelector("[data-sure]");
        expect(await dashboard.axe()).toEqual([]);
        await dashboard.press(".stream [aria-label^=Links]");
        await dashboard.page.waitForSelector("#links[open]");
        expect(await dashboard.axe("#links")).toEqual([]);
        await dashboard.page.keyboard.press("Escape");
        await dashboard.press(".stream [aria-label^=Play]");
        await dashboard.page.waitForSelector("#player[open]");
        expect(await dashboard.axe("#player")).toEqual([]);
      },
      LIMIT_MS,
    );
});

describe("on a small screen", () => {
  test(
    "nothing stands out, and fingers find every button",
    async () => {
      await using dashboard = await openAll({ size: PHONE });
      const { page } = dashboard;
      for (const width of [360, 390, 768]) {
        await page.setViewport({ ...PHONE, width });
        const drawn = () => page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        await until("it is drawn", async () => (await drawn())[1] === width);
        expect(await drawn()).toEqual([width, width]);
        const small = await page.$$eval("button, input, select", (elements) =>
          elements
            .map((element) => ({ box: element.getBoundingClientRect(), of: element.outerHTML.slice(0, 90) }))
            .filter(({ box }) => box.height > 0 && (box.height < 40 || box.width < 40))
            .map(({ box, of }) => `${box.width}×${box.height} ${of}`),
        );
        expect(small).toEqual([]);
      }
    },
    LIMIT_MS,
  );
});

describe("by keyboard", () => {
  test(
    "everything is reached in order, and what has the focus is seen",
    async () => {
      await using dashboard = await openAll({});
      const { page } = dashboard;
      const wanted = await page.evaluate(() => {
        const all = [
          ...document.querySelectorAll<HTMLElement>("a[href], button, input, select, [tabindex='0']"),
        ];
        const seen = all.filter(
          (element) => !element.closest("dialog, noscript") && element.checkVisibility(),
        );
        for (const [at, element] of seen.entries()) element.dataset.walk = String(at);
        return seen.length;
      });
      expect(wanted).toBeGreaterThan(60);
      const reached = new Set<string>();
      const unseen: string[] = [];
      for (let press = 0; press < wanted + 5; press++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement | null;
          if (element === null || element === document.body) return null;
          const { outlineStyle, outlineWidth } = getComputedStyle(element);
          const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
          return { walk: element.dataset.walk ?? element.outerHTML, isSeen };
        });
        if (at === null) break;
        reached.add(at.walk);
        if (!at.isSeen) unseen.push(at.walk);
      }
      expect([reached.size, unseen]).toEqual([wanted, []]);
      expect([...reached].map(Number)).toEqual(Array.from({ length: wanted }, (_, at) => at));
    },
    LIMIT_MS,
  );

  test(
    "the first stop skips to the engines; a dialog keeps the focus, and Escape gives it back",
    async () => {
      await using dashboard = await openAll({});
      const { page } = dashboard;
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await until("it is there", () => page.evaluate(() => document.activeElement?.id === "engines"));
      const opener = ".stream [aria-label^=Play]";
      await page.focus(opener);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#player[open]");
      const outside: string[] = [];
      for (let press = 0; press < 12; press++) {
        await page.keyboard.press("Tab");
        const where = await page.evaluate(() =>
          document.activeElement === document.body || document.activeElement?.closest("#player")
            ? null
            : (document.activeElement?.outerHTML ?? ""),
        );
        if (where !== null) outside.push(where);
      }
      expect(outside).toEqual([]);
      await page.keyboard.press("Escape");
      await until("it is closed", () => page.evaluate(() => !document.querySelector("dialog[open]")));
      expect(await page.evaluate((selector) => document.activeElement?.matches(selector), opener)).toBe(true);
    },
    LIMIT_MS,
  );
});

describe("what comes from outside", () => {
  test(
    "stays text: names of engines, channels, groups and players",
    async () => {
      await using dashboard = await openAll({});
      const { page } = dashboard;
      await until("the engine's name is there", () =>
        page.$$eval(".card h3", (names, evil) => names.some((name) => name.textContent === evil), EVIL),
      );
      await dashboard.shows(`Channel 1 ${EVIL}`);
      expect(await page.$eval(".clients .who", (who) => who.innerHTML)).toContain("&lt;img");
      await dashboard.press(".stream [aria-label^=Links]");
      await page.waitForSelector("#links[open]");
      expect(await page.$eval("#links h2", (title) => title.textContent)).toContain(EVIL);
      expect(await page.$$eval("img", (images) => images.length)).toBe(0);
      expect(await page.evaluate("typeof evil")).toBe("undefined");
      expect([await dashboard.refused(), dashboard.thrown]).toEqual([[], []]);
    },
    LIMIT_MS,
  );

  test(
    "does not slow it down: of 5,000 channels it draws a few, and finds any",
    async () => {
      await using dashboard = await openAll({});
      const { page } = dashboard;
      expect(await page.$$eval(".channel", (rows) => rows.length)).toBeLessThan(100);
      await page.type("[aria-label='Find channels']", "channel 4711");
      await until("it is found", async () => {
        const names = await page.$$eval(".channel .name b", (found) => found.map((one) => one.textContent));
        return names.length === 1 && names[0] === `Channel 4711 ${EVIL}`;
      });
      // Typing goes on while figures come.
      expect(
        await page.$eval("[aria-label='Find channels']", (input) => (input as HTMLInputElement).value),
      ).toBe("channel 4711");
    },
    LIMIT_MS,
  );

  test(
    "a link that names nothing is refused, with what is wrong with it",
    async () => {
      await using dashboard = await openDashboard(browser, scene.url);
      const { page } = dashboard;
      for (const [text, fault] of [
        ["", "Paste a content id"],
        ["acestream://0123456789", "this has 10."],
        [`g${"0".repeat(39)}`, "“g” at place 1 is not a hex digit"],
        ["http://example.org/", "names no content"],
        ["<b>", "not a content id"],
      ] as const) {
        await page.$eval("#play-text", (input) => (input as HTMLInputElement).select());
        await page.keyboard.press("Backspace");
        await page.type("#play-text", text);
        await page.keyboard.press("Enter");
        await dashboard.shows(fault);
        expect(await page.$eval("#play-text", (input) => input.getAttribute("aria-invalid"))).toBe("true");
      }
      expect(await page.evaluate(() => document.querySelector("dialog[open]"))).toBeNull();
    },
    LIMIT_MS,
  );
});
