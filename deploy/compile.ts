/**
 * Compiles one entry file into one self-contained binary: `bun deploy/compile.ts OUTFILE [ENTRY]` for this
 * machine, and for the release, `compile` with another platform's runtime.
 * Never downloads anything: a foreign runtime is handed in as a file. Only deploy/ imports this.
 */
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const MAIN = "src/cli/main.ts";

export type Compilation = {
  entry: string;
  /** Ends in `.exe` for Windows. Replaced in one step, so that a running binary is never half overwritten. */
  outfile: string;
  /** Without it: for this machine, with the Bun that runs this. */
  foreign?: { target: Bun.Build.CompileTarget; runtimePath: string };
};

/** @throws AggregateError with the bundler's messages. */
export async function compile({ entry, outfile, foreign }: Compilation): Promise<void> {
  // Beside the outfile, so that the rename stays on one file system. Bun also leaves the source map there,
  // which the binary carries inside anyway.
  const workshop = mkdtempSync(join(dirname(outfile), ".compile-"));
  try {
    const built = join(workshop, basename(outfile));
    await Bun.build({
      entrypoints: [entry],
      compile: {
        outfile: built,
        // Settings come from flags, ACESLOT_ variables and --config, never from whatever folder it starts in.
        autoloadDotenv: false,
        autoloadBunfig: false,
        ...(foreign && { target: foreign.target, executablePath: foreign.runtimePath }),
      },
      // Class names stay: errors and logs show them.
      minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
      sourcemap: "linked",
      // What only other commands need is not read: 2 MB less for the proxy, without traffic.
      splitting: true,
    });
    renameSync(built, outfile);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [outfile, entry = MAIN] = process.argv.slice(2);
  if (outfile === undefined) {
    console.error("usage: bun deploy/compile.ts OUTFILE [ENTRY]");
    process.exit(4);
  }
  await compile({ entry, outfile });
}
