/** `aceslot doctor` as a user runs it, and a place where all is well. */
import { expect } from "bun:test";
import { join } from "node:path";
import { startSimEngine } from "../../src/sim/index.ts";
import { BINARY, scratchFolder } from "./binary.ts";
import { run } from "./run.ts";
import { freePort } from "./wire.ts";

export interface Found {
  readonly what: string;
  readonly verdict: "ok" | "info" | "warn" | "fail";
  readonly found: string;
  readonly why: string | null;
  readonly fix: string | null;
}

export interface Examined {
  readonly code: number | null;
  readonly ok: boolean;
  readonly findings: readonly Found[];
  /** The findings about one thing. */
  of(what: string): readonly Found[];
}

/** `before`: what the command line begins with. */
export async function doctor(
  args: readonly string[],
  env: Record<string, string> = {},
  before: readonly string[] = [],
): Promise<Examined> {
  const listen = args.includes("--listen") ? [] : ["--listen", `127.0.0.1:${await freePort()}`];
  const command = [...before, BINARY, "doctor", "--format", "json", ...listen, ...args];
  const { code, out, err } = await run(command, { cwd: "/", env });
  expect(err).toBe("");
  const told = JSON.parse(out) as { ok: boolean; findings: Found[] };
  // Whatever is wrong comes with a reason and a way out.
  for (const { verdict, why, fix } of told.findings)
    if (verdict === "warn" || verdict === "fail") expect([why, fix]).not.toContain(null);
  expect(code).toBe(told.ok ? 0 : 1);
  return { ...told, code, of: (what) => told.findings.filter((each) => each.what === what) };
}

export const verdicts = (findings: readonly Found[]) => findings.map(({ verdict }) => verdict);
/** What is wrong. Where the tests themselves run in a container, what they write into it is rightly said not to stay. */
export const bad = ({ findings }: Examined) =>
  findings.filter(
    ({ verdict, found }) =>
      (verdict === "fail" || verdict === "warn") && !found.endsWith(" is inside the container"),
  );

/** A healthy place, in which a test breaks one thing. */
export async function healthy() {
  await using made = new AsyncDisposableStack();
  const engine = await startSimEngine();
  made.defer(() => engine.close());
  const folder = made.use(await scratchFolder());
  const ends = made.move();
  return {
    engine,
    folder: folder.path,
    args: ["--engine", engine.address, "--state-dir", join(folder.path, "state")],
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}
