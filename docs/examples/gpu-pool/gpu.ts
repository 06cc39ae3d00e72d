/** Stands for a GPU with a model in its memory: a process, a session, whatever one's own framework has. */

/** Models in memory now, and the most there ever were, by GPU. */
export const loaded = new Map<string, { now: number; most: number; ever: number }>();

export interface Worker {
  readonly gpu: string;
  readonly model: string;
  /** Answers one prompt. Several at a time are one batch. */
  run(prompt: string): Promise<string>;
  unload(): Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function load(gpu: string, model: string, signal: AbortSignal): Promise<Worker> {
  const memory = loaded.get(gpu) ?? { now: 0, most: 0, ever: 0 };
  loaded.set(gpu, memory);
  memory.now++;
  memory.ever++;
  memory.most = Math.max(memory.most, memory.now);
  await pause(5);
  const unload = async (): Promise<void> => {
    await pause(5);
    memory.now--;
  };
  if (signal.aborted) {
    await unload();
    throw signal.reason;
  }
  const run = async (prompt: string): Promise<string> => {
    await pause(2);
    return `${model} read "${prompt}"`;
  };
  return { gpu, model, run, unload };
}
