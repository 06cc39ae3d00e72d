/**
 * The image's binary: `bun deploy/docker/binary.ts linux/arm64 OUTFILE`, on any machine, for the processor that
 * Docker names so. Linked with glibc, as the image's base has it. Nobody imports this but its test.
 */
import { compile, MAIN } from "../compile.ts";
import { runtimePath } from "../runtimes.ts";
import { TARGETS, type Target } from "../targets.ts";

const ARCHITECTURES: Readonly<Record<string, Target["arch"]>> = {
  "linux/amd64": "x64",
  "linux/arm64": "arm64",
};

/** @throws RangeError for a platform that there is no image for. */
export function targetOf(platform: string): Target {
  const target = TARGETS.find(
    ({ os, arch, libc }) => os === "linux" && !libc && arch === ARCHITECTURES[platform],
  );
  if (target === undefined)
    throw new RangeError(
      `"${platform}": no image for it; there are ${Object.keys(ARCHITECTURES).join(" and ")}`,
    );
  return target;
}

if (import.meta.main) {
  const [platform = "", outfile] = process.argv.slice(2);
  if (outfile === undefined) {
    console.error("usage: bun deploy/docker/binary.ts linux/amd64|linux/arm64 OUTFILE");
    process.exit(4);
  }
  const { bunTarget, runtimePackage } = targetOf(platform);
  await compile({
    entry: MAIN,
    outfile,
    foreign: { target: bunTarget, runtimePath: runtimePath(runtimePackage) },
  });
}
