/** An allocator of one's own in CI: what the job prints, what it leaves behind, and how it ends. */
import { describe, expect, test } from "bun:test";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { Semaphore } from "../../docs/examples/semaphore/semaphore.ts";
import { scratchFolder } from "../support/binary.ts";
import { commandsOf, ROOT, type Runtime, startExample } from "./example.ts";

/** The job on a runner of GitHub's, in a checkout: its exit code, its lines, the report and the summary. */
async function job(runtime: Runtime, ...more: string[]) {
  await using checkout = await scratchFolder();
  symlinkSync(join(ROOT, "docs"), join(checkout.path, "docs"));
  const summary = join(checkout.path, "summary.md");
  await using example = await startExample("semaphore/ci.ts", runtime, {
    cwd: checkout.path,
    env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary },
    more,
  });
  const code = await example.ended;
  const xml = readFileSync(join(checkout.path, "check.junit.xml"), "utf8");
  const root = new DOMParser().parseFromString(xml, "text/xml").documentElement;
  return {
    code,
    errors: example.errors,
    out: example.lines.join("\n"),
    annotations: example.lines.filter((line) => line.startsWith("::")),
    failures: Number(root?.getAttribute("failures")),
    summary: readFileSync(summary, "utf8"),
  };
}

describe("the allocator's job", () => {
  test("runs where the page says", () => {
    expect([...commandsOf("semaphore/ci.ts").keys()]).toEqual(["node", "bun"]);
  });
  for (const runtime of commandsOf("semaphore/ci.ts").keys()) {
    test(`is green on ${runtime}, and has found every known bug`, async () => {
      const { code, errors, out, annotations, failures, summary } = await job(runtime);
      expect({ code, errors, failures }).toEqual({ code: 0, errors: "", failures: 0 });
      expect(annotations).toEqual([expect.stringMatching(/^::notice title=.*holds::/)]);
      expect(summary).toContain("## ✅");
      expect(out).toContain('aborted-waiter: found, by "served while waiting"');
      expect(out).toContain('double-release: found, by "cap"');
    });
    test(`is red on ${runtime} with a bug, and shows the way to it at the line that has it`, async () => {
      const { code, out, annotations, failures, summary } = await job(runtime, "double-release");
      expect(code).toBe(1);
      expect(failures).toBeGreaterThan(0);
      expect(out).toMatch(/release again client 0\n[\s\S]*✘ clients 1,2,3 hold one, of 2\n/);
      const [, file = "", line = ""] = /^::error file=(.+?),line=(\d+),/.exec(annotations[0] ?? "") ?? [];
      expect(readFileSync(join(ROOT, file), "utf8").split("\n")[Number(line) - 1]).toContain("step(");
      expect(summary).toContain("sequenceDiagram");
    });
  }
  test("is what the workflow runs", () => {
    const workflow = readFileSync(join(ROOT, "docs/examples/semaphore/workflow.yml"), "utf8");
    const { steps } = (Bun.YAML.parse(workflow) as { jobs: { check: { steps: { run?: string }[] } } }).jobs
      .check;
    const runs = steps.flatMap(({ run }) => run ?? []);
    expect(runs).toEqual(["npm ci", commandsOf("semaphore/ci.ts").get("node")?.join(" ") ?? "–"]);
  });
});

test("the semaphore that is checked works as promises: first come, first served, and who gives up gets nothing", async () => {
  const semaphore = new Semaphore(1);
  const giveBack = await semaphore.acquire();
  const impatient = new AbortController();
  const served: string[] = [];
  const first = semaphore.acquire(impatient.signal).catch(({ message }: Error) => served.push(message));
  const second = semaphore.acquire().then((giveBack) => {
    served.push("second");
    giveBack();
  });
  const third = semaphore.acquire().then(() => served.push("third"));
  impatient.abort(new Error("gave up"));
  await first;
  expect(served).toEqual(["gave up"]);
  giveBack();
  giveBack();
  await Promise.all([second, third]);
  expect(served).toEqual(["gave up", "second", "third"]);
  await expect(semaphore.acquire(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});
