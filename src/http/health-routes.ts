/** Is it alive, can it take a stream, and what does it count? For orchestrators, balancers and Prometheus. */
import { VERSION } from "../version.ts";
import type { Metrics } from "./metrics.ts";
import type { App, AppOptions } from "./routes.ts";
import { readiness } from "./views.ts";

export function healthRoutes(app: App, { broker, bodies, stateTrouble }: AppOptions): void {
  app.get("/healthz", (context) => context.json({ status: "ok", version: VERSION }));
  app.get("/readyz", (context) => {
    const answer = readiness(broker, stateTrouble);
    return context.json(answer, answer.ready ? 200 : 503);
  });

  let metrics: Promise<Metrics> | null = null;
  app.get("/metrics", async (context) => {
    metrics ??= import("./metrics.ts").then(({ createMetrics }) =>
      createMetrics(broker, (id) => bodies.figures(id)),
    );
    const { contentType, scrape } = await metrics;
    return context.body(await scrape(), 200, { "Content-Type": contentType });
  });
}
