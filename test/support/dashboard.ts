/** The proxy's page in a real browser, and everything that it asks for, complains of or shows. */
import { createRequire } from "node:module";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { CHROMIUM, CHROMIUM_FLAGS, CHROMIUM_STARTS_MS } from "./browser.ts";
import { until } from "./until.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export const openBrowser = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: CHROMIUM,
    pipe: true,
    args: [...CHROMIUM_FLAGS],
    timeout: CHROMIUM_STARTS_MS,
  });

export const DESK = { width: 1440, height: 900 } as const;
export const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true } as const;

export interface Look {
  readonly scheme?: "light" | "dark";
  readonly size?: {
    readonly width: number;
    readonly height: number;
    readonly isMobile?: boolean;
    readonly hasTouch?: boolean;
  };
}

export interface Dashboard extends AsyncDisposable {
  readonly page: Page;
  /** Addresses of everything that was asked for, blobs and data apart. */
  readonly asked: readonly string[];
  /** What the script threw. */
  readonly thrown: readonly string[];
  /** What the policy did not let through, as the page was told. */
  refused(): Promise<readonly string[]>;
  /** The page's text as a person sees it. */
  text(): Promise<string>;
  /** Resolves when the text holds `words`. */
  shows(words: string, deadlineMs?: number): Promise<void>;
  /** The looks of all slots, card by card. */
  slots(): Promise<readonly (readonly string[])[]>;
  /** Presses the first element that matches. */
  press(selector: string): Promise<void>;
  /** What axe finds, there or on the whole page, each with the elements that it found. */
  axe(where?: string): Promise<readonly string[]>;
}

/** Opens it, and waits for its first figures. */
export async function openDashboard(browser: Browser, url: string, look: Look = {}): Promise<Dashboard> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const thrown: string[] = [];
  page.on("request", (request) => void (/^(blob|data):/.test(request.url()) || asked.push(request.url())));
  page.on("pageerror", (error) => void thrown.push(String(error)));
  await page.setViewport(look.size ?? DESK);
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: look.scheme ?? "light" },
    // Colours that are on their way to others are not what is judged.
    { name: "prefers-reduced-motion", value: "reduce" },
  ]);
  await page.evaluateOnNewDocument(() => {
    const refused: string[] = [];
    Object.assign(globalThis, { refused });
    document.addEventListener("securitypolicyviolation", (event: SecurityPolicyViolationEvent) => {
      refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  await page.goto(url);
  await page.waitForSelector("#engines .cards:not(.ghost), #engines .none");
  const dashboard: Dashboard = {
    page,
    asked,
    thrown,
    refused: () => page.evaluate("refused") as Promise<string[]>,
    // biome-ignore lint/performance/useDomNodeTextContent: what a person sees is meant, with its line breaks
    text: () => page.evaluate(() => document.body.innerText),
    async shows(words, deadlineMs) {
      let text = "";
      try {
        await until(
          `the page shows ${words}`,
          async () => {
            text = await dashboard.text();
            return text.includes(words);
          },
          deadlineMs,
        );
      } catch (error) {
        throw new Error(`${String(error)}\n${text}`);
      }
    },
    slots: () =>
      page.evaluate(() =>
        [...document.querySelectorAll(".card")].map((card) =>
          [...card.querySelectorAll(".cell")].map((cell) => cell.getAttribute("data-look") ?? ""),
        ),
      ),
    async press(selector) {
      // The page draws itself anew every second: what was found may stand elsewhere a moment later.
      await page.waitForSelector(selector);
      await page.$eval(selector, (element) => (element as HTMLElement).click());
    },
    async axe(where) {
      if ((await page.evaluate("typeof axe")) === "undefined")
        await page.evaluate(await Bun.file(AXE).text());
      const found = (await page.evaluate(`axe.run(${JSON.stringify(where ?? "html")})`)) as {
        violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
      };
      return found.violations.map(
        ({ id, help, nodes }) =>
          `${id}: ${help}\n${nodes.map((node) => `${node.html}\n${node.failureSummary}`).join("\n")}`,
      );
    },
    async [Symbol.asyncDispose]() {
      await page.close();
    },
  };
  return dashboard;
}
