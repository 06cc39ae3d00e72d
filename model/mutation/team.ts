/** Worker processes that share the mutants; one that falls silent is replaced, and its mutant has timed out. */
import { join } from "node:path";
import type { Places } from "./court.ts";
import type { Verdict } from "./judge.ts";
import type { Answer } from "./worker.ts";

/** How long a worker may make ready, and how long it may be silent over one mutant. */
const READY_MS_MAX = 600_000;
const SILENCE_MS_MAX = 120_000;

interface Told {
  readonly verdict: (verdict: Verdict) => void;
  /** Tests that fail without any mutant. */
  readonly broken: (tests: readonly string[]) => void;
}

export async function judgeAll(
  places: Places,
  ids: readonly string[],
  workers: number,
  told: Told,
): Promise<void> {
  const queue = [...ids].reverse();
  await Promise.all(Array.from({ length: workers }, () => work(places, queue, told)));
}

/** Keeps one worker busy until the queue is empty. */
async function work(places: Places, queue: string[], told: Told): Promise<void> {
  while (queue.length > 0) {
    const lost = await oneLife(places, queue, told);
    if (lost === null) return;
    told.verdict({
      id: lost,
      status: "Timeout",
      by: null,
      reason: "no answer in time",
      rung: "",
      differs: [],
    });
  }
}

/** The life of one worker process; answers the mutant over which it fell silent or died, null: none. */
function oneLife(places: Places, queue: string[], told: Told): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let current: string | null = null;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const watch = (ms: number): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => child.kill("SIGKILL"), ms);
    };
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "worker.ts"), JSON.stringify(places)], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc(answer: Answer) {
        watch(SILENCE_MS_MAX);
        if (answer.type === "ready") told.broken(answer.broken);
        else told.verdict(answer.verdict);
        current = queue.pop() ?? null;
        if (current === null) child.kill();
        else child.send(current);
      },
      onExit() {
        clearTimeout(watchdog);
        if (current !== null || queue.length === 0) resolve(current);
        else reject(new Error("a worker ended before it was ready"));
      },
    });
    watch(READY_MS_MAX);
  });
}
