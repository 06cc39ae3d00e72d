/**
 * Models on GPUs: `gpu-0` has memory for one, `gpu-1` for two. Whoever asks for a model that is loaded shares it; a model
 * that nobody uses stays loaded, until another one needs the memory.
 */
import { createSelector, SelectorError } from "aceslot/selector";
import { load, loaded, type Worker } from "./gpu.ts";

const gpus = createSelector<Worker>({
  resources: [
    { id: "gpu-0", cap: 1 },
    { id: "gpu-1", cap: 2 },
  ],
  open: ({ resource, key, signal }) => load(resource, key, signal),
  // The memory is free when this has resolved, and not before.
  close: (worker) => worker.unload(),
  lingerMs: 60_000,
  openTimeoutMs: 30_000,
});

async function ask(model: string, prompt: string, timeoutMs = 10_000): Promise<string> {
  await using slot = await gpus.acquire({ key: model, timeoutMs });
  return await slot.value.run(prompt);
}

// Four models, and memory for three: the fourth is loaded as soon as one of the others has nothing to do.
const MODELS = ["llama", "mistral", "qwen", "gemma"];
const prompts = MODELS.flatMap((model) => [1, 2, 3].map((page) => [model, `page ${page}`] as const));
const answers = await Promise.all(prompts.map(([model, prompt]) => ask(model, prompt)));
console.log(`${answers.length} answers, the last one: ${answers.at(-1)}`);

// It was loaded last and nobody has needed its memory since.
console.log(await ask("gemma", "page 4", 0));

// While every place is held, somebody who will not wait is told so.
const held = await Promise.all(["gemma", "phi", "falcon"].map((key) => gpus.acquire({ key })));
const refusal = await ask("bloom", "page 1", 0).catch((error: unknown) => error);
if (refusal instanceof SelectorError) console.log(`${refusal.code}: ${refusal.message}`);
await Promise.all(held.map((slot) => slot.release()));

await gpus.close();
for (const [gpu, { now, most }] of [...loaded].sort())
  console.log(`${gpu}: at most ${most} loaded at once, ${now} now`);
const ever = [...loaded.values()].reduce((sum, memory) => sum + memory.ever, 0);
console.log(`${ever} models were loaded`);
