/** One of the processes that judge mutants: it is given one after another and answers with verdicts. */
import { PROPERTIES } from "../properties/index.ts";
import { open, type Places } from "./court.ts";
import { judge, type Verdict } from "./judge.ts";
import { LADDER } from "./ladder.ts";

export type Answer =
  | { readonly type: "ready"; readonly broken: readonly string[] }
  | { readonly type: "verdict"; readonly verdict: Verdict };

const say = (answer: Answer): void => void process.send?.(answer);

const court = await open(JSON.parse(process.argv[2] ?? "") as Places, LADDER, PROPERTIES);
process.on("message", async (id) => say({ type: "verdict", verdict: await judge(court, String(id)) }));
say({ type: "ready", broken: court.suite?.broken ?? [] });
