/** What the doctor concludes from what it is told. */
import { expect, test } from "bun:test";
import { containerTrap } from "../../src/doctor/reaching.ts";
import { aclLine, neededCommands } from "../../src/doctor/store-commands.ts";
import { isOldServer, readInfo } from "../../src/doctor/store-info.ts";

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
    containerTrap(inContainer, host, "redis", "ACESLOT_LEASE: redis://redis:6379");
  expect(trap(false, "127.0.0.1")).toBeNull();
  expect(trap(true, "10.0.0.5")).toBeNull();
  for (const host of ["127.0.0.1", "localhost", "::1"])
    expect(trap(true, host)?.fix.split("\n")).toContain("        ACESLOT_LEASE: redis://redis:6379");
});
