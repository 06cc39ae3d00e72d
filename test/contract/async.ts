/** What `@std/async` and our adapter of it must both do, with the runtime's own assertions so that any runner fits. */
import assert from "node:assert/strict";

interface Subject {
  deadline<T>(promise: Promise<T>, ms: number, options?: { signal?: AbortSignal }): Promise<T>;
}

export type Test = (name: string, run: () => Promise<void>) => void;

/** Registers the suite; `test` is the runner's. */
export function asyncContract(test: Test, { deadline }: Subject): void {
  const never = new Promise<never>(() => {});

  test("deadline passes on what comes in time", async () => {
    assert.equal(await deadline(Promise.resolve(7), 60_000), 7);
    assert.equal(await deadline(Promise.resolve(7), 2 ** 40), 7);
    const broken = new Error("broken");
    await assert.rejects(deadline(Promise.reject(broken), 60_000), (error) => error === broken);
  });

  test("deadline rejects with a TimeoutError when time is up", async () => {
    await assert.rejects(deadline(never, 5), (error) => {
      assert.ok(error instanceof DOMException);
      assert.equal(error.name, "TimeoutError");
      return true;
    });
  });

  test("a deadline beyond the longest timer does not fire at once", async () => {
    const late = new Promise((resolve) => setTimeout(resolve, 20, "late"));
    assert.equal(await deadline(late, 2 ** 31 + 1), "late");
  });

  test("deadline rejects with the signal's reason, before and while it waits", async () => {
    const reason = new Error("enough");
    await assert.rejects(deadline(never, 60_000, { signal: AbortSignal.abort(reason) }), (e) => e === reason);
    const controller = new AbortController();
    const waiting = deadline(never, 60_000, { signal: controller.signal });
    controller.abort("a text");
    await assert.rejects(waiting, (error) => error === "a text");
  });
}
