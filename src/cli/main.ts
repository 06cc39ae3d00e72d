// The door of the binary: reads the command line, runs one command, ends with its exit code.
// It holds no logic of its own; each command is imported only when it is asked for. Nothing imports it.
import { ConfigError } from "../config/error.ts";
import { type Asked, runProgram } from "./program.ts";
import { complain, EXIT, toleratePipeEnd, UsageError } from "./run.ts";

async function answer({ command, words, settings, own }: Asked): Promise<number> {
  switch (command) {
    case "serve": {
      const loaded = await startSettings(settings);
      const { readSettingsAgain } = await import("./settings.ts");
      return (await import("./serve.ts")).serve(loaded, () => readSettingsAgain(settings));
    }
    case "demo": {
      const loaded = await startSettings(settings);
      return (await import("./demo.ts")).demo(loaded.settings, loaded.sources);
    }
    case "config":
      return (await import("./config.ts")).config(settings, {
        check: own.check === true,
        example: own.example === true,
        schema: own.schema === true,
        format: own.format === "json" ? "json" : "text",
      });
    case "doctor":
      return (await import("./doctor.ts")).doctor(
        settings,
        own.format === "json" ? "json" : "pretty",
        typeof own["test-id"] === "string" ? own["test-id"] : null,
      );
    case "healthcheck":
      return (await import("./healthcheck.ts")).healthcheck(settings);
    case "check":
      return (await import("./check.ts")).check(own, settings.config?.at(-1) ?? null);
    case "replay":
      return (await import("./replay.ts")).replay({
        files: words,
        cap: typeof own.cap === "string" ? own.cap : null,
        skew: typeof own.skew === "string" ? own.skew : null,
        format: own.format === "json" ? "json" : "pretty",
      });
    case "completion":
      return (await import("./completion/index.ts")).completion(words[0] ?? "");
    case "man":
      return (await import("./man.ts")).man();
    default:
      throw new Error(`the command ${command} has no answer`);
  }
}

const startSettings = async (flags: Asked["settings"]) =>
  (await import("./settings.ts")).readSettingsAloud(flags);

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await runProgram(argv, answer);
  } catch (error) {
    if (error instanceof ConfigError) for (const { message } of error.all) complain(message);
    else complain(error instanceof Error ? error.message : String(error));
    return error instanceof ConfigError || error instanceof UsageError ? EXIT.badUsage : EXIT.failed;
  }
}

toleratePipeEnd();
process.exit(await main(process.argv.slice(2)));
