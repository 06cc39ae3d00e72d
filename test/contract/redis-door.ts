/** A store of leases at a server of the test's own, and what it tells. */
import type { Change } from "../../src/leases/books.ts";
import { createRedisStore, type RedisStoreOptions } from "../../src/leases/redis.ts";
import type { RedisAddress } from "../../src/leases/redis-target.ts";
import type { StorePort } from "../../src/leases/store.ts";
import { until } from "../support/until.ts";

export interface Door extends AsyncDisposable {
  readonly store: StorePort;
  readonly changes: Change[];
  /** `up`, and `down: …` with the reason, in the order in which they were told. */
  readonly told: string[];
  /** What was logged, with its fields. */
  readonly lines: string[];
  /** Waits until the next `up` or `down` after the first `known` of them, and answers with it. */
  next(known?: number): Promise<string>;
}

export const at = (port: number, more: Partial<RedisAddress> = {}): RedisAddress => ({
  form: "server",
  hosts: [{ host: "127.0.0.1", port }],
  master: "",
  tls: false,
  database: 0,
  username: "",
  password: null,
  ...more,
});

export function openDoor(address: RedisAddress, more: Partial<RedisStoreOptions> = {}): Door {
  const [changes, told, lines]: [Change[], string[], string[]] = [[], [], []];
  const log = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  const store = createRedisStore({
    address,
    prefix: "test",
    caFile: null,
    answerMs: 5_000,
    log: { debug: log, info: log, warn: log, error: log },
    ...more,
  });
  store.open({
    change: (change) => void changes.push(change),
    up: () => void told.push("up"),
    down: (why) => void told.push(`down: ${why}`),
  });
  return {
    store,
    changes,
    told,
    lines,
    next: (known = 0) => until("the store's state changes", () => told[known]),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
