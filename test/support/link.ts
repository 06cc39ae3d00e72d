/** The wire between two parts: passes bytes on, or does to them what networks do. */

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export type LinkFault =
  /** Connections break, and new ones are refused by a reset as soon as they are made. */
  | { readonly kind: "cut" }
  /** Connections break with a reset on both sides, once; new ones are as before. */
  | { readonly kind: "reset" }
  /** Both sides' connections are ended with FIN, once, whatever was being sent; new ones are as before. */
  | { readonly kind: "closed" }
  /** Connections stay and new ones are taken, and no byte moves. */
  | { readonly kind: "stalled" }
  /** As `stalled`, in one direction only. */
  | { readonly kind: "deaf"; readonly to: "near" | "far" }
  /**
   * The far part is told that its connections broke, the near one never: it reads nothing, and what it sends is
   * swallowed. New connections are taken and lead nowhere.
   */
  | { readonly kind: "half-open" }
  /** Every byte comes so much later, each way. */
  | { readonly kind: "slow"; readonly ms: number }
  /** What the far part sends comes no faster than this. */
  | { readonly kind: "trickle"; readonly bytesPerSecond: number }
  /** Once for each connection: after so many bytes of the far part's, both sides are reset. */
  | { readonly kind: "cut after"; readonly bytes: number }
  /**
   * The far part takes what it is sent, and some answers never come back: from such a one on, the connection
   * delivers nothing more and breaks a moment later, since an answer cannot be missing within a connection.
   */
  | { readonly kind: "answers lost"; readonly share: number; readonly random: () => number }
  /**
   * Once: the near connection breaks right after it has sent something with `words` in it, and that reaches the
   * far part so much later, when the near one has long been back on a new connection.
   */
  | { readonly kind: "overtaken"; readonly words: string; readonly ms: number };

export interface Link extends AsyncDisposable {
  /** Where the near part finds the far one, on the loopback. */
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly fault: LinkFault | null;
  /** Pieces that are on their way. */
  readonly held: number;
  /** Connections that the near part has now. */
  readonly connections: number;
  /** Connections that the near part has ever made. */
  readonly accepted: number;
  set(fault: LinkFault | null): void;
}

/** How long a connection whose answer was lost is silent before it breaks. */
const LOSS_SILENCE_MS = 50;
/** A trickle comes in pieces of this time. */
const TRICKLE_TICK_MS = 100;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** What waits to be passed on, in order, each with its time. */
  readonly waiting: { readonly to: Socket; readonly bytes: Buffer; readonly dueMs: number }[];
  timer: ReturnType<typeof setTimeout> | null;
  deaf: boolean;
  /** The near part has gone; what it sent before still reaches the far one, as it would from a kernel's buffers. */
  left: boolean;
  /** The far part has gone, and the near one is not to know. */
  isHalfOpen: boolean;
  /** Bytes of the far part's, so far. */
  answered: number;
}

