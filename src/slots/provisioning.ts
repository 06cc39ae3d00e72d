/** A new engine is asked for one at a time, and counts as coming until it is there *and* ready. */
import type { Draft } from "./draft.ts";
import { engineCalled } from "./pool.ts";
import type { EngineId } from "./words.ts";

/** Engines that appear while one is being provisioned are asked whether they are ready before they get anything. */
export function welcome(draft: Draft, arrived: readonly EngineId[]): void {
  const { provisioning } = draft.state;
  if (provisioning.phase !== "asked") return;
  for (const id of arrived) {
    const engine = draft.engine(id);
    if (!engine || engine.own > 0 || engine.resting) continue;
    draft.putEngine({ ...engine, resting: true });
    draft.emit({ type: "probe", engine: id, address: engine.address, faults: 0 });
  }
  // Where the source does not tell which engine it started, it is the one that was not there before.
  const [first] = arrived;
  if (provisioning.engine === null && first !== undefined)
    draft.state.provisioning = { ...provisioning, engine: first };
  draft.parts.closeProvisioning(draft);
}

/** Asking is over when the new engine is listed and has answered; until then nobody asks for another. */
export function closeProvisioning(draft: Draft): void {
  const { provisioning } = draft.state;
  if (provisioning.phase !== "asked" || !provisioning.answered || provisioning.engine === null) return;
  const engine = engineCalled(draft.state, provisioning.engine);
  if (!engine?.listed || engine.resting) return;
  draft.state.provisioning = { phase: "idle" };
  draft.disarm({ kind: "provision" });
}
