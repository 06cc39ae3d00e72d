/** C2: a client whose cable is pulled says nothing at all, not even that it has had what it got. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { run } from "../support/run.ts";

const LIMIT_MS = 120_000;

test.concurrent(
  "C2 a client whose cable is pulled is dropped after --client-timeout, and nobody else notices",
  async () => {
    const inside = [process.execPath, "test", join(import.meta.dir, "cable/inside.ts")];
    const { code, out, err } = await run(["unshare", "--net", ...inside], {
      cwd: "/",
      env: { ...(process.env as Record<string, string>) },
      deadlineMs: LIMIT_MS,
    });
    if (code !== 0) throw new Error(`it needs unshare and ip, and the right to use them: ${out}${err}`);
    expect(err).toContain("1 pass");
  },
  LIMIT_MS,
);
