/** `Bun.serve`. */
import type { Runtime } from "./runtime.ts";

export const bun: Runtime = {
  name: "Bun",
  coreFacts: null,
  resets: true,
  async listen(fetch) {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, development: false, fetch });
    return {
      url: `http://127.0.0.1:${server.port}`,
      [Symbol.asyncDispose]: () => server.stop(true),
    };
  },
  openResources: () => null,
};
