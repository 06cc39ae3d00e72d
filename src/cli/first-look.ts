// What `aceslot serve` says of engines that do not answer when it starts: a wrong address is the commonest mistake of a
// first run, and without this nobody would hear of it before something is to be played.
import { createEngineClient } from "../engine/index.ts";
import type { Log } from "../log.ts";
import { type Address, addressText } from "../slots/index.ts";

/** More would only fill the log. */
const ENGINES_MAX = 16;

/** Asks each once; decides nothing. An engine beside it may need a while longer to start than the proxy does. */
export async function lookAtEngines(
  engines: readonly Address[],
  log: Pick<Log, "warn">,
  alive: (address: Address) => Promise<boolean> = createEngineClient().alive,
): Promise<void> {
  const asked = engines.slice(0, ENGINES_MAX).map(async (address) => {
    if (await alive(address)) return;
    log.warn("no answer from an engine yet; if it stays so, aceslot doctor says why", {
      engine: addressText(address),
    });
  });
  await Promise.all(asked);
}
