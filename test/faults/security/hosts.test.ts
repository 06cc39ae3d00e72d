/** Which hosts others may send us to, in every way of writing them: lists of engines, names, sources, stores. */
import { describe, expect, test } from "bun:test";
import { readDetail } from "../../../src/leases/detail.ts";
import { clientOf, findServer } from "../../../src/leases/redis-target.ts";
import { type LookUp, lookupElsewhere } from "../../../src/net/dialling.ts";
import { reachOf } from "../../../src/net/reach.ts";
import { hostVerdict, namedHosts } from "../../../src/orchestrator/hosts.ts";
import { refusalOf } from "../../../src/playlist/reach.ts";
import { onceRedis } from "../../support/once-redis.ts";

/** 169.254.169.254 and its like, as they can be written down. */
const METADATA = [
  ...["169.254.169.254", "169.254.169.254.", "169.254.43518", "0xa9fea9fe", "2852039166", "025177524776"],
  ...["0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "0251.254.0xa9.254", "169.254.1.1"],
  ...["::ffff:169.254.169.254", "[::ffff:169.254.169.254]", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe"],
  ...["::169.254.169.254", "::a9fe:a9fe", "::ffff:0:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
  ...["fe80::1", "FE80::1", "[fe80::a9fe:a9fe]", "febf::1", "fd00:ec2::254", "fd00:0ec2:0:0:0:0:0:254"],
  ...["fd20:ce::254", "168.63.129.16", "192.0.0.192", "100.100.100.200", "::ffff:6464:64c8"],
  ...["metadata", "metadata.google.internal", "METADATA.google.internal.", "metadata.goog", "instance-data"],
];
/** Written so that other readers of addresses might take them for one. */
const NO_HOSTS = [
  ...[
    "169.254.169.254:80",
    "169.254.169.254/",
    "169.254.169.254#",
    "a@169.254.169.254",
    "http://169.254.1.1",
  ],
  ...[
    "169.254.169.254\n",
    "169.254.169.254\0",
    " 169.254.169.254",
    "169。254。169。254",
    "１６９.254.169.254",
  ],
  ...[
    "fe80::1%eth0",
    "[fe80::1%25eth0]",
    "metadata.google.internal..",
    "a..b",
    "169.254.169.256",
    "1.2.3.4.5",
  ],
];

describe("an orchestrator names no link-local or metadata address", () => {
  test.each(METADATA)("written %s", (host) => {
    expect(hostVerdict(host)).toEqual({ refused: "a link-local or metadata address" });
  });

  test.each(NO_HOSTS)("and no host that is none: %j", (host) => {
    expect(hostVerdict(host)).toEqual({ refused: "not a host" });
  });

  test("unless --engine names it too, in whatever notation", () => {
    const named = namedHosts([{ host: "169.254.7.7" }, { host: "fe80:0:0::1" }]);
    expect(hostVerdict("169.254.7.7", named)).toEqual({ host: "169.254.7.7" });
    expect(hostVerdict("0xa9fe0707", named)).toEqual({ host: "169.254.7.7" });
    expect(hostVerdict("[fe80::1]", named)).toEqual({ host: "fe80::1" });
    expect(hostVerdict("169.254.7.8", named)).toHaveProperty("refused");
  });

  test("while those of a home are dialled", () => {
    for (const host of [
      "192.168.1.7",
      "10.0.0.1",
      "172.18.0.3",
      "100.64.0.9",
      "fd12::7",
      "gluetun",
      "a_b.lan",
    ])
      expect(hostVerdict(host)).toEqual({ host });
    expect(hostVerdict("ENGINE.lan.")).toEqual({ host: "engine.lan" });
  });
});

describe("a name that leads to such an address is judged where it is dialled", () => {
  const answers =
    (...rounds: readonly (readonly string[])[]): LookUp =>
    (_host, _options, callback) => {
      const addresses = rounds[Math.min(asked++, rounds.length - 1)] ?? [];
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
    };
  let asked = 0;
  const dialled = (resolve: LookUp, all: boolean): Promise<string> =>
    new Promise((done) => {
      lookupElsewhere(resolve)("engine.example", { all }, (error, found) =>
        done(error?.message ?? JSON.stringify(found)),
      );
    });

  test.each([true, false])("with all of its addresses asked for: %p", async (all) => {
    asked = 0;
    for (const address of ["169.254.169.254", "fe80::1%eth0", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe"])
      expect(await dialled(answers([address]), all)).toBe(
        "engine.example is a name of a link-local or metadata address",
      );
  });

  test("and only the addresses that were judged are dialled, however the name changes", async () => {
    asked = 0;
    const rebinding = answers(["192.168.1.7", "169.254.169.254"], ["169.254.169.254"]);
    expect(await dialled(rebinding, true)).toBe('[{"address":"192.168.1.7","family":4}]');
    expect(asked).toBe(1);
    expect(await dialled(rebinding, false)).toContain("link-local");
  });
});

describe("a playlist or its server names none either", () => {
  test.each([
    ...["169.254.169.254", "::ffff:a9fe:a9fe", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"],
    ...["fe80::1%eth0", "fd00:ec2::254", "::ffff:0:a9fe:a9fe", "::ffff:6464:64c8"],
  ])("%s", (address) => {
    expect(reachOf(address)).toBe("link-local");
    expect(refusalOf(address, "private")).not.toBeNull();
    expect(refusalOf(address, "public")).not.toBeNull();
  });

  test.each(["::ffff:7f00:1", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "::1"])(
    "and nobody on the internet one of ours: %s",
    (address) => expect(refusalOf(address, "public")).not.toBeNull(),
  );
});

describe("a neighbour on the lease store names nothing but the engine of the slot", () => {
  const session = (host: string, url: string) =>
    JSON.stringify({
      ...{ engine: "e", name: "e", address: { scheme: "http", host, port: 6878 } },
      ...{ urls: { playback: url, stat: url, command: url }, playbackSession: null, reportedAs: null },
    });

  test("its URLs keep their path, at the engine's own address", () => {
    const read = readDetail(
      "l",
      "10.0.0.7:6878",
      [],
      session("10.0.0.7", "http://169.254.169.254/cmd/1?a=b"),
    );
    expect(read.urls?.command).toBe("http://10.0.0.7:6878/cmd/1?a=b");
    expect(read.urls?.stat).toBe("http://10.0.0.7:6878/cmd/1?a=b");
  });

  test.each(["10.0.0.8", "169.254.169.254", "0xa9fea9fe", "metadata", "10.0.0.7/x", "u@10.0.0.7", ""])(
    "the host %j is not asked to stop anything",
    (host) => {
      const read = readDetail("l", "10.0.0.7:6878", [], session(host, `http://${host}/cmd`));
      expect(read).toMatchObject({ urls: null, address: { host: "10.0.0.7", port: 6878 } });
    },
  );

  test("a link-local place is not asked either", () => {
    const text = session("169.254.169.254", "http://169.254.169.254:6878/latest/meta-data/");
    expect(readDetail("l", "169.254.169.254:6878", [], text).urls).toBeNull();
  });
});

describe("a store that sends us on", () => {
  const at = (form: "sentinel" | "cluster", port: number) => ({
    ...{ form, hosts: [{ host: "127.0.0.1", port }], master: "m", tls: false, database: 0 },
    ...{ username: "", password: "a-password" },
  });

  test.each(["169.254.169.254", "0xa9fea9fe", "fd00:ec2::254", "metadata.google.internal", "a/b"])(
    "gets no password sent to %s",
    async (host) => {
      await using sentinel = await onceRedis(`*2\r\n$${host.length}\r\n${host}\r\n$4\r\n6379\r\n`);
      await using node = await onceRedis(`-MOVED 1 ${host}:6379\r\n`);
      const signal = AbortSignal.timeout(20_000);
      for (const asked of [at("sentinel", sentinel.port), at("cluster", node.port)])
        await expect(findServer(asked, "key", null, signal)).rejects.toThrow("which is no host for a store");
    },
  );

  test("by a name has it judged where it is dialled, unless somebody named that server here", async () => {
    const lookupOf = (host: string) => {
      const { socket } = clientOf({ host, port: 6379 }, at("sentinel", 1), null).options;
      return socket !== undefined && "lookup" in socket ? socket.lookup : undefined;
    };
    expect(lookupOf("127.0.0.1")).toBeUndefined();
    expect(lookupOf("store.example")).toBeFunction();
    const said = await new Promise<string>((done) =>
      // As if the name had led there.
      lookupOf("store.example")?.("169.254.169.254", { all: true }, (error) =>
        done(error?.message ?? "found"),
      ),
    );
    expect(said).toEndWith("is a name of a link-local or metadata address");
  });

  test("is followed to any other", async () => {
    await using sentinel = await onceRedis("*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n");
    const found = findServer(at("sentinel", sentinel.port), "key", null, AbortSignal.timeout(20_000));
    expect(await found).toEqual({ host: "127.0.0.1", port: 6379 });
  });
});
