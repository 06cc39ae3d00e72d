/** The proxy inside programs of one's own on each runtime, beside the compiled binary: the same engine and load. */

import { freePorts, listens, startProgram } from "../process.ts";
import { SCENARIOS, type Scenario } from "../scenarios.ts";
import { type Site, type Subject, startSubject } from "../subjects.ts";
import type { Column } from "../table.ts";
import { commandOf, RUNTIMES } from "./runtimes.ts";

export const PROXY_NAMES = [...RUNTIMES, "binary"] as const;
export type ProxyName = (typeof PROXY_NAMES)[number];

const CLIENTS = [1, 20, 100] as const;
const TOOLS: readonly Column[] = [{ metric: "engineCpuPercent" }, { metric: "loadCpuPercent" }];

/** One of the data plane's scenarios, with other names and columns. */
const like = (known: string, changes: Partial<Scenario>): Scenario[] =>
  SCENARIOS.filter(({ name }) => name === known).map((scenario) => ({ ...scenario, ...changes }));

const fanout = (clients: number): Scenario[] =>
  like("fanout-100", {
    name: `clients-${clients}`,
    told: `${clients} client${clients === 1 ? " reads" : "s read"} one stream as fast as they can`,
    loadFlags: ["--clients", `${clients}`],
    // On Node whoever can take more goes on before a newcomer is let in.
    times: [1.5, 2],
    quickTimes: [1.2, 1],
    columns: [
      { metric: "MBps", hasRatio: true },
      { metric: "cpuSecondsPerGB", hasRatio: true },
      { metric: "rssMiB" },
      { metric: "unevenPercent" },
      ...TOOLS,
    ],
  });

/** What streams really are: the clients' bytes come at the stream's own pace. */
const paced = like("paced-200", {
  name: "paced",
  columns: [
    { metric: "cpuPercent", hasRatio: true },
    { metric: "delayP50" },
    { metric: "delayP99" },
    { metric: "delayMax" },
    { metric: "rssMiB" },
    ...TOOLS,
  ],
});

export const PROXY_SCENARIOS: readonly Scenario[] = [...CLIENTS.flatMap(fanout), ...paced];

/** `bundle`: the program that serves. */
export async function startProxy(name: ProxyName, bundle: string, site: Site): Promise<Subject | null> {
  if (name === "binary") return startSubject("aceslot", site);
  const port = await freePorts(1);
  const engines = site.engines.map((engine) => `127.0.0.1:${engine}`);
  const program = await startProgram(commandOf(name, bundle, `${port}`, ...engines), () => listens(port));
  return { pids: [program.pid], loadFlags: ["--port", `${port}`], stop: program.stop };
}
