/** For the runners of GitHub and Gitea: workflow commands, which become annotations, and a job summary in Markdown. */
import type { CheckResult } from "../result.ts";
import { mermaid } from "./mermaid.ts";
import { type ReportOptions, type Written, written } from "./options.ts";
import { count, decimals, list, plain } from "./text.ts";
import { cycleSentence, neverOccurred, story, verdictSentence, withStatus } from "./words.ts";

/** Lines for standard output. At most ten errors and ten notices are shown, so there are few. */
export function github(result: CheckResult, { command }: Written): string {
  const { violation } = result;
  const lines: string[] = [];
  if (violation !== null) {
    const place = violation.source
      ? { file: violation.source.file, line: String(violation.source.line) }
      : {};
    const title = `${violation.property} is violated in ${violation.rung}`;
    lines.push(line("error", { ...place, title }, story(violation, command)));
  }
  const others = withStatus(result, "violated").filter(({ name }) => name !== violation?.property);
  if (others.length > 0)
    lines.push(
      line(
        "error",
        { title: "also violated" },
        others.map(({ name, sentence }) => `${name}: ${sentence}`).join("\n"),
      ),
    );
  const vacuous = withStatus(result, "vacuous");
  if (vacuous.length > 0)
    lines.push(
      line(
        "error",
        { title: "never put to the test" },
        vacuous.map(({ name, sometimes }) => `${name}: ${sometimes}`).join("\n"),
      ),
    );
  const said = verdictSentence(result);
  const level = result.verdict === "holds" ? "notice" : "error";
  if (violation === null) lines.push(line(level, { title: `aceslot check: ${result.verdict}` }, said));
  const never = neverOccurred(result).map(({ kind, names }) => `${kind}: ${list(names)}`);
  if (never.length > 0) lines.push(line("warning", { title: "never occurred" }, never.join("\n")));
  if (result.limits.length > 0)
    lines.push(line("notice", { title: "not explored" }, result.limits.join("\n")));
  return lines.map((each) => `${each}\n`).join("");
}

function line(level: string, properties: Readonly<Record<string, string>>, message: string): string {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${level} ${given.join(",")}::${data(message)}`;
}

const data = (text: string): string =>
  text.split("\n").map(plain).join("\n").replaceAll("%", "%25").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

const SIGN = { holds: "✅", violated: "❌", incomplete: "🟡", vacuous: "⚪" } as const;

/**
 * The job summary for GitHub, Gitea and Forgejo, in Markdown with the shortest trace as a picture: to be appended to the
 * file that the variable `GITHUB_STEP_SUMMARY` names.
 *
 * @example
 * ```ts
 * import { appendFileSync } from "node:fs";
 * import { check, githubSummary, PRESETS } from "aceslot/check";
 *
 * const file = process.env.GITHUB_STEP_SUMMARY;
 * if (file) appendFileSync(file, githubSummary(await check({ preset: PRESETS.ci })));
 * ```
 */
export function githubSummary(result: CheckResult, options: ReportOptions = {}): string {
  const { violation } = result;
  const parts = [
    `## ${SIGN[result.verdict]} aceslot check ${markdown(result.preset)}: ${result.verdict}`,
    `${markdown(verdictSentence(result))}.`,
  ];
  if (result.mutant !== null) parts.push(`The bug \`${plain(result.mutant)}\` stands in place of our code.`);
  if (violation !== null) {
    parts.push(
      `### ${markdown(violation.property)}`,
      `> ${markdown(violation.sentence)}`,
      `**${markdown(violation.detail)}**`,
    );
    const cycle = cycleSentence(violation);
    if (cycle !== null) parts.push(cycle);
  }
  parts.push(`\`\`\`mermaid\n${mermaid(result, written(options))}\`\`\``);
  if (violation !== null && options.command != null)
    parts.push(`Again: \`${plain(options.command).replaceAll("`", "'")}\``);
  const wrong = result.properties.filter(({ status }) => status !== "holds");
  if (wrong.length > 0)
    parts.push(
      table(
        ["property", "status", "sentence"],
        wrong.map(({ name, status, sentence }) => [name, status, sentence]),
      ),
    );
  parts.push(
    table(
      ["world", "method", "states", "transitions", "depth", "terminals", "acyclic", "complete", "seconds"],
      result.rungs.map((rung) => [
        rung.name,
        rung.method,
        count(rung.states),
        count(rung.edges),
        count(rung.depth),
        count(rung.terminals),
        rung.acyclic === null ? "–" : rung.acyclic ? "yes" : "no",
        rung.complete ? "yes" : "**no**",
        decimals(rung.seconds),
      ]),
    ),
  );
  const never = neverOccurred(result).map(({ kind, names }) => `${kind} that never occurred: ${list(names)}`);
  for (const [title, lines] of [
    ["Never occurred", never],
    ["Rests on", result.assumptions],
    ["Not explored", result.limits],
  ] as const)
    if (lines.length > 0)
      parts.push(
        `<details><summary>${title}</summary>\n\n${lines.map((each) => `- ${markdown(each)}`).join("\n")}\n\n</details>`,
      );
  return `${parts.join("\n\n")}\n`;
}

const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  [
    titles,
    titles.map(() => "---"),
    ...rows.map((row) => row.map((cell) => (cell.startsWith("**") ? cell : markdown(cell)))),
  ]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

const markdown = (text: string): string => plain(text).replace(/[\\`*_{}[\]<>|&#~]/gu, (char) => `\\${char}`);
