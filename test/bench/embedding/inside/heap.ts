/** How much memory is alive, on each runtime; wants `gc` exposed on Node and Deno. */
import process from "node:process";

interface Jsc {
  heapStats(): { readonly heapSize: number };
}

const TURNS = 4;

/** Bytes of the heap that are in use after everything was collected that can be. */
export async function liveBytes(): Promise<number> {
  const bun = "Bun" in globalThis ? globalThis.Bun : null;
  const collect = bun ? () => bun.gc(true) : globalThis.gc;
  if (collect === undefined) throw new Error("gc is not exposed");
  for (let turn = 0; turn < TURNS; turn += 1) {
    // What a settled promise held is let go of in later turns.
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  if (bun === null) return process.memoryUsage().heapUsed;
  const jsc: Jsc = await import("bun:jsc");
  return jsc.heapStats().heapSize;
}
