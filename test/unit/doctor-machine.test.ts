/** What the doctor concludes from machines, containers and settings that a test cannot have for real. */
import { describe, expect, test } from "bun:test";
import { loadSettings } from "../../src/config/load.ts";
import { checkAccess } from "../../src/doctor/access.ts";
import { checkCapacity } from "../../src/doctor/capacity.ts";
import { checkCpu } from "../../src/doctor/cpu.ts";
import { judge } from "../../src/doctor/disk.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { listenersIn } from "../../src/doctor/holder.ts";
import { inTime } from "../../src/doctor/index.ts";
import { flagsOf, type Machine, openFilesOf } from "../../src/doctor/machine.ts";
import type { Patient } from "../../src/doctor/patient.ts";
import { addressTrap } from "../../src/doctor/reaching.ts";
import { checkVariables } from "../../src/doctor/variables.ts";

const MIB = 2 ** 20;
const V2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3";
const V3 = `${V2} avx avx2 bmi1 bmi2 f16c fma abm movbe`;

const MACHINE: Machine = {
  arch: "x64",
  cpuFlags: new Set(V3.split(" ")),
  openFilesMax: 65_536,
  memoryMaxBytes: null,
  memoryBytes: 4_096 * MIB,
  tasksMax: null,
  addresses: ["192.168.1.10", "fd00::10", "fe80::1"],
};

function patient(
  flags: Readonly<Record<string, string | readonly string[]>> = {},
  more: Partial<Machine> = {},
  rest: Partial<Patient> = {},
): Patient {
  const readFile = (): string => {
    throw new Error("no file is read here");
  };
  const { settings } = loadSettings({
    flags,
    env: { HOME: "/home/me" },
    readFile,
    fileMode: () => null,
  });
  return {
    settings,
    leaseStore: null,
    inContainer: false,
    machine: { ...MACHINE, ...more },
    env: {},
    testId: null,
    ...rest,
  };
}

/** Each trouble is explained, and has a way out. */
function brief(findings: readonly Finding[]): string[] {
  for (const { verdict, why, fix } of findings)
    if (verdict === "warn" || verdict === "fail") expect([why, fix]).not.toContain(null);
  return findings.map(({ verdict, found }) => `${verdict} ${found}`);
}

describe("the CPU", () => {
  const look = async (flags: string | null, arch = "x64") =>
    brief(await checkCpu(patient({}, { arch, cpuFlags: flags === null ? null : new Set(flags.split(" ")) })));

  test("is told by its level of x86-64, and what it lacks", async () => {
    expect(await look(V3)).toEqual(["ok x86-64-v3, with AVX2"]);
    expect(await look(`${V3} avx512f avx512bw avx512cd avx512dq avx512vl`)).toEqual([
      "ok x86-64-v4, with AVX2",
    ]);
    expect(await look(V2)).toEqual(["info x86-64-v2, without AVX2"]);
    expect(await look(V3.replace(" avx2", ""))).toEqual(["info x86-64-v2, without AVX2"]);
    expect(await look("sse2")).toEqual(["fail x86-64-v1, without SSE4.2"]);
    expect(await look("fp asimd", "arm64")).toEqual(["ok arm64"]);
    expect(await look(null)).toEqual([]);
  });

  test("is read as Linux tells it", () => {
    expect(flagsOf("model name\t: N100\nflags\t\t: fpu avx2 sse4_2\nbugs\t: x\n")).toEqual(
      new Set(["fpu", "avx2", "sse4_2"]),
    );
    expect(flagsOf("Features\t: fp asimd\n")).toBeNull();
    expect(
      openFilesOf("Max processes  5 5 processes\nMax open files            1024     4096     files\n"),
    ).toBe(1024);
    expect(openFilesOf("")).toBeNull();
  });
});

