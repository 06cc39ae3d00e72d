/** What `deploy/` gives to Prometheus and Grafana: Prometheus' own checker accepts it, and each alert does its work. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { ALERT_CASES, type AlertCase } from "../support/alert-cases.ts";
import { scratchFolder } from "../support/binary.ts";
import { CONFIGURATION, expressionsOf, RULES, type Rule, readBoard, readRules } from "../support/board.ts";
import { promtool } from "../support/promtool.ts";

const page = readFileSync(join(import.meta.dir, "../../docs/metrics.md"), "utf8");

/** The alert as it must look when it fires: Prometheus fills in its annotations, and so do we. */
function alertOf(rule: Rule, { labels = {}, value = "" }: AlertCase) {
  const all: Record<string, string> = { instance: "proxy:6879", job: "aceslot", ...labels };
  const filled = (text: string): string =>
    text
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => all[name] ?? `no label ${name}`)
      .replaceAll(/\{\{ \$value[^}]*\}\}/g, value || "no value");
  return {
    exp_labels: { ...all, ...rule.labels },
    exp_annotations: Object.fromEntries(
      Object.entries(rule.annotations).map(([name, text]) => [name, filled(text)]),
    ),
  };
}

/** One test of promtool's for each alert and each of its two cases. */
const testsOf = (rule: Rule, given: AlertCase) =>
  (["fires", "stays"] as const).map((which) => ({
    name: `${rule.alert} ${which}`,
    interval: "15s",
    input_series: Object.entries(given[which]).map(([series, values]) => ({
      series: series.replace("PROXY", 'job="aceslot",instance="proxy:6879"'),
      values,
    })),
    alert_rule_test: [
      {
        eval_time: given.at,
        alertname: rule.alert,
        exp_alerts: which === "fires" ? [alertOf(rule, given)] : [],
      },
    ],
  }));

describe("the alert rules", () => {
  test("are accepted, and so is the configuration that loads them", () => {
    expect(promtool(["check", "rules", RULES])).toMatchObject({ code: 0 });
    const { code, said } = promtool(["check", "config", CONFIGURATION]);
    expect([code, said]).toEqual([0, expect.stringContaining("SUCCESS: 1 rule files found")]);
  });

  test("are loaded beside a configuration as docs/metrics.md shows it", async () => {
    await using folder = await scratchFolder();
    const [, shown = ""] = /```yaml\n([^`]+)```/.exec(page) ?? [];
    expect(shown).toContain("scrape_configs:");
    const path = join(folder.path, "prometheus.yml");
    await writeFile(path, shown);
    // The token's file is on the reader's machine.
    expect(promtool(["check", "config", "--syntax-only", path])).toMatchObject({ code: 0 });
  });

  test("fire when they must, say what is the case, and stay silent when it only looks like it", async () => {
    await using folder = await scratchFolder();
    const rules = readRules();
    expect(rules.map(({ alert }) => alert).sort()).toEqual(Object.keys(ALERT_CASES).sort());
    const tests = rules.flatMap((rule) => {
      const given = ALERT_CASES[rule.alert];
      return given ? testsOf(rule, given) : [];
    });
    const path = join(folder.path, "rules.test.yml");
    await writeFile(path, stringify({ rule_files: [RULES], evaluation_interval: "15s", tests }));
    expect(promtool(["test", "rules", path])).toEqual({ code: 0, said: expect.stringMatching(/SUCCESS$/) });
  }, 60_000);

  test("lead to a place in docs/metrics.md that says what to do, and nothing there is left of others", () => {
    const headings = [...page.matchAll(/^### (\w+)\n\S/gm)].map(([, name]) => name);
    expect(headings).toEqual(readRules().map(({ alert }) => alert));
    for (const { alert, annotations } of readRules())
      expect(annotations.runbook).toBe(`docs/metrics.md#${alert.toLowerCase()}`);
  });
});

describe("the board", () => {
  test("has what Grafana needs to import it, and no two panels in one place", () => {
    const { panels, templating } = readBoard();
    expect(templating.list.map(({ name }) => name)).toEqual(["datasource", "instance"]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(x, title).toBeLessThan(24);
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
  });

  test("shows the same quantiles of everything that is measured as a histogram", () => {
    const shown = readBoard().panels.flatMap((panel) => {
      const expressions = panel.type === "row" ? [] : panel.targets.map(({ expr }) => expr);
      const quantiles = expressions.flatMap((expr) => /^histogram_quantile\(([\d.]+),/.exec(expr)?.[1] ?? []);
      return quantiles.length === 0 ? [] : [[panel.title, ...quantiles]];
    });
    expect(shown.length).toBeGreaterThan(3);
    for (const [title, ...quantiles] of shown)
      expect([title, quantiles]).toEqual([title, ["0.5", "0.9", "0.99"]]);
  });

  test("asks questions that Prometheus understands", async () => {
    await using folder = await scratchFolder();
    const rules = expressionsOf(readBoard()).map((expr, index) => ({ record: `board:${index}`, expr }));
    const path = join(folder.path, "board.yml");
    await writeFile(path, stringify({ groups: [{ name: "board", rules }] }));
    const { code, said } = promtool(["check", "rules", path]);
    expect([code, said]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)]);
  });

  test("shows illegal moves in red from the first one on", () => {
    const panel = readBoard().panels.find(({ title }) => title === "Illegal moves");
    if (panel?.type !== "stat") throw new Error("there is no such panel");
    expect(panel.fieldConfig.defaults.thresholds.steps).toEqual([
      { color: "green", value: null },
      { color: "red", value: 1 },
    ]);
  });
});
