/** `serve` of `@hono/node-server`, on Node and wherever else there is `node:http`. */
import type { Server } from "node:http";
import process from "node:process";
import { serve } from "@hono/node-server";
import { CORE_FACTS, type Runtime } from "./runtime.ts";

/** It puts a Response of its own in the place of the global one, which the servers of Bun and Deno do not take. */
const overrideGlobalObjects = !("Bun" in globalThis || "Deno" in globalThis);

export const listenNode: Runtime["listen"] = async (fetch) => {
  const { server, port } = await new Promise<{ server: Server; port: number }>((resolve) => {
    const server = serve({ hostname: "127.0.0.1", port: 0, fetch, overrideGlobalObjects }, ({ port }) =>
      resolve({ server: server as Server, port }),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

export const node: Runtime = {
  name: "Node",
  coreFacts: process.env[CORE_FACTS] ?? null,
  resets: true,
  listen: listenNode,
  openResources: () => process.getActiveResourcesInfo(),
};
