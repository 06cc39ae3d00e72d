/** SARIF 2.1.0: properties are rules, violated ones are results at their definition, with the trace as a code flow. */
import { VERSION } from "../../src/version.ts";
import { type CheckResult, EXIT_CODE, type PropertyResult, type Violation } from "../result.ts";
import type { Written } from "./options.ts";
import { cutShort, cycleSentence, verdictSentence, withStatus } from "./words.ts";

export function sarif(result: CheckResult, { command }: Written): string {
  const notification = (level: "error" | "warning" | "note", text: string) => ({ level, message: { text } });
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "aceslot check",
            version: VERSION,
            semanticVersion: VERSION,
            rules: result.properties.map(rule),
          },
        },
        automationDetails: { id: `aceslot check/${result.preset}/` },
        // SARIF's word for whether the tool itself worked, not for what it found.
        invocations: [
          {
            executionSuccessful: true,
            exitCode: EXIT_CODE[result.verdict],
            exitCodeDescription: `${result.verdict}: ${verdictSentence(result)}`,
            toolExecutionNotifications: [
              ...cutShort(result).map(({ name }) =>
                notification("warning", `A limit ended the exploration of ${name}.`),
              ),
              ...result.limits.map((text) => notification("note", text)),
            ],
          },
        ],
        results: findings(result, command),
        columnKind: "unicodeCodePoints",
        properties: { preset: result.preset, mutant: result.mutant, assumptions: result.assumptions },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

const rule = ({ name, sentence, kind, sometimes }: PropertyResult) => ({
  id: name,
  shortDescription: { text: sentence },
  help: { text: `${sentence} It is put to the test where this occurs: ${sometimes}` },
  defaultConfiguration: { level: "error" },
  properties: { kind },
});

function findings(result: CheckResult, command: string | null) {
  const index = (name: string): number => result.properties.findIndex((property) => property.name === name);
  const of = (name: string) =>
    index(name) < 0 ? { ruleId: name } : { ruleId: name, ruleIndex: index(name) };
  const { violation } = result;
  const first = violation === null ? [] : [{ ...of(violation.property), ...found(violation, command) }];
  const others = withStatus(result, "violated")
    .filter(({ name }) => name !== violation?.property)
    .map(({ name, sentence }) => ({
      ...of(name),
      level: "error",
      message: { text: `Violated: ${sentence}` },
    }));
  const vacuous = withStatus(result, "vacuous").map(({ name, sometimes }) => ({
    ...of(name),
    level: "warning",
    message: { text: `Never put to the test: ${sometimes}` },
  }));
  return [...first, ...others, ...vacuous];
}

function found(violation: Violation, command: string | null) {
  const { source, trace } = violation;
  const place =
    source === null
      ? {}
      : {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(source.file), uriBaseId: "%SRCROOT%" },
            region: { startLine: Math.max(1, source.line) },
          },
        };
  const text = [
    `${violation.sentence} ${violation.detail} (${violation.rung})`,
    cycleSentence(violation),
    command === null ? null : `Again: ${command}`,
  ];
  return {
    level: "error",
    message: { text: text.filter((part) => part !== null).join("\n") },
    ...(source === null ? {} : { locations: [place] }),
    // The same counter-example is the same finding, whenever it is found.
    partialFingerprints: {
      "trace/v1": `${violation.property}/${violation.rung}/${violation.replay.choices.join(",")}`,
    },
    ...(trace.length === 0
      ? {}
      : {
          codeFlows: [
            {
              threadFlows: [
                {
                  locations: trace.map(({ happening }, n) => ({
                    executionOrder: n + 1,
                    location: { ...place, message: { text: happening } },
                  })),
                },
              ],
            },
          ],
        }),
  };
}
