/** The wire between one proxy and its store: passes bytes on, or does to them what networks do. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export type LinkFault =
  /** Connections break and new ones are refused. */
  | { readonly kind: "cut" }
  /** Connections stay and new ones are taken, and no byte moves. */
  | { readonly kind: "stalled" }
  /** Every byte comes so much later, each way. */
  | { readonly kind: "slow"; readonly ms: number }
  /**
   * The store takes the commands, and some answers never come back: from such a one on, the connection delivers
   * nothing more and breaks a moment later, since an answer cannot be missing within a connection.
   */
  | { readonly kind: "answers lost"; readonly share: number; readonly random: () => number }
  /**
   * Once: the proxy's connection breaks right after it has sent something with `words` in it, and that reaches the
   * store so much later, when the proxy has long been back on a new connection.
   */
  | { readonly kind: "overtaken"; readonly words: string; readonly ms: number };

export interface Link extends AsyncDisposable {
  /** Where the proxy finds its store. */
  readonly port: number;
  readonly fault: LinkFault | null;
  /** Pieces that are on their way. */
  readonly held: number;
  set(fault: LinkFault | null): void;
}

/** How long a connection whose answer was lost is silent before it breaks. */
const LOSS_SILENCE_MS = 50;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** What waits to be passed on, in order, each with its time. */
  readonly waiting: { readonly to: Socket; readonly bytes: Buffer; readonly dueMs: number }[];
  timer: ReturnType<typeof setTimeout> | null;
  deaf: boolean;
  /** The proxy has gone; what it sent before still reaches the store, as it would from a kernel's buffers. */
  left: boolean;
}

export async function openLink(storePort: number): Promise<Link> {
  const pairs = new Set<Pair>();
  let fault: LinkFault | null = null;

  const leave = (pair: Pair): void => {
    pair.left = true;
    pair.near.destroy();
    pump(pair);
  };

  const end = (pair: Pair): void => {
    if (!pairs.delete(pair)) return;
    if (pair.timer !== null) clearTimeout(pair.timer);
    pair.near.destroy();
    pair.far.destroy();
  };

  /** Passes on what is due; what is left comes when its time does. */
  const pump = (pair: Pair): void => {
    if (pair.timer !== null) clearTimeout(pair.timer);
    pair.timer = null;
    if (fault?.kind === "stalled" || !pairs.has(pair)) return;
    const now = performance.now();
    for (let first = pair.waiting[0]; first !== undefined && first.dueMs <= now; first = pair.waiting[0]) {
      pair.waiting.shift();
      if (!first.to.destroyed) first.to.write(first.bytes);
    }
    const next = pair.waiting[0];
    if (next === undefined && pair.left) end(pair);
    if (next !== undefined) pair.timer = setTimeout(() => pump(pair), Math.max(1, next.dueMs - now));
  };

  const take = (pair: Pair, to: Socket, bytes: Buffer): void => {
    const isAnswer = to === pair.near;
    if (isAnswer && (pair.deaf || pair.left)) return;
    if (isAnswer && fault?.kind === "answers lost" && fault.random() < fault.share) {
      pair.deaf = true;
      setTimeout(() => end(pair), LOSS_SILENCE_MS);
      return;
    }
    const isOvertaken = !isAnswer && fault?.kind === "overtaken" && bytes.includes(fault.words);
    const delayMs = fault?.kind === "slow" || (isOvertaken && fault?.kind === "overtaken") ? fault.ms : 0;
    if (isOvertaken) {
      fault = null;
      pair.left = true;
      setImmediate(() => pair.near.destroy());
    }
    // Bytes never overtake those before them, also when the wire has just become faster.
    const last = pair.waiting.findLast((waiting) => waiting.to === to)?.dueMs ?? 0;
    const dueMs = Math.max(last, performance.now() + delayMs);
    if (delayMs === 0 && pair.waiting.length === 0 && fault?.kind !== "stalled") {
      to.write(bytes);
      return;
    }
    pair.waiting.push({ to, bytes, dueMs });
    pump(pair);
  };

  const server = createServer((near) => {
    if (fault?.kind === "cut") {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: "127.0.0.1", port: storePort });
    const pair: Pair = { near, far, waiting: [], timer: null, deaf: false, left: false };
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (bytes: Buffer) => take(pair, to, bytes));
      from.on("error", () => {});
      from.on("close", () => (from === near ? leave(pair) : end(pair)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    port: (server.address() as AddressInfo).port,
    get fault() {
      return fault;
    },
    get held() {
      return [...pairs].reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
    set(next) {
      fault = next;
      if (next?.kind === "cut") for (const pair of [...pairs]) end(pair);
      else for (const pair of [...pairs]) pump(pair);
    },
    async [Symbol.asyncDispose]() {
      for (const pair of [...pairs]) end(pair);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
