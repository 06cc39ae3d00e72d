/** What users complain of in running it: VPNs that come and go, and nobody who says why nothing can be started. */
import { describe, expect, test } from "bun:test";
import { bareMedia, startWorld } from "../../../src/sim/index.ts";
import { startBinary } from "../../support/binary.ts";
import { closing } from "../../support/closing.ts";
import { PATIENCE_MS, PLAYS_BYTES, refusedAt, SHORT_UNHURRIED, streamUrl } from "../../support/faults.ts";
import { play } from "../../support/player.ts";
import { knowsEngines } from "../../support/rest.ts";

const LIMIT_MS = 90_000;

describe("U22 a VPN in front of the engines", () => {
  for (const generation of [1, 2] as const)
    test.concurrent(
      `generation ${generation}: the engine whose VPN forwards a port comes first, and a VPN that is down is told in the orchestrator's words`,
      async () => {
        await using world = await startWorld({
          engines: 3,
          generation,
          media: bareMedia,
          unreadSessionMs: 3_000,
        });
        const [, second] = world.engines;
        if (second === undefined) throw new Error("there is a second engine");
        world.orchestrator.relist(world.orchestrator.containerIdOf(second), { forwarded: true });
        await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT_UNHURRIED]);
        await knowsEngines(proxy, 3);
        const players = [play(streamUrl(proxy, 0))];
        await players[0]?.got(PLAYS_BYTES, PATIENCE_MS);
        expect(world.engines.map(({ load }) => load)).toEqual([0, 1, 0]);

        for (const content of [1, 2]) players.push(play(streamUrl(proxy, content)));
        for (const player of players) await player.got(PLAYS_BYTES, PATIENCE_MS);
        const message = "VPN disconnected: engines cannot be started";
        world.orchestrator.faults.provisionBlock = {
          code: "vpn_disconnected",
          message,
          recoveryEtaSeconds: 60,
        };
        const refusal = await refusedAt(proxy, 3);
        expect(refusal).toMatchObject({ status: 503, code: "provisioning_blocked" });
        expect(refusal.message).toContain("VPN");
        expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
        await closing({ proxy, engines: world.engines, cap: 1, players });
      },
      LIMIT_MS,
    );
});