/** `farPort`: a function is asked for each new connection, so that the far part can move. */
export async function openLink(farPort: number | (() => number), farHost = "127.0.0.1"): Promise<Link> {
  const pairs = new Set<Pair>();
  let fault: LinkFault | null = null;
  let accepted = 0;

  const leave = (pair: Pair): void => {
    pair.left = true;
    pair.near.destroy();
    if (pair.isHalfOpen) end(pair);
    else pump(pair);
  };

  const end = (pair: Pair, how: "close" | "reset" = "close"): void => {
    if (!pairs.delete(pair)) return;
    if (pair.timer !== null) clearTimeout(pair.timer);
    for (const socket of [pair.near, pair.far]) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
  };

  const isHeld = (pair: Pair, to: Socket): boolean =>
    fault?.kind === "stalled" || (fault?.kind === "deaf" && to === pair[fault.to]);

  /** Passes on what is due; what is left comes when its time does. */
  const pump = (pair: Pair): void => {
    if (pair.timer !== null) clearTimeout(pair.timer);
    pair.timer = null;
    if (!pairs.has(pair)) return;
    const now = performance.now();
    let nextMs: number | null = null;
    const kept: Pair["waiting"] = [];
    for (const piece of pair.waiting.splice(0)) {
      if (isHeld(pair, piece.to)) kept.push(piece);
      else if (piece.dueMs > now || kept.some(({ to }) => to === piece.to)) {
        kept.push(piece);
        nextMs ??= piece.dueMs;
      } else if (!piece.to.destroyed) piece.to.write(piece.bytes);
    }
    pair.waiting.push(...kept);
    if (kept.length === 0 && pair.left) end(pair);
    if (nextMs !== null) pair.timer = setTimeout(() => pump(pair), Math.max(1, nextMs - now));
  };

  /** A trickle's pieces, each with its time behind those before. */
  const trickle = (pair: Pair, bytes: Buffer, bytesPerSecond: number, fromMs: number): void => {
    const size = Math.max(1, Math.floor((bytesPerSecond * TRICKLE_TICK_MS) / 1000));
    let dueMs = fromMs;
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      dueMs += (piece.length / bytesPerSecond) * 1000;
      pair.waiting.push({ to: pair.near, bytes: piece, dueMs });
    }
    pump(pair);
  };

  const take = (pair: Pair, to: Socket, bytes: Buffer): void => {
    if (pair.isHalfOpen) return;
    const isAnswer = to === pair.near;
    if (isAnswer && (pair.deaf || pair.left)) return;
    if (isAnswer) pair.answered += bytes.length;
    if (isAnswer && fault?.kind === "answers lost" && fault.random() < fault.share) {
      pair.deaf = true;
      setTimeout(() => end(pair), LOSS_SILENCE_MS);
      return;
    }
    if (isAnswer && fault?.kind === "cut after" && pair.answered > fault.bytes) {
      const rest = bytes.length - (pair.answered - fault.bytes);
      // What came before the cut is delivered: a reset would throw away what the near part has not read yet.
      if (rest > 0)
        to.write(bytes.subarray(0, rest), () => setTimeout(() => end(pair, "reset"), LOSS_SILENCE_MS));
      else end(pair, "reset");
      pair.deaf = true;
      return;
    }
    // Bytes never overtake those before them, also when the wire has just become faster.
    const last = pair.waiting.findLast((waiting) => waiting.to === to)?.dueMs ?? 0;
    if (isAnswer && fault?.kind === "trickle") {
      trickle(pair, bytes, fault.bytesPerSecond, Math.max(last, performance.now()));
      return;
    }
    const isOvertaken = !isAnswer && fault?.kind === "overtaken" && bytes.includes(fault.words);
    const delayMs = fault?.kind === "slow" || (isOvertaken && fault?.kind === "overtaken") ? fault.ms : 0;
    if (isOvertaken) {
      fault = null;
      pair.left = true;
      setImmediate(() => pair.near.destroy());
    }
    const dueMs = Math.max(last, performance.now() + delayMs);
    if (delayMs === 0 && pair.waiting.length === 0 && !isHeld(pair, to)) {
      to.write(bytes);
      return;
    }
    pair.waiting.push({ to, bytes, dueMs });
    pump(pair);
  };

  /** The far part hears of the end; the near one keeps a connection to nobody. */
  const halfOpen = (pair: Pair): void => {
    pair.isHalfOpen = true;
    pair.waiting.length = 0;
    pair.far.resetAndDestroy();
  };

  const server = createServer((near) => {
    accepted++;
    if (fault?.kind === "cut") {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: farHost, port: typeof farPort === "function" ? farPort() : farPort });
    const pair: Pair = {
      near,
      far,
      waiting: [],
      timer: null,
      deaf: false,
      left: false,
      isHalfOpen: false,
      answered: 0,
    };
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on("data", (bytes: Buffer) => take(pair, to, bytes));
      from.on("error", () => {});
      from.on("close", () => {
        if (from === near) leave(pair);
        else if (!pair.isHalfOpen) end(pair);
      });
    }
    if (fault?.kind === "half-open") halfOpen(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    address: `127.0.0.1:${port}`,
    get fault() {
      return fault;
    },
    get held() {
      return [...pairs].reduce((sum, { waiting }) => sum + waiting.length, 0);
    },
    get connections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    set(next) {
      const isOnce = next?.kind === "reset" || next?.kind === "closed";
      fault = isOnce ? null : next;
      for (const pair of [...pairs]) {
        if (next?.kind === "cut" || next?.kind === "reset") end(pair, "reset");
        else if (next?.kind === "closed") end(pair);
        else if (next?.kind === "half-open") halfOpen(pair);
        else if (pair.isHalfOpen) end(pair, "reset");
        else pump(pair);
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of [...pairs]) end(pair);
      await closed;
    },
  };
}