describe("limits", () => {
  const look = async (...given: Parameters<typeof patient>) =>
    (await checkCapacity(patient(...given))).map(({ what, verdict }) => `${what} ${verdict}`);

  test("of open files are held against clients", async () => {
    expect(await look()).toEqual(["open files ok", "memory ok"]);
    expect(await look({}, { openFilesMax: 256 })).toEqual(["open files warn", "memory ok"]);
    expect(await look({}, { openFilesMax: null })).toEqual(["memory ok"]);
    const [found] = await checkCapacity(patient({}, { openFilesMax: 256 }));
    expect(found?.fix).toContain("        nofile: 65536");
  });

  test("of memory are held against the buffers of all streams", async () => {
    const ten = Array.from({ length: 10 }, (_, n) => `10.0.0.${n + 1}:6878`);
    const large = { engine: ten, buffer: "64MiB", "max-streams-per-engine": "2" };
    expect(await look(large)).toEqual(["open files ok", "memory ok"]);
    expect(await look(large, { memoryMaxBytes: 1_024 * MIB })).toEqual(["open files ok", "memory fail"]);
    expect(await look(large, { memoryBytes: 1_024 * MIB })).toEqual(["open files ok", "memory warn"]);
    // No limit is less than one that is larger than the machine.
    expect(await look(large, { memoryBytes: 1_024 * MIB, memoryMaxBytes: 2 ** 50 })).toEqual([
      "open files ok",
      "memory warn",
    ]);
    const fix = (await checkCapacity(patient(large, { memoryMaxBytes: 1_024 * MIB })))[1]?.fix ?? "";
    expect(fix).toContain("--buffer 44MiB");
    expect(fix).toContain("      mem_limit: 1408m");
    // And with what the fix says, all is well.
    expect(await look({ ...large, buffer: "44MiB" }, { memoryMaxBytes: 1_024 * MIB })).toEqual([
      "open files ok",
      "memory ok",
    ]);
    expect(await look(large, { memoryMaxBytes: 1_408 * MIB })).toEqual(["open files ok", "memory ok"]);
  });

  test("of processes and threads are told where they are tight", async () => {
    expect(await look({}, { tasksMax: 16 })).toContain("processes and threads warn");
    expect(await look({}, { tasksMax: 4_096 })).not.toContain("processes and threads warn");
  });
});

describe("access", () => {
  const look = async (...given: Parameters<typeof patient>) => brief(await checkAccess(patient(...given)));

  test("without a token is told where the internet may come in", async () => {
    const open = { addresses: ["192.168.1.10", "8.8.4.4"] };
    expect(await look()).toEqual([]);
    expect(await look({}, open)).toEqual(["warn there is none, and 8.8.4.4 is a public address"]);
    expect(await look({}, { addresses: ["2a01:4f8::1"] })).toHaveLength(1);
    expect(await look({ listen: "8.8.4.4:6879" })).toHaveLength(1);
    expect(await look({ listen: "127.0.0.1:6879" }, open)).toEqual([]);
    expect(await look({ listen: "192.168.1.10:6879" }, open)).toEqual([]);
    // Behind a provider's translation, over a VPN, or only an example.
    expect(
      await look({}, { addresses: ["100.100.1.1", "169.254.1.1", "203.0.113.5", "2001:db8::1"] }),
    ).toEqual([]);
    const [told] = await look({ token: "s3cret" }, open);
    expect(told).toBe("ok asked of everybody");
    expect(JSON.stringify(await checkAccess(patient({ token: "s3cret" }, open)))).not.toContain("s3cret");
  });

  test("through proxies is believed of few", async () => {
    expect(await look({ "trusted-proxy": "172.18.0.2" })).toEqual(["ok 172.18.0.2/32"]);
    expect(await look({ "trusted-proxy": "10.0.0.0/8" })).toHaveLength(1);
    for (const wide of ["0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3"])
      expect(await look({ "trusted-proxy": wide })).toEqual([
        `warn ${wide} is far more than a proxy in front`,
      ]);
  });

  test("to a container's loopback has nobody", async () => {
    const inside = { inContainer: true };
    const [told] = await checkAccess(patient({ listen: "127.0.0.1:6879" }, {}, inside));
    expect(told?.verdict).toBe("info");
    expect(told?.fix?.split("\n").slice(-2)).toEqual([
      '        ACESLOT_LISTEN: ":6879"',
      '      ports: ["6879:6879"]',
    ]);
    expect(await look({ listen: ":6879" }, {}, inside)).toEqual([]);
    expect(await look({ listen: "0.0.0.0:6879" }, {}, inside)).toEqual([]);
    expect(await look({ listen: "127.0.0.1:6879" })).toEqual([]);
  });
});

