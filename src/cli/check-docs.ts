// docs/check.md: every flag of `aceslot check`. `bun src/cli/check-docs.ts` writes the page; a test holds it.
import { CHECK_FLAGS } from "./check-words.ts";

const PAGE = new URL("../../docs/check.md", import.meta.url);

const TOP = `# aceslot check

<!-- Made from src/cli/check-words.ts by \`bun src/cli/check-docs.ts\`; changes here are lost. -->

Explores every order of events in small worlds around the selector, larger ones at random, the broker with its real
awaits, and the recorded incident. [What is checked, and what is not](model-checking.md) · [reports](check-reports.md)

\`\`\`sh
aceslot check                                    # the preset ci: about half a minute
aceslot check --preset deep --time 30m           # further, for the night
aceslot check --engines 2 --requests 3 --losses 1   # a world of your own
aceslot check --mutant orig-race                 # a known bug in place of our code: it must be caught
aceslot check --mutant all                       # each of them
aceslot check --explore --mutant lost-wakeup     # a page that walks through its world
aceslot check --replay aceslot-trace.json        # the trace of a violation once more
\`\`\``;

const BOTTOM = `In square brackets: what stands where nothing is given.

## Worlds from a file

\`--config FILE\` names a TOML file with a \`[[world]]\` table for each world. Keys are the names of the flags above,
without the dashes; what is left out is as for the flags. Other settings of the proxy mean nothing to a check.

\`\`\`toml
[[world]]
engines = 2
requests = 3

[[world]]
requests = 2
losses = 1
hashes = true
\`\`\`

A preset, flags and a file each say which worlds to walk through, so only one of them goes at a time. Every world's
engines × cap, with spare engines and changes of the cap, is at most 31 slots. Worlds grow fast: a further request or misfortune
means several times as many states. Worlds of your own end at 1,000,000 states unless \`--max-states\` says otherwise.

With \`--mutant NAME\` a preset looks first in the world that the bug's file names. Worlds of your own, and the incident,
are taken as they are. A bug of the broker (\`shell-…\`) needs \`--preset ci\` or \`deep\`.

## Where things go

Without \`--out\` the report is printed, and only the trace of a violation becomes a file: \`aceslot-trace.json\` in the
working folder, over the one that was there before. With \`--out DIR\` the report is written into DIR in the format that
\`--format\` names, the trace to \`DIR/trace.json\`, and what is printed is the pretty report (with \`github\`: the workflow
commands, which the runner reads there). Progress is shown on a terminal only, on standard error.

## How it ends

| exit | |
|---|---|
| 0 | all hold, and each was put to the test; a replayed trace breaks nothing; every mutant was caught |
| 1 | violated; a mutant was not caught by the property that it names |
| 2 | incomplete: a limit was reached; never called ok |
| 3 | vacuous: something that these worlds should put to the test never was; try a larger one |
| 4 | bad usage or input, with one line that names the value, the rule and the fix |

A property that no world of the run can put to the test (what happens after a crash, in worlds without crashes) is not
asked; the report names it under "Not explored".
`;

const cell = (text: string): string => text.replaceAll("|", "\\|");

export function checkPage(): string {
  const groups = [...new Set(CHECK_FLAGS.map(({ group }) => group ?? ""))];
  const tables = groups.map((group) => {
    const rows = CHECK_FLAGS.filter((flag) => flag.group === group).map(
      ({ flag, placeholder, help }) =>
        `| \`${cell(placeholder ? `${flag} ${placeholder}` : flag)}\` | ${cell(help)} |`,
    );
    return [`## ${group}`, "", "| flag | |", "|---|---|", ...rows].join("\n");
  });
  return [TOP, ...tables, BOTTOM].join("\n\n");
}

if (import.meta.main) {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(PAGE, checkPage());
}
