/** What a Redis or Valkey server says of itself, as the doctor reads it. */

export interface ServerInfo {
  /** `Redis 7.0.15` or `Valkey 8.1.1`. */
  readonly name: string;
  /** The Redis version that it is compatible with, as `[major, minor]`. */
  readonly version: readonly [major: number, minor: number];
  /** A word of INFO's; empty if it is not told. */
  readonly mode: "standalone" | "sentinel" | "cluster" | string;
  readonly role: "master" | "slave" | string;
  readonly replicas: number;
  /** Bytes; 0: no limit. */
  readonly memoryLimit: number;
  readonly memoryPolicy: string;
  readonly appendsToFile: boolean;
}

export function readInfo(text: string): ServerInfo {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 1 || line.startsWith("#")
        ? []
        : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
  const word = (name: string): string => fields.get(name) ?? "";
  const count = (name: string): number => {
    const value = Number(word(name));
    return Number.isFinite(value) ? value : 0;
  };
  const [major = 0, minor = 0] = word("redis_version").split(".").map(Number);
  const valkey = word("valkey_version");
  return {
    name: valkey === "" ? `Redis ${word("redis_version")}` : `Valkey ${valkey}`,
    version: [major, minor],
    mode: word("redis_mode"),
    role: word("role"),
    replicas: count("connected_slaves"),
    memoryLimit: count("maxmemory"),
    memoryPolicy: word("maxmemory_policy"),
    appendsToFile: word("aof_enabled") === "1",
  };
}

/** What the proxies have been tried with begins with 6.2. */
export const isOldServer = ({ version: [major, minor] }: ServerInfo): boolean =>
  major < 6 || (major === 6 && minor < 2);

/** A server's `min-replicas-to-write` and `min-replicas-max-lag`; a lag of 0 s switches both off. */
export interface ReplicaRule {
  readonly toWrite: number;
  readonly maxLagS: number;
}

/** `answer`: of `CONFIG GET min-replicas-*`. Null: it does not tell both. */
export function readRule(answer: unknown): ReplicaRule | null {
  if (!Array.isArray(answer)) return null;
  const numberAt = (name: string): number =>
    answer.includes(name) ? Number(answer[answer.indexOf(name) + 1]) : Number.NaN;
  const [toWrite, maxLagS] = [numberAt("min-replicas-to-write"), numberAt("min-replicas-max-lag")];
  return Number.isNaN(toWrite + maxLagS) ? null : { toWrite, maxLagS };
}
