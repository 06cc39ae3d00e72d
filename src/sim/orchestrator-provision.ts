/** How a simulated orchestrator makes engines on demand, or says why not. */
import { containerIdOf } from "./books.ts";
import type { Timers } from "./clock.ts";
import type { Answer, Generation } from "./generation.ts";
import type { OrchestratorFaults, ProvisionBlock } from "./orchestrator-faults.ts";
import type { ProvisionPlan, SimOrchestrator } from "./orchestrator-options.ts";

interface Place {
  readonly rules: Generation;
  readonly plan: ProvisionPlan | null;
  readonly healthyAfterMs: number;
  readonly timers: Timers;
  readonly listed: () => number;
  readonly orchestrator: () => Pick<SimOrchestrator, "addEngine" | "relist"> & { faults: OrchestratorFaults };
}

export class Provisioning {
  readonly #place: Place;
  #underWay = 0;
  #made = 0;
  #closed = false;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Why no engine may be made now. */
  block(): ProvisionBlock | null {
    const { plan, orchestrator, listed } = this.#place;
    const { provisionBlock } = orchestrator().faults;
    if (provisionBlock !== null) return provisionBlock;
    if (plan !== null && listed() + this.#underWay < plan.max) return null;
    const message = plan === null ? "provisioning is off" : `all ${plan.max} engines are running`;
    return { code: "general_error", message, canRetry: false, shouldWait: false, status: 500 };
  }

  async answer(): Promise<Answer> {
    const { plan, rules, orchestrator } = this.#place;
    const block = this.block();
    if (block !== null || plan === null) {
      const told: ProvisionBlock = block ?? { code: "general_error", message: "provisioning is off" };
      return rules.blockedAnswer(told, told.status ?? 503);
    }
    const making = this.#make(plan);
    if (rules.provisionsLater) {
      making.catch(() => {});
      return { status: 200, body: { status: "provisioning" } };
    }
    const made = await making;
    return {
      status: 200,
      body: {
        container_id: made.containerId,
        container_name: made.containerName,
        host_http_port: orchestrator().faults.provisioned === "other_port" ? 1 : made.port,
        container_http_port: 40_000 + this.#made,
        container_https_port: 45_000 + this.#made,
      },
    };
  }

  close(): void {
    this.#closed = true;
  }

  async #make(plan: ProvisionPlan) {
    this.#underWay++;
    try {
      await new Promise<void>((resolve) => {
        this.#place.timers.after(plan.delayMs, resolve);
      });
      const engine = await plan.make();
      const made = { containerId: containerIdOf(engine.address), port: engine.port };
      const containerName = `acestream-${this.#place.listed() + 1}`;
      this.#made++;
      if (this.#closed) await engine.close();
      else this.#list(engine, made.containerId, containerName);
      return { ...made, containerName };
    } finally {
      this.#underWay--;
    }
  }

  #list(
    engine: Awaited<ReturnType<ProvisionPlan["make"]>>,
    containerId: string,
    containerName: string,
  ): void {
    const { healthyAfterMs, timers } = this.#place;
    const orchestrator = this.#place.orchestrator();
    const fate = orchestrator.faults.provisioned;
    if (fate === "never_listed") return;
    const health = fate === "unhealthy" ? "unhealthy" : healthyAfterMs > 0 ? "unknown" : "healthy";
    orchestrator.addEngine(engine, { containerId, containerName, health });
    if (health !== "unknown") return;
    timers.after(healthyAfterMs, () => orchestrator.relist(containerId, { health: "healthy" }));
  }
}
