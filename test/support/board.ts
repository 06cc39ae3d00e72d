/** Reads the files for Prometheus and Grafana in `deploy/` as data, and their expressions as names of metrics. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";

export const RULES = join(import.meta.dir, "../../deploy/prometheus/aceslot.rules.yml");
export const CONFIGURATION = join(import.meta.dir, "../../deploy/prometheus/prometheus.yml");
export const BOARD = join(import.meta.dir, "../../deploy/grafana/aceslot.json");

const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Aceslot[A-Z]/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
          annotations: z.strictObject({
            summary: z.string().min(20),
            description: z.string().min(20),
            runbook: z.string(),
          }),
        }),
      ),
    }),
  ),
});

export type Rule = z.infer<typeof Rules>["groups"][number]["rules"][number];

export const readRules = (): readonly Rule[] =>
  Rules.parse(parse(readFileSync(RULES, "utf8"))).groups.flatMap(({ rules }) => rules);

const source = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("$" + "{datasource}") });
const target = z.object({ refId: z.string().regex(/^[A-Z]$/), expr: z.string().min(1), datasource: source });

/** What Grafana needs of a board that somebody imports, as far as it is data that can be held against rules. */
const Board = z.object({
  // Null: Grafana gives it a number of its own.
  id: z.null(),
  uid: z.string().regex(/^[a-zA-Z0-9_-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.number().int().min(36),
  time: z.object({ from: z.string(), to: z.string() }),
  templating: z.object({
    list: z.array(
      z.discriminatedUnion("type", [
        z.object({
          type: z.literal("datasource"),
          name: z.literal("datasource"),
          query: z.literal("prometheus"),
        }),
        z.object({
          type: z.literal("query"),
          name: z.string(),
          datasource: source,
          query: z.object({ query: z.string(), refId: z.string() }),
        }),
      ]),
    ),
  }),
  panels: z.array(
    z.discriminatedUnion("type", [
      z.object({ type: z.literal("row"), id: z.number(), title: z.string().min(1), gridPos: place() }),
      ...(["stat", "timeseries", "status-history", "table"] as const).map((type) =>
        z.object({
          type: z.literal(type),
          id: z.number(),
          title: z.string().min(1),
          gridPos: place(),
          datasource: source,
          fieldConfig: z.object({
            defaults: z.object({
              unit: z.string(),
              thresholds: z.object({ steps: z.array(z.unknown()).min(1) }),
            }),
            overrides: z.array(z.object({ matcher: z.object({ id: z.string(), options: z.string() }) })),
          }),
          options: z.record(z.string(), z.unknown()),
          targets: z.array(target).min(1),
        }),
      ),
    ]),
  ),
});

function place() {
  const size = z.number().int().min(1);
  return z.object({
    x: z.number().int().min(0),
    y: z.number().int().min(0),
    w: size.max(24),
    h: size,
  });
}

export type BoardFile = z.infer<typeof Board>;

export const readBoard = (): BoardFile => Board.parse(JSON.parse(readFileSync(BOARD, "utf8")));

/** Expressions of the panels and of the variables, with Grafana's own variables filled in. */
export function expressionsOf({ panels, templating }: BoardFile): readonly string[] {
  const asked = templating.list.flatMap((variable) => {
    if (variable.type !== "query") return [];
    const [, metric = ""] = /^label_values\((.+), \w+\)$/.exec(variable.query.query) ?? [];
    return [metric];
  });
  const drawn = panels.flatMap((panel) =>
    panel.type === "row" ? [] : panel.targets.map(({ expr }) => expr),
  );
  return [...asked, ...drawn].map((expr) =>
    expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
  );
}

/** A selector of a series: a metric's name, and the labels that are asked for in braces. */
export interface Selector {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every metric that an expression names. Words that are followed by "(" are functions, and others stand in braces. */
export function selectorsOf(expr: string): readonly Selector[] {
  const found: Selector[] = [];
  for (const [, metric = "", , braces = ""] of expr.matchAll(
    /\b((?:aceslot|process)_\w+|up)\b(\{([^}]*)\})?/g,
  ))
    found.push({
      metric,
      labels: Object.fromEntries(
        [...braces.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(([, name = "", value = ""]) => [
          name,
          value,
        ]),
      ),
    });
  return found;
}

/** Labels by which an expression groups or joins. */
export const groupingsOf = (expr: string): readonly string[] =>
  [...expr.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()])),
  );