test("variables that a compose file has spoilt are named, and never their values", async () => {
  const env = {
    ACESLOT_TOKEN: '"s3cret"',
    ACESLOT_ENGINE: `${"$"}{ENGINE:-x}`,
    ACEXY_HOST: "$HOST",
    ACESLOT_LISTEN: ":6879",
    OTHER: '"x"',
    ACESLOT_LABEL: "it's $5",
  };
  const found = await checkVariables(patient({}, {}, { env }));
  expect(found.map(({ what, verdict }) => `${what} ${verdict}`)).toEqual([
    "ACESLOT_TOKEN warn",
    "ACESLOT_ENGINE warn",
    "ACEXY_HOST warn",
  ]);
  expect(brief(found).join()).not.toContain("s3cret");
  expect(JSON.stringify(found)).not.toContain("s3cret");
});

test("a place on a disk is judged by its room and by whether it stays", () => {
  const [TMPFS, OVERLAY, EXT4] = [0x01021994, 0x794c7630, 0xef53];
  const look = (what: string, type: number, freeMiB: number, inContainer = false) =>
    brief(judge({ inContainer }, what, "/data", { type, freeBytes: freeMiB * MIB }));
  expect(look("state folder", EXT4, 500)).toEqual([]);
  expect(look("journal", EXT4, 10)).toEqual(["warn only 10 MiB are free at /data"]);
  expect(look("state folder", EXT4, 0)).toEqual(["warn only 0 MiB are free at /data"]);
  expect(look("state folder", TMPFS, 10)).toEqual(["warn /data is in memory"]);
  expect(look("journal", TMPFS, 500)).toEqual([]);
  expect(look("state folder", OVERLAY, 500)).toEqual([]);
  expect(look("state folder", OVERLAY, 500, true)).toEqual(["warn /data is inside the container"]);
  expect(look("journal", OVERLAY, 500, true)).toEqual(["warn /data is inside the container"]);
  // As a signed number, as some runtimes tell it.
  expect(look("state folder", 0x858458f6 | 0, 500)).toEqual(["warn /data is in memory"]);
  expect(judge({ inContainer: true }, "journal", "/data", null)).toEqual([]);
});

test("names and addresses that mean nothing here get the lines that mend them", () => {
  const UNKNOWN = "engine:6878: the name cannot be resolved";
  const trap = (inContainer: boolean, host: string, found: string) =>
    addressTrap(inContainer, host, found, "acestream", "ACESLOT_ENGINE: acestream:6878")?.fix ?? null;
  expect(trap(true, "host.docker.internal", UNKNOWN)).toContain(
    '      extra_hosts: ["host.docker.internal:host-gateway"]',
  );
  expect(trap(false, "host.docker.internal", UNKNOWN)).toContain("127.0.0.1");
  expect(trap(true, "engine", UNKNOWN)?.split("\n")).toContain("    engine:");
  expect(trap(true, "engine", UNKNOWN)).toContain("ACESLOT_ENGINE: gluetun:6878");
  expect(trap(false, "engine", UNKNOWN)).toContain("publish");
  expect(trap(false, "::1", "[::1]:6878: connection refused")).toContain("127.0.0.1");
  expect(trap(true, "::1", "[::1]:6878: connection refused")).toContain("network_mode: host");
  expect(trap(false, "127.0.0.1", "127.0.0.1:6878: connection refused")).toBeNull();
  expect(trap(true, "engine.example.org", UNKNOWN)).toBeNull();
  expect(trap(true, "engine", "engine:6878: connection refused")).toBeNull();
});

test("who listens at a port is found in the kernel's table", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1ADF 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100",
    "   1: 0100007F:1ADF 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100",
    "   2: 00000000:1AE0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0 100",
  ].join("\n");
  expect(listenersIn(table, 6879)).toEqual(["4711"]);
  expect(listenersIn(table, 80)).toEqual([]);
});

test("what hangs is told, and not waited for", async () => {
  const never = new Promise<readonly Finding[]>(() => {});
  const found = await inTime("engines", 10, never);
  expect(brief(found)).toEqual(["warn it could not be looked at within 0.01 s"]);
  expect(await inTime("engines", 10_000, Promise.resolve([]))).toEqual([]);
});
