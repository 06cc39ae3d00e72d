/** Is it alive, can it take a stream, and what does it count? For orchestrators, balancers and Prometheus. */
import { VERSION } from "../version.ts";
import type { Metrics } from "./metrics.ts";
import { readiness } from "./readiness.ts";
import type { App, AppOptions } from "./routes.ts";
import type { Traffic } from "./traffic.ts";

export function healthRoutes(app: App, options: AppOptions, traffic: Traffic): void {
  const { broker, stateTrouble } = options;
  app.get("/healthz", (context) => context.json({ status: "ok", version: VERSION }));
  app.get("/readyz", (context) => {
    const answer = readiness(broker, stateTrouble, options.channels?.troubles, options.crowd);
    return context.json(answer, answer.ready ? 200 : 503);
  });

  let metrics: Promise<Metrics> | null = null;
  app.get("/metrics", async (context) => {
    metrics ??= import("./metrics.ts").then(({ createMetrics }) => createMetrics({ ...options, traffic }));
    const { contentType, scrape } = await metrics;
    return context.body(await scrape(), 200, { "Content-Type": contentType });
  });
}
