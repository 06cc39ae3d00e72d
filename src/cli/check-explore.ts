// `aceslot check --explore`: the page that walks through one world.
import { mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { type ExplorePage, startExplorePage } from "../../model/report/page/serve.ts";
import { createWalker } from "../../model/walker.ts";
import type { WorldSize } from "../../model/world/size.ts";
import { quoted } from "../config/error.ts";
import { step as realStep } from "../slots/index.ts";
import { isOfCluster, isOfShell, knownMutant } from "./check-mutants.ts";
import { type Own, wholeNumber } from "./check-rules.ts";
import { givenWorlds, worldOfFlags } from "./check-worlds.ts";
import { EXIT, print, UsageError } from "./run.ts";

const PORT_MAX = 65_535;

export async function explore(own: Own, file: string | null): Promise<number> {
  const mutant = typeof own.mutant === "string" ? own.mutant : null;
  if (mutant === "all")
    throw new UsageError("--explore and --mutant all: the page walks through one world; name one mutant");
  if (mutant !== null) knownMutant("--mutant", mutant);
  const bug = mutant === null ? null : mutantNamed(mutant);
  if (mutant !== null && isOfShell(mutant))
    throw new UsageError(
      `--mutant: ${quoted(mutant)} is a bug of the broker, and the page walks through the selector's worlds; see aceslot check --list-mutants for another`,
    );
  if (mutant !== null && isOfCluster(mutant))
    throw new UsageError(
      `--mutant: ${quoted(mutant)} is a bug of several proxies, and the page walks through worlds of one; see aceslot check --list-mutants for another`,
    );
  const [size, ...others] = givenWorlds(own, file) ?? [{ ...worldOfFlags({}), ...bug?.world }];
  if (!size || others.length > 0)
    throw new UsageError(
      `--config: ${quoted(file ?? "")} has ${others.length + 1} worlds: the page walks through one; leave the others out`,
    );
  if (size.proxies > 1)
    throw new UsageError(
      `--proxies: ${size.proxies}: the page walks through worlds of one proxy; leave it out, or leave --explore out`,
    );
  const port = wholeNumber(own, "port", 0, PORT_MAX) ?? 0;
  const page = start(size, port);
  await print(`Walk through ${page.world}${bug ? ` with ${bug.name}` : ""}: ${page.url}\nCtrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await page.close();
  return EXIT.done;

  function start(world: WorldSize, at: number): ExplorePage & { readonly world: string } {
    const step = bug ? stepOf(bug) : realStep;
    const walker = createWalker({ size: world, step, mutant, symmetry: own.symmetry !== "no" });
    try {
      const { url, close } = startExplorePage(walker, at);
      return { url, close, world: walker.world };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
      const why = code === "EADDRINUSE" ? "somebody else has it" : "this user may not have it";
      throw new UsageError(`--port: ${at} cannot be used: ${why}; choose another, or leave --port out`);
    }
  }
}
