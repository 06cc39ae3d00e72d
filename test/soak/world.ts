/** The proxy, as one process, between engines in processes of their own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { type EngineProcess, startEngineProcess } from "../support/engine-process.ts";

/** An engine's cap; so that several streams suffer from one fault. */
export const CAP = 4;
/** Engines that may be of no use at once, and room for those who zap. */
const SPARE_ENGINES = 4;
export const TROUBLED_AT_ONCE = 2;
const UNREAD_SESSION_MS = 3_000;

/** Short, so that minutes hold many lives of everything. An engine ends unread sessions before slots are freed unproved. */
const TIMES = [
  ...["--queue-timeout", "5s", "--start-timeout", "5s", "--stall-timeout", "4s"],
  ...["--client-timeout", "10s", "--release-timeout", "12s"],
];

export interface World extends AsyncDisposable {
  readonly proxy: RunningBinary;
  readonly engines: readonly EngineProcess[];
  readonly journal: string;
  /** Settings that change now and then, by SIGHUP. */
  reload(lingerSeconds: number): Promise<void>;
}

export async function startWorld(options: {
  readonly folder: string;
  readonly streams: number;
  /** An engine begins or ends to carry a content; null: one that is still being started. */
  readonly watch: (isBegin: boolean, engine: EngineProcess | null, content: string) => void;
}): Promise<World> {
  const { folder, streams, watch } = options;
  const count = Math.ceil(streams / CAP) + SPARE_ENGINES;
  const engines = await Promise.all(
    Array.from({ length: count }, async () => {
      let own: EngineProcess | null = null;
      own = await startEngineProcess(
        { media: "numbered", unreadSessionMs: UNREAD_SESSION_MS, burstMs: 1_000 },
        (what, { content }) => watch(what === "begin", own, content),
      );
      return own;
    }),
  );
  const journal = join(folder, "journal.jsonl");
  const config = join(folder, "aceslot.toml");
  const state = join(folder, "state");
  await mkdir(state, { recursive: true });
  const write = (linger: number): Promise<void> => writeFile(config, `linger = "${linger}s"\n`);
  await write(2);
  const proxy = await startBinary([
    ...engines.flatMap(({ address }) => ["--engine", address]),
    ...["--max-streams-per-engine", String(CAP), "--config", config, "--state-dir", state],
    ...["--journal", journal, "--debug", "on", "--buffer", "1MiB", ...TIMES],
  ]);
  return {
    ...{ proxy, engines, journal },
    async reload(linger) {
      await write(linger);
      process.kill(proxy.pid, "SIGHUP");
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
    },
  };
}
