/** `Deno.serve`. */
import process from "node:process";
import { CORE_FACTS, type Fetch, type Runtime, type Test } from "./runtime.ts";

/** What of Deno is called here: the compiler knows Bun's globals only. */
interface DenoGlobal {
  readonly test: Test;
  serve(
    options: {
      readonly hostname: string;
      readonly port: number;
      readonly signal: AbortSignal;
      onListen(address: { readonly port: number }): void;
      onError(error: unknown): Response;
    },
    fetch: Fetch,
  ): { readonly finished: Promise<void> };
}
const { Deno } = globalThis as unknown as { readonly Deno: DenoGlobal };

export const { test } = Deno;

export const deno: Runtime = {
  name: "Deno",
  coreFacts: process.env[CORE_FACTS] ?? null,
  resets: false,
  async listen(fetch) {
    const closing = new AbortController();
    let listening = (_port: number): void => {};
    const port = new Promise<number>((resolve) => {
      listening = resolve;
    });
    const server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        signal: closing.signal,
        onListen: ({ port }) => listening(port),
        onError(error) {
          // Of each client that is broken off Deno asks here what to say, and would print it.
          if (!(error instanceof Error && error.name === "BrokenOff")) console.error(error);
          return new Response(null, { status: 500 });
        },
      },
      fetch,
    );
    return {
      url: `http://127.0.0.1:${await port}`,
      async [Symbol.asyncDispose]() {
        closing.abort();
        await server.finished;
      },
    };
  },
  openResources: () => null,
};
