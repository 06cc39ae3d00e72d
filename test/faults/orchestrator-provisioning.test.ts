/** Row O8: engines on demand, and all the ways in which they do not come. */
import { describe, expect, test } from "bun:test";
import { LONG, PATIENCE_MS, PLAYS_BYTES, refusedAt, UNHURRIED } from "../support/faults.ts";
import { GENERATIONS, LIMIT_MS, place } from "../support/orchestrator-world.ts";
import { until } from "../support/until.ts";

/** As a container that has to be fetched first. */
const PROVISION_SLOW_MS = 60_000;

describe("O8 provisioning", () => {
  for (const generation of GENERATIONS) {
    test.concurrent(
      `generation ${generation}: whoever waits gets the new engine; one is asked for per shortage`,
      async () => {
        await using here = await place({
          engines: 1,
          generation,
          provision: { delayMs: 800, max: 4 },
          args: LONG,
        });
        await here.playing(0);
        await Promise.all([here.playing(1), here.playing(1)]);
        expect(here.orchestrator.counters.provision).toBe(1);
        expect(here.engines).toHaveLength(2);
        // Two more wait at once: one engine after the other.
        let underWay = 0;
        const both = Promise.all([here.playing(2), here.playing(3)]);
        await until(
          "both play",
          async () => {
            underWay = Math.max(underWay, here.orchestrator.counters.provision - here.engines.length + 1);
            return here.world.realLoad() === 4;
          },
          PATIENCE_MS,
        );
        await both;
        expect(here.orchestrator.counters.provision).toBe(3);
        expect(underWay).toBeLessThanOrEqual(1);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const form of ["string", "object"] as const)
      test.concurrent(
        `generation ${generation}: refused in words (${form}): 503 provisioning_blocked with the reason and when to come again`,
        async () => {
          await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
          await here.playing(0);
          const message = "the VPN is away";
          const block = {
            code: "vpn_disconnected",
            message,
            recovery_eta_seconds: 42,
            can_retry: true,
            should_wait: true,
          };
          const body =
            generation === 2
              ? { error: message }
              : form === "string"
                ? { detail: message }
                : { detail: { error: "provisioning_blocked", ...block } };
          here.orchestrator.faults.routes.provision = { kind: "json", status: 503, body };
          const refusal = await refusedAt(here.proxy, 1);
          expect(refusal).toMatchObject({ status: 503, code: "provisioning_blocked", message });
          expect(Number(refusal.retryAfter)).toBeGreaterThan(0);
          if (generation === 1 && form === "object") expect(refusal.retryAfter).toBe("42");
          expect(here.orchestrator.counters.provision).toBe(1);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

    test.concurrent(
      `generation ${generation}: after 60 s: whoever waits gets the engine, and later ones wait for the same one`,
      async () => {
        await using here = await place({
          engines: 1,
          generation,
          provision: { delayMs: PROVISION_SLOW_MS, max: 4 },
          args: [...UNHURRIED, "--queue-timeout", "90s"],
        });
        await here.playing(0);
        const first = here.play(1);
        await until("an engine is asked for", () => here.orchestrator.counters.provision === 1);
        const second = here.play(1);
        for (const player of [first, second]) await player.got(PLAYS_BYTES, PROVISION_SLOW_MS + PATIENCE_MS);
        expect(here.orchestrator.counters.provision).toBe(1);
        expect(here.engines).toHaveLength(2);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: refused for good (500), and a time to come again that is none: 503 provisioning_blocked in its words`,
      async () => {
        await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
        await here.playing(0);
        const words = { error: "no such image", message: "no such image", recovery_eta_seconds: 1e300 };
        const body = generation === 2 ? words : { detail: words };
        here.orchestrator.faults.routes.provision = { kind: "json", status: 500, body };
        const refusal = await refusedAt(here.proxy, 1);
        expect(refusal).toMatchObject({
          status: 503,
          code: "provisioning_blocked",
          message: "no such image",
        });
        expect(refusal.retryAfter).toBe("3600");
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const [what, fault] of [
      ["is lost", { kind: "reset", effect: "after" }],
      ["is half of one", { kind: "truncated", effect: "after" }],
      ["is a gateway's that did not wait (504)", { kind: "status", status: 504, effect: "after" }],
    ] as const)
      test.concurrent(
        `generation ${generation}: its answer ${what}, and it was obeyed: whoever waits gets the engine, and one is all`,
        async () => {
          await using here = await place({
            engines: 1,
            generation,
            provision: { delayMs: 300, max: 4 },
            args: LONG,
          });
          here.orchestrator.faults.routes.provision = { ...fault };
          await here.playing(0);
          await here.playing(1);
          expect(here.orchestrator.counters.provision).toBe(1);
          expect(here.engines).toHaveLength(2);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

    test.concurrent(
      `generation ${generation}: it goes down while it starts one, and comes back with it: whoever waits gets the engine, and one is all`,
      async () => {
        await using here = await place({
          engines: 1,
          generation,
          provision: { delayMs: 4_000, max: 4 },
          args: LONG,
        });
        const player = await here.playing(0);
        const waiting = here.play(1);
        await until("an engine is asked for", () => here.orchestrator.counters.provision === 1);
        await here.orchestrator.down();
        here.orchestrator.forget();
        await until("the engine is there", () => here.engines.length === 2, PATIENCE_MS);
        await here.orchestrator.up();
        await waiting.got(PLAYS_BYTES, PATIENCE_MS);
        expect(here.orchestrator.counters.provision).toBe(1);
        expect(player.over).toBeNull();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: its status says that it is blocked: nobody asks, and the client hears the reason`,
      async () => {
        await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
        await here.playing(0);
        here.orchestrator.faults.provisionBlock = {
          code: "circuit_breaker",
          message: "too many failures",
          recoveryEtaSeconds: 17,
        };
        const refusal = await refusedAt(here.proxy, 1);
        expect(refusal).toMatchObject({
          status: 503,
          code: "provisioning_blocked",
          message: "too many failures",
        });
        if (generation === 1) expect(refusal.retryAfter).toBe("17");
        expect(here.orchestrator.counters.provision).toBe(0);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: the engine never appears: 503, and no second one is asked for meanwhile`,
      async () => {
        await using here = await place({ engines: 1, generation, provision: { delayMs: 100, max: 4 } });
        here.orchestrator.faults.provisioned = "never_listed";
        await here.playing(0);
        const refusals = await Promise.all([refusedAt(here.proxy, 1), refusedAt(here.proxy, 2)]);
        for (const refusal of refusals) expect(refusal.status).toBe(503);
        expect(here.orchestrator.counters.provision).toBe(1);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    for (const provisioned of ["unhealthy", "other_port"] as const)
      test.concurrent(
        `generation ${generation}: the engine appears ${provisioned === "unhealthy" ? "as unhealthy" : "under another port"}: it answers, so it serves`,
        async () => {
          await using here = await place({
            engines: 1,
            generation,
            provision: { delayMs: 200, max: 4 },
            args: LONG,
          });
          here.orchestrator.faults.provisioned = provisioned;
          await here.playing(0);
          await here.playing(1);
          expect(here.orchestrator.counters.provision).toBe(1);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );
  }
});
