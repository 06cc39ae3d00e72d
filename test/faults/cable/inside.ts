/** Run by `clients-cable.test.ts` in a network of its own: `ours` is the proxy's end of a cable, whose other end is a client's. */
import { expect, test } from "bun:test";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { contentId, startSimEngine } from "../../../src/sim/index.ts";
import { startBinary } from "../../support/binary.ts";
import { closing } from "../../support/closing.ts";
import { deadlinesBeside, PATIENCE_MS, UNHURRIED } from "../../support/faults.ts";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";

const LIMIT_MS = 90_000;
const OURS = "10.99.0.1";
const THEIRS = "10.99.0.2";

const ip = (...args: string[]): void =>
  void execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });

/** A process in a network of its own, that its end of the cable goes to. */
async function farAway(): Promise<ChildProcess> {
  // It ends by itself too, should nobody be left to end it.
  const holder = spawn("unshare", ["--net", "sleep", "150"], { stdio: "ignore" });
  const pid = String(holder.pid);
  ip("link", "set", "lo", "up");
  ip("link", "add", "ours", "type", "veth", "peer", "name", "theirs");
  // Until it has a network of its own the cable would be put into ours.
  await until("it has one", () => {
    try {
      const of = (who: string): string => execFileSync("readlink", [`/proc/${who}/ns/net`]).toString();
      return of(pid) !== of("self");
    } catch {
      return false;
    }
  });
  ip("link", "set", "theirs", "netns", pid);
  ip("addr", "add", `${OURS}/24`, "dev", "ours");
  ip("link", "set", "ours", "up");
  for (const args of [
    ["addr", "add", `${THEIRS}/24`, "dev", "theirs"],
    ["link", "set", "theirs", "up"],
  ])
    execFileSync("nsenter", ["-t", pid, "-n", "ip", ...args]);
  return holder;
}

test(
  "a client whose cable is pulled is dropped after --client-timeout, and nobody else notices",
  async () => {
    const holder = await farAway();
    await using made = new AsyncDisposableStack();
    made.defer(() => void holder.kill("SIGKILL"));
    await using engine = await startSimEngine({ media: numberedMedia(8_000_000) });
    // The near one and the engine live in this process, which may stand still for some seconds.
    const args = ["--engine", engine.address, "--client-timeout", "8s", "--buffer", "16MiB", ...UNHURRIED];
    await using proxy = await startBinary([...args, ...deadlinesBeside(args)], {
      command: ["serve", "--listen", `${OURS}:0`, "--log-format", "json"],
    });
    const url = `${proxy.url}/ace/getstream?id=${contentId(0)}`;
    const far = spawn("nsenter", ["-t", String(holder.pid), "-n", "curl", "-sS", "-o", "/dev/null", url], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      const near = watch(url);
      const clients = async () =>
        (await proxy.get<{ clients: { address: string }[] }>("/api/v1/clients")).clients;
      const fromAfar = async () => (await clients()).filter(({ address }) => address === THEIRS).length;
      await until("both watch", async () => (await fromAfar()) === 1 && near.bytes > 1_000_000, PATIENCE_MS);
      ip("link", "set", "ours", "down");
      await until("the far one is dropped", async () => (await fromAfar()) === 0, PATIENCE_MS);
      await until("it is logged", () =>
        proxy.log.some(({ message }) => message.startsWith("client dropped")),
      );
      expect(far.exitCode).toBeNull();
      const { bytes } = near;
      await near.got(bytes + 1_000_000, PATIENCE_MS);
      expect({ over: near.over, gaps: near.packets.gaps }).toEqual({ over: null, gaps: [] });
      near.leave();
      await closing({ proxy, engines: [engine], cap: 1 });
    } finally {
      far.kill("SIGKILL");
    }
  },
  LIMIT_MS,
);
