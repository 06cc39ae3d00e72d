/** `serve` of `@hono/node-server`. */
import type { Server } from "node:http";
import { serve } from "@hono/node-server";
import { CORE_FACTS, type Runtime } from "./runtime.ts";

export const node: Runtime = {
  name: "Node",
  coreFacts: process.env[CORE_FACTS] ?? "",
  async listen(fetch) {
    const { server, port } = await new Promise<{ server: Server; port: number }>((resolve) => {
      const server = serve({ hostname: "127.0.0.1", port: 0, fetch }, ({ port }) =>
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
  },
  openResources: () => process.getActiveResourcesInfo(),
};
