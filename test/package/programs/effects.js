// Says what an import leaves behind: `effects.js ENTRY`. It must end by itself, at once.
const before = new Set(Reflect.ownKeys(globalThis));
const reads = [];
if (!("Deno" in globalThis)) {
  // Deno is simply not allowed to look. The runtimes' own loaders read some, which is not ours to judge.
  const read = (name) => {
    const who = new Error().stack.split("\n").find((line) => /^\s+at /.test(line) && !line.includes("effects.js"));
    if (who?.includes("/node_modules/")) reads.push(String(name));
  };
  process.env = new Proxy(process.env, {
    get: (env, name) => (read(name), Reflect.get(env, name)),
    has: (env, name) => (read(name), Reflect.has(env, name)),
    ownKeys: (env) => (read("all of them"), Reflect.ownKeys(env)),
  });
}
const args = "Deno" in globalThis ? Deno.args : process.argv.slice(2);
const names = Object.keys(await load(args[0]));
const globals = Reflect.ownKeys(globalThis).filter((key) => !before.has(key));
// Of Node alone; elsewhere what goes on shows by the program not ending. The rest is of loading, and of its own output.
const handles = (globalThis.process?.getActiveResourcesInfo?.() ?? []).filter((each) =>
  /Timeout|Immediate|TCP|UDP|Worker|Process|Port|Event/.test(each),
);
console.log(JSON.stringify({ names: names.length, globals: globals.map(String), reads, handles }));

// By name: what is imported by a computed name is another thing for Deno.
function load(entry) {
  switch (entry) {
    case "aceslot":
      return import("aceslot");
    case "aceslot/check":
      return import("aceslot/check");
    case "aceslot/selector":
      return import("aceslot/selector");
    case "aceslot/sim":
      return import("aceslot/sim");
    case "aceslot/slot":
      return import("aceslot/slot");
  }
  throw new Error(`no such entry: ${entry}`);
}
