/**
 * The image: the Dockerfile by rules of ours, and what it would start, started: as the users that it may run as, in a
 * root that holds what the image holds. Its base images are not fetched: a C library of Debian's stands in.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser, type From, type Instruction, type JSONInstruction } from "dockerfile-ast";
import { targetOf } from "../../deploy/docker/binary.ts";
import { OPTIONS } from "../../src/config/options.ts";
import { contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { VERSION } from "../../src/version.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";
import { ffmpeg } from "./behind.ts";
import { makeRoot, type Root } from "./rootfs.ts";

const LIMIT_MS = 120_000;
const ROOT = join(import.meta.dir, "../..");
const text = readFileSync(join(ROOT, "deploy/docker/Dockerfile"), "utf8");
const instructions = DockerfileParser.parse(text).getInstructions();
const lastFrom = instructions.findLastIndex((each) => each.getKeyword() === "FROM");
const build = instructions.slice(0, lastFrom);
const image = instructions.slice(lastFrom);

const all = (among: readonly Instruction[], keyword: string): Instruction[] =>
  among.filter((each) => each.getKeyword() === keyword);
const words = (keyword: string): string[] =>
  all(image, keyword).flatMap((each) => each.getArguments().map((word) => word.getValue()));
const list = (keyword: string): string[] =>
  all(image, keyword).flatMap((each) =>
    (each as JSONInstruction).getJSONStrings().map((one) => JSON.parse(one.getValue())),
  );
const environment = Object.fromEntries(words("ENV").map((each) => each.split("=") as [string, string]));
const entry = [...list("ENTRYPOINT"), ...list("CMD")];
const health = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(text)?.[1] ?? "[]") as string[];

describe("the Dockerfile", () => {
  test("pins its bases, and builds on the builder's own processor for the one that is asked for", () => {
    const bases = all(instructions, "FROM").map((each) => (each as From).getImage() ?? "");
    for (const base of bases) expect(base).toMatch(/:(?!latest)[\w.-]+$/);
    expect(bases[1]).toStartWith("gcr.io/distroless/base-nossl-");
    expect(text).toContain("FROM --platform=$BUILDPLATFORM ");
  });

  test("needs nothing but npm to build, and nothing at all in what runs", () => {
    const commands = all(build, "RUN").map((each) => each.getArgumentsContent() ?? "");
    expect(commands.join("\n")).not.toMatch(/curl|wget|apt|apk|pip|git clone/);
    expect(commands[0]).toStartWith("npm ci --ignore-scripts");
    expect(all(image, "RUN")).toEqual([]);
  });

  test("says who it runs as, how it is stopped, asked and kept", () => {
    expect(words("USER")).toEqual(["65532:65532"]);
    expect(words("STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(list("VOLUME")).toEqual([environment.ACESLOT_STATE_DIR ?? ""]);
    expect(words("EXPOSE")).toEqual([`${String(OPTIONS.listen.default).replace(":", "")}/tcp`]);
    expect(entry).toEqual(["/usr/local/bin/aceslot", "serve"]);
    expect(health).toEqual(["/usr/local/bin/aceslot", "healthcheck"]);
    expect(text).toContain(`\nARG VERSION=${VERSION}\n`);
    for (const label of ["title", "description", "licenses", "version"])
      expect(words("LABEL").join("\n")).toContain(`org.opencontainers.image.${label}=`);
  });

  test("leaves secrets and what was built out of what it sends to the builder", () => {
    const ignored = readFileSync(join(ROOT, "deploy/docker/Dockerfile.dockerignore"), "utf8").split("\n");
    const kept = readFileSync(join(ROOT, ".gitignore"), "utf8")
      .split("\n")
      .filter((line) => /secret|\.env|dist|node_/.test(line));
    for (const line of kept) expect(ignored).toContain(line.replace(/\/$/, ""));
    for (const copied of ["LICENSE", "package.json", "package-lock.json"])
      expect(existsSync(join(ROOT, copied))).toBe(true);
  });

  test("there is an image for two processors, and a clear word for others", () => {
    expect(targetOf("linux/amd64")).toMatchObject({ arch: "x64", os: "linux" });
    expect(targetOf("linux/arm64")).toMatchObject({ arch: "arm64", os: "linux" });
    expect(() => targetOf("linux/arm/v7")).toThrow('"linux/arm/v7": no image for it');
  });
});

describe("what the image starts, in a read-only root with nothing else in it", () => {
  let root: Root;
  let engine: SimEngine;
  beforeAll(async () => {
    root = await makeRoot();
    engine = await startSimEngine();
  });
  afterAll(async () => {
    await engine?.close();
    await root?.[Symbol.asyncDispose]();
  });

  test.concurrent.each([
    ["its own user", "65532:65532", 0],
    ["Unraid's user", "99:100", 1],
    ["somebody else", "1000:1000", 2],
  ])(
    "plays as %s, is well, keeps its state, and ends when asked to",
    async (_, user, content) => {
      const listen = `127.0.0.1:${await freePort()}`;
      const env = { ...environment, ACESLOT_LISTEN: listen, ACESLOT_ENGINE: engine.address };
      const proxy = root.start(user, env, entry);
      try {
        await until("it is well", async () => {
          if (proxy.child.exitCode !== null) throw new Error(proxy.output());
          return (await root.start(user, env, health).ended) === 0;
        });
        const url = `http://${listen}/ace/getstream?id=${contentId(content)}`;
        const kept = join(root.state, `sessions-${listen.replace(":", "_")}.json`);
        const sessions = (): unknown[] => JSON.parse(readFileSync(kept, "utf8")).sessions;
        const [played] = await Promise.all([
          ffmpeg(url),
          until("the open session is on the disk", () => existsSync(kept) && sessions().length === 1),
        ]);
        expect(played).toMatchObject({ code: 0, err: "" });
        expect(
          `${statSync(kept).uid}:${statSync(kept).gid} ${(statSync(kept).mode & 0o777).toString(8)}`,
        ).toBe(`${user} 600`);
        const { warnings } = (await (await fetch(`http://${listen}/readyz`)).json()) as {
          warnings: string[];
        };
        expect(warnings).toEqual([]);
        proxy.child.kill("SIGTERM");
        expect(await proxy.ended).toBe(0);
        expect(proxy.output()).toContain("shutting down");
        expect(sessions()).toEqual([]);
      } finally {
        proxy.child.kill("SIGKILL");
        await proxy.ended;
      }
    },
    LIMIT_MS,
  );

  test("says that it is not well where nothing listens", async () => {
    const env = { ...environment, ACESLOT_LISTEN: `127.0.0.1:${await freePort()}` };
    const asked = root.start("65532:65532", env, health);
    expect(await asked.ended).toBe(1);
    expect(asked.output()).toContain("is the proxy running?");
  });
});
