/** A binary with a TOML file that changes under it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LogLine, type RunningBinary, scratchFolder, startBinary } from "./binary.ts";
import { until } from "./until.ts";

export interface Reloading extends RunningBinary {
  readonly folder: string;
  /** Writes the file anew without a signal. */
  write(toml: string): Promise<void>;
  /** Sends SIGHUP and resolves with the lines that the reload logged. */
  hangUp(): Promise<readonly LogLine[]>;
  /** Both. */
  reload(toml: string): Promise<readonly LogLine[]>;
}

const isOutcome = ({ message }: LogLine): boolean => /^(settings reloaded|not reloaded)/.test(message);

/** `fixed` stands before every version of the file; state is kept nowhere. */
export async function startReloading(
  fixed: string,
  first: string,
  env: Record<string, string> = {},
): Promise<Reloading> {
  const folder = await scratchFolder();
  const path = join(folder.path, "aceslot.toml");
  const write = (toml: string): Promise<void> =>
    writeFile(path, `listen = "127.0.0.1:0"\nstate-dir = "none"\n${fixed}\n${toml}\n`, { mode: 0o600 });
  await write(first);
  const proxy = await startBinary(["--config", path], { command: ["serve"], env });
  const hangUp = async (): Promise<readonly LogLine[]> => {
    const before = proxy.log.length;
    process.kill(proxy.pid, "SIGHUP");
    await until("the reload is told", () => proxy.log.slice(before).some(isOutcome));
    // It is the last line that is told of a reload.
    return proxy.log.slice(before);
  };
  return {
    url: proxy.url,
    pid: proxy.pid,
    log: proxy.log,
    get: (path) => proxy.get(path),
    end: (signal) => proxy.end(signal),
    folder: folder.path,
    write,
    hangUp,
    async reload(toml) {
      await write(toml);
      return hangUp();
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
