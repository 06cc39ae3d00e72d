/**
 * JUnit XML: a suite for each world with a case for each property that was looked at there, and a last suite for
 * what holds of the whole run. A case passes only if the property holds and its world was explored to its end.
 */
import type { CheckResult, PropertyResult, RungResult } from "../result.ts";
import type { Written } from "./options.ts";
import { plain } from "./text.ts";
import { cutShort, story, verdictSentence, violatedIn, withStatus } from "./words.ts";

interface Case {
  readonly name: string;
  readonly className: string;
  readonly file?: string;
  readonly outcome: {
    readonly tag: "failure" | "error" | "skipped";
    readonly message: string;
    readonly text?: string;
  } | null;
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

export function junit(result: CheckResult, { command }: Written): string {
  const suites = [...result.rungs.map((rung) => worldSuite(result, rung, command)), wholeRun(result)];
  const cases = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: `aceslot check ${result.preset}`, ...counts(cases), time: result.seconds.toFixed(3) })}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite ${attributes({ name: suite.name, ...counts(suite.cases), time: suite.seconds.toFixed(3) })}>`,
      ...suite.cases.map(write),
      "  </testsuite>",
    ]),
    "</testsuites>",
    "",
  ].join("\n");
}

function worldSuite(result: CheckResult, rung: RungResult, command: string | null): Suite {
  const name = `${rung.name} (${rung.method})`;
  const looked = result.properties.filter(({ methods }) => methods?.includes(rung.method) ?? true);
  const cases = looked.map((property) => {
    const outcome = outcomeIn(result, rung, property, command);
    const file = outcome?.tag === "failure" ? result.violation?.source?.file : undefined;
    return { name: property.name, className: name, outcome, ...(file === undefined ? {} : { file }) };
  });
  return { name, seconds: rung.seconds, cases };
}

function outcomeIn(
  result: CheckResult,
  rung: RungResult,
  property: PropertyResult,
  command: string | null,
): Case["outcome"] {
  const { violation } = result;
  const skipped = (message: string) => ({ tag: "skipped" as const, message });
  if (property.status === "violated") {
    if (violation?.property !== property.name)
      return skipped("violated; the result does not say in which world");
    if (!violatedIn(result, rung))
      return skipped(`violated in ${violation.rung}; the result does not say whether it holds here`);
    return { tag: "failure", message: violation.detail, text: story(violation, command) };
  }
  if (property.status === "vacuous") return skipped("never put to the test, in no world");
  if (rung.complete) return null;
  const why = violatedIn(result, rung) ? `the violation of ${violation?.property}` : "a limit";
  return skipped(`${why} ended the exploration of this world; holds as far as was seen`);
}

function wholeRun(result: CheckResult): Suite {
  const className = "whole run";
  const known = result.violation?.property;
  const failure = (message: string, text: string) => ({ tag: "failure" as const, message, text });
  const ended = cutShort(result).map(({ name }) => name);
  const cases: Case[] = [
    ...withStatus(result, "violated")
      .filter(({ name }) => name !== known)
      .map(({ name, sentence }) => ({ name, className, outcome: failure("violated", sentence) })),
    ...result.properties.map(({ name, sometimes, reachedIn, status }) => ({
      name: `${name} was put to the test`,
      className,
      outcome:
        status === "vacuous" || reachedIn === null
          ? failure("it never was", `Never occurred: ${sometimes}`)
          : null,
    })),
    {
      name: "every world was explored to its end",
      className,
      outcome: ended.length > 0 ? { tag: "error", message: `a limit ended ${ended.join(", ")}` } : null,
    },
    {
      name: "the verdict",
      className,
      outcome:
        result.verdict === "holds"
          ? null
          : {
              tag: result.verdict === "violated" ? "failure" : "error",
              message: `${result.verdict}: ${verdictSentence(result)}`,
            },
    },
  ];
  return { name: className, seconds: 0, cases };
}

function counts(cases: readonly Case[]): Record<string, number> {
  const of = (tag: string): number => cases.filter(({ outcome }) => outcome?.tag === tag).length;
  return { tests: cases.length, failures: of("failure"), errors: of("error"), skipped: of("skipped") };
}

function write({ name, className, file, outcome }: Case): string {
  const open = `    <testcase ${attributes({ name, classname: className, ...(file === undefined ? {} : { file }) })}`;
  if (outcome === null) return `${open}/>`;
  const { tag, message, text } = outcome;
  const inner = `<${tag} ${attributes({ message })}`;
  return `${open}>${text === undefined ? `${inner}/>` : `${inner}>${escaped(text)}</${tag}>`}</testcase>`;
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(plain(String(value)))}"`)
    .join(" ");

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Keeps line ends; what XML 1.0 cannot hold becomes visible instead. */
const escaped = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? "" : plain(line)))
    .join("\n")
    .replace(/[\ufffe\uffff]|\p{Cs}/gu, "\u241a")
    .replace(/[&<>"]/gu, (char) => ENTITIES[char] ?? char);
