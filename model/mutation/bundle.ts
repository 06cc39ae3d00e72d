/** Instrumented code as one module that can be loaded afresh: what a module computes once is computed again. */
import type { BunPlugin } from "bun";

const TEST_RUNNER = /"bun:test"/g;

/** The module `entry` with all that it imports, where files of these paths read as told. */
export async function bundle(
  entry: string,
  to: string,
  files: ReadonlyMap<string, string>,
  /** Stands in for `bun:test`, which only its own runner can use. */
  shim?: string,
): Promise<string> {
  const redirect: BunPlugin = {
    name: "instrumented",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const contents = files.get(path);
        if (contents !== undefined) return { contents, loader: "ts" };
        if (shim === undefined || path === shim || path.includes("node_modules")) return undefined;
        const text = await Bun.file(path).text();
        return { contents: text.replace(TEST_RUNNER, JSON.stringify(shim)), loader: "ts" };
      });
    },
  };
  const built = await Bun.build({ entrypoints: [entry], target: "bun", plugins: [redirect] });
  const [output] = built.outputs;
  if (!built.success || !output) throw new AggregateError(built.logs, `${entry} cannot be built`);
  await Bun.write(to, output);
  return to;
}

let loads = 0;

/** Evaluates a bundle again. */
export async function load<T>(path: string): Promise<T> {
  return (await import(`${path}?${++loads}`)) as T;
}
