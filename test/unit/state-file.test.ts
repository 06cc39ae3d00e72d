/** The state file: what could not be written is made up for, and a disk that hangs holds nobody up. */
import { expect, test } from "bun:test";
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import { join } from "node:path";
import {
  noStateFile,
  openStateFile,
  StateFileError,
  type StateStore,
  systemClock,
} from "../../src/broker/index.ts";
import { Saving } from "../../src/broker/saving.ts";
import { openedInTime } from "../../src/broker/state-file.ts";
import type { Log } from "../../src/log.ts";
import { scratchFolder } from "../support/binary.ts";
import { until } from "../support/until.ts";

const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
const never = new Promise<never>(() => {});

test("what could not be written is written as soon as it can be, though nothing changes", async () => {
  await using folder = await scratchFolder();
  const store = await openStateFile({ dir: folder.path, listen: "tv", log, clock: systemClock });
  const saving = new Saving(store, log, () => []);
  const path = join(folder.path, "sessions-tv.json");
  await mkdir(path);
  saving.save();
  await saving.done;
  expect(saving.trouble).toContain("the state file cannot be written");
  await rmdir(path);
  await until("it is written", () => saving.trouble === null);
  expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ version: 1, sessions: [] });
  await store.close();
  expect(await readdir(folder.path)).toEqual(["sessions-tv.json"]);
});

test("a disk that hangs when it is opened is given up, and what comes of it later is given back", async () => {
  let closed = 0;
  const store: StateStore = { ...noStateFile("tv"), close: async () => void closed++ };
  const late = Promise.withResolvers<StateStore>();
  const words = "/mnt cannot be used: its disk has not answered for 0.01 s";
  await expect(openedInTime(late.promise, { dir: "/mnt" }, 10)).rejects.toThrow(
    new StateFileError(words, false),
  );
  late.resolve(store);
  await until("it is closed", () => closed === 1);
  expect(await openedInTime(Promise.resolve(store), { dir: "/mnt" }, 10)).toBe(store);
  expect(closed).toBe(1);
});

test("nor does an end that is asked for wait for it", async () => {
  const ending = new AbortController();
  const opening = openedInTime(never, { dir: "/mnt", signal: ending.signal });
  ending.abort();
  await expect(opening).rejects.toThrow("nobody waits for it any more");
  await expect(openedInTime(never, { dir: "/mnt", signal: ending.signal })).rejects.toThrow(StateFileError);
});
