/** What the doctor concludes from what it is told. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { unreachable } from "../../src/doctor/leases.ts";
import { containerTrap } from "../../src/doctor/reaching.ts";
import { aclLine, neededCommands } from "../../src/doctor/store-commands.ts";
import { isOldServer, readInfo, readRule } from "../../src/doctor/store-info.ts";
import { ofReplicas } from "../../src/doctor/store-replicas.ts";
import { isLoopback } from "../../src/net/host.ts";

test("a server is known by its INFO, be it Redis or Valkey", () => {
  const valkey =
    "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nredis_mode:standalone\r\n";
  expect(readInfo(`${valkey}# Replication\r\nrole:master\r\nconnected_slaves:2\r\n`)).toMatchObject({
    name: "Valkey 8.1.1",
    version: [7, 2],
    mode: "standalone",
    role: "master",
    replicas: 2,
  });
  const old = (version: string) => isOldServer(readInfo(`redis_version:${version}\n`));
  expect(["5.0.14", "6.0.16", "6.2.0", "7.0.15", "8.0.0"].map(old)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("the commands that a user needs are those that the scripts call", () => {
  const commands = neededCommands(0);
  for (const name of ["evalsha", "script|load", "subscribe", "publish", "hset", "pexpire", "time", "info"])
    expect(commands).toContain(name);
  expect(commands).not.toContain("select");
  expect(neededCommands(3)).toContain("select");
  expect(aclLine("", "aceslot", 0)).toStartWith(
    "ACL SETUSER aceslot on '>PASSWORD' resetkeys '~{aceslot}:*'",
  );
});

test("only inside a container a loopback address is a trap", () => {
  const trap = (inContainer: boolean, host: string) =>
    containerTrap(inContainer, host, "store", "ACESLOT_LEASE: redis://store:6379");
  expect(trap(false, "127.0.0.1")).toBeNull();
  expect(trap(true, "10.0.0.5")).toBeNull();
  for (const host of ["127.0.0.1", "localhost", "::1"])
    expect(trap(true, host)?.fix.split("\n")).toContain("        ACESLOT_LEASE: redis://store:6379");
});

test("what a store refuses is no trap of containers, though it is at a loopback address", () => {
  const at = (found: string) => unreachable({ inContainer: true }, "127.0.0.1", found);
  const refused = at("127.0.0.1:6379 refuses the user name or the password (WRONGPASS)");
  expect(refused.why).not.toContain("container");
  expect(refused.fix).toContain("--lease-password-file");
  const silent = at("127.0.0.1:6379 refuses the connection: nothing listens there");
  expect(silent.why).toContain("inside a container 127.0.0.1 is the container itself");
  expect(silent.fix).toContain("ACESLOT_LEASE: redis://store:6379");
});

test("the service that the compose example names is the one of the cluster's compose file", () => {
  const compose = readFileSync(new URL("../../deploy/cluster/compose.yaml", import.meta.url), "utf8");
  expect(compose).toContain("\n  store:\n");
  const told = unreachable({ inContainer: true }, "localhost", "localhost:6379 refuses the connection");
  expect(told.fix).toContain("depends_on: [store]");
});

describe("of a store that may fail over", () => {
  const store = (form: "server" | "sentinel" | "cluster", ttlMs = 10_000) => ({
    address: {
      ...{ form, hosts: [{ host: "store", port: 6379 }], master: "", tls: false, database: 0 },
      ...{ username: "", password: null },
    },
    prefix: "aceslot",
    caFile: null,
    ttlMs,
  });
  const server = (replicas: number, version = "7.0.15") =>
    readInfo(`redis_version:${version}\nrole:master\nconnected_slaves:${replicas}\n`);
  const rule = (toWrite: number, maxLagS: number) =>
    readRule(["min-replicas-max-lag", `${maxLagS}`, "min-replicas-to-write", `${toWrite}`]);
  const verdicts = (...given: Parameters<typeof ofReplicas>) =>
    ofReplicas(...given).map(({ verdict }) => verdict);

  test("the old primary must stop before the new one grants", () => {
    expect(verdicts(store("server"), server(0), rule(0, 10))).toEqual([]);
    expect(verdicts(store("server"), server(1), rule(0, 10))).toEqual(["warn"]);
    expect(verdicts(store("sentinel"), null, rule(0, 10))).toEqual(["warn"]);
    expect(verdicts(store("server"), server(1), rule(1, 10))).toEqual(["warn"]);
    expect(verdicts(store("server"), server(1), rule(1, 0))).toEqual(["warn"]);
    expect(verdicts(store("server"), server(1), rule(1, 9))).toEqual(["ok"]);
    expect(verdicts(store("server", 1_000), server(1), rule(1, 1))).toEqual(["ok"]);
    expect(verdicts(store("cluster"), server(1, "6.2.14"), rule(1, 2))).toEqual(["warn"]);
    expect(ofReplicas(store("server"), server(1), rule(0, 10))[0]?.fix?.split("\n").slice(-2)).toEqual([
      "  redis-cli CONFIG SET min-replicas-max-lag 2",
      "  redis-cli CONFIG SET min-replicas-to-write 1",
    ]);
    expect(ofReplicas(store("cluster"), server(0), rule(0, 10))[0]?.fix).toContain("a replica first");
  });

  test("what may not be asked is said to be unknown", () => {
    expect(readRule(null)).toBeNull();
    expect(readRule([])).toBeNull();
    expect(ofReplicas(store("server"), server(1), null)).toMatchObject([
      { verdict: "info", found: expect.stringContaining("could not be looked at") },
    ]);
  });
});

test("a host that is another one on each machine is known as such", () => {
  expect(["localhost", "127.0.0.1", "127.8.9.1", "::1", "::", "0.0.0.0"].every(isLoopback)).toBe(true);
  expect(["10.0.0.1", "engine", "fd00::1", "127.example.org"].filter(isLoopback)).toEqual([]);
});
