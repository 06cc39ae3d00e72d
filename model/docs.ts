/**
 * The generated parts of docs/model-checking.md: `bun model/docs.ts` writes them anew, a test holds the page to them.
 * Each stands between two comments that name it.
 */
import { ASSUMPTIONS } from "./assumptions.ts";
import { CLUSTER_ASSUMPTIONS, CLUSTER_PROPERTIES, clusterMutants } from "./cluster/index.ts";
import { slotDiagram } from "./diagram.ts";
import { inItsWorld } from "./gate.ts";
import { MUTANTS } from "./mutants/index.ts";
import { PRESETS } from "./presets.ts";
import { PROPERTIES } from "./properties/index.ts";
import { report } from "./report/index.ts";
import { SHELL_ASSUMPTIONS, shellMutants } from "./shell/index.ts";
import { SHELL_PROPERTIES } from "./shell/properties.ts";
import { sizeName, type WorldSize } from "./world/size.ts";

const PAGE = new URL("../docs/model-checking.md", import.meta.url);
/** Their shortest counter-examples are drawn. */
const DRAWN = [
  "orig-race",
  "lost-wakeup",
  "collapse-unread",
  "cluster-get-check-set",
  "cluster-pause-outlasts-deadline",
] as const;
const ALL_MUTANTS = [...MUTANTS, ...shellMutants, ...clusterMutants];

/** A table's cell. */
const cell = (text: string): string => text.replaceAll("|", "\\|");
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
const bullets = (sentences: readonly string[]): string => sentences.map((text) => `- ${text}`).join("\n");
const mermaid = (diagram: string): string => `\`\`\`mermaid\n${diagram.trimEnd()}\n\`\`\``;

const properties = (
  all: readonly { readonly name: string; readonly sentence: string; readonly sometimes: string }[],
): string =>
  table(
    ["property", "says", "put to the test when"],
    all.map(({ name, sentence, sometimes }) => [name, sentence, sometimes]),
  );

/** The ladder by what is added to the plain world, so that it can be read. */
function ladder(sizes: readonly WorldSize[]): string {
  return sizes.map((size) => `\`${sizeName(size)}\``).join(" · ");
}

async function counterExample(mutant: (typeof DRAWN)[number]): Promise<string> {
  const result = await inItsWorld(mutant);
  const { violation } = result;
  const bug = ALL_MUTANTS.find(({ name }) => name === mutant);
  if (!violation || !bug) throw new Error(`nothing catches ${mutant}`);
  const drawn = report("mermaid", result, { color: false, columns: 100, command: null });
  return [
    `### ${mutant}`,
    bug.history,
    `In \`${violation.rung}\`, after ${violation.trace.length} steps, *${violation.property}* is violated: ${violation.detail}.`,
    mermaid(drawn),
  ].join("\n\n");
}

export async function generatedParts(): Promise<ReadonlyMap<string, string>> {
  const { ci, deep } = PRESETS;
  const more = deep.ladder.filter((size) => !ci.ladder.some((one) => sizeName(one) === sizeName(size)));
  const drawn: string[] = [];
  for (const mutant of DRAWN) drawn.push(await counterExample(mutant));
  return new Map([
    ["slot", mermaid(slotDiagram())],
    ["assumptions", bullets([...ASSUMPTIONS, ...SHELL_ASSUMPTIONS, ...CLUSTER_ASSUMPTIONS])],
    [
      "worlds",
      [
        `\`ci\` explores ${ci.ladder.length} worlds to their end:`,
        ladder(ci.ladder),
        `and walks ${ci.randomRuns} times at random through larger ones. \`deep\` explores ${more.length} more:`,
        ladder(more),
        `and walks ${deep.randomRuns} times at random. Several proxies, with a store: \`ci\` explores`,
        ladder(ci.cluster),
        "to their end, and `deep` also",
        ladder(deep.cluster.filter((size) => !ci.cluster.includes(size))),
      ].join("\n\n"),
    ],
    ["properties", properties(PROPERTIES)],
    ["shell properties", properties(SHELL_PROPERTIES)],
    ["cluster properties", properties(CLUSTER_PROPERTIES)],
    [
      "mutants",
      table(
        ["bug", "must be caught by", "history"],
        ALL_MUTANTS.map(({ name, property, history }) => [`\`${name}\``, property, history]),
      ),
    ],
    ["counter-examples", drawn.join("\n\n")],
  ]);
}

/** The page with its generated parts as they must be. Throws if one of them has no place there. */
export function written(page: string, parts: ReadonlyMap<string, string>): string {
  let text = page;
  for (const [name, part] of parts) {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/model-checking.md has no place for ${name}`);
    text = `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }
  return text;
}

if (import.meta.main) {
  const { readFile, writeFile } = await import("node:fs/promises");
  await writeFile(PAGE, written(await readFile(PAGE, "utf8"), await generatedParts()));
}
