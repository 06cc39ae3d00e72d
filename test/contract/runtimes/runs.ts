/** Starts the suites on another runtime, by its own runner, and reads what came of them. */
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import offline from "../../../deno.offline.json";
import { CORE_FACTS } from "./runtime.ts";

export interface Report {
  /** Each case's failure by its name; null: it has passed. */
  readonly outcomes: ReadonlyMap<string, string | null>;
  readonly printed: string;
  /** What it printed to stderr. */
  readonly complaints: string;
  readonly code: number;
}

export interface Run {
  readonly report: Promise<Report>;
  stop(): void;
}

const ROOT = join(import.meta.dir, "../../..");
const BIN = join(ROOT, "node_modules/.bin");
/** After this the whole run has failed: something hangs. */
const DEADLINE_MS = 150_000;

/** With the sanitizers that the runner has, which are off unless asked for. */
export const runOnDeno = (facts: string): Run =>
  started(facts, async (_, report) => [
    join(BIN, "deno"),
    "test",
    "--no-check",
    "--sanitize-ops",
    "--sanitize-resources",
    "--no-prompt",
    ...["--allow-net=127.0.0.1", "--allow-env", "--allow-read", "--allow-run=redis-server,redis-cli"],
    ...["--allow-write", "--allow-sys"],
    `--import-map=${join(ROOT, "deno.offline.json")}`,
    `--junit-path=${report}`,
    join(import.meta.dir, "on-deno.ts"),
  ]);

export const runOnNode = (facts: string): Run =>
  started(facts, async (folder, report) => {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, "on-node.ts")],
      target: "node",
      packages: "external",
      sourcemap: "inline",
      outdir: folder,
      plugins: [namedSources],
    });
    if (!built.success) throw new AggregateError(built.logs, "the suites cannot be bundled");
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    return [
      "node",
      "--enable-source-maps",
      "--test-reporter=junit",
      `--test-reporter-destination=${report}`,
      join(folder, "on-node.js"),
    ];
  });

/** The package's names, by the map that Deno is given: what is meant is the sources, not what npm would find. */
const namedSources: Bun.BunPlugin = {
  name: "named sources",
  setup(build) {
    const named: Readonly<Record<string, string>> = offline.imports;
    build.onResolve({ filter: /^(#|aceslot)/ }, ({ path }) =>
      named[path] === undefined ? undefined : { path: join(ROOT, named[path]) },
    );
  },
};

function started(
  facts: string,
  prepare: (folder: string, report: string) => Promise<readonly string[]>,
): Run {
  let stop = (): void => {};
  const run = async (): Promise<Report> => {
    const folder = await mkdtemp(join(tmpdir(), "runtimes-"));
    try {
      const file = join(folder, "report.xml");
      const command = await prepare(folder, file);
      const child = Bun.spawn([...command], {
        cwd: ROOT,
        env: { ...process.env, [CORE_FACTS]: facts, NO_COLOR: "1" },
        stdout: "pipe",
        stderr: "pipe",
        timeout: DEADLINE_MS,
        killSignal: "SIGKILL",
      });
      stop = () => child.kill("SIGKILL");
      const [printed, complaints, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      const xml = await readFile(file, "utf8").catch(() => "");
      // One that was stopped has written it in part, or not at all.
      const isWhole = xml.trimEnd().endsWith("</testsuites>");
      return { outcomes: isWhole ? outcomesOf(xml) : new Map(), printed, complaints, code };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const report = run();
  // Every case waits for it, and tells.
  report.catch(() => {});
  return { report, stop: () => stop() };
}

/** What a JUnit report tells. */
function outcomesOf(xml: string): Map<string, string | null> {
  const outcomes = new Map<string, string | null>();
  const document = new DOMParser().parseFromString(xml, "text/xml");
  const under = (parent: Document | Element, name: string): Element[] =>
    Array.from(parent.getElementsByTagName(name));
  for (const each of under(document, "testcase")) {
    const [bad] = ["failure", "error", "skipped"].flatMap((kind) => under(each, kind));
    const why = bad && `${bad.tagName}: ${bad.getAttribute("message")}\n${bad.textContent}`;
    outcomes.set(each.getAttribute("name") ?? "", why ?? null);
  }
  return outcomes;
}
