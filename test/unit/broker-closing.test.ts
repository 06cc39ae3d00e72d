/** A proxy that is closed leaves nothing behind that would keep a process. */
import { expect, spyOn, test } from "bun:test";
import { createProxy } from "aceslot";
import { contentId, startSimEngine } from "aceslot/sim";
import { systemClock } from "../../src/broker/index.ts";

test("no timer is left when a proxy is closed in the middle of a stream", async () => {
  const armed = new Map<object, string>();
  const { after } = systemClock;
  using _spy = spyOn(systemClock, "after").mockImplementation((delayMs, fire, what) => {
    const timer = {};
    armed.set(timer, `${what} (${delayMs} ms)`);
    const cancel = after(
      delayMs,
      () => {
        armed.delete(timer);
        fire();
      },
      what,
    );
    return () => {
      armed.delete(timer);
      cancel();
    };
  });
  await using engine = await startSimEngine();
  const proxy = createProxy({ engines: [engine.address] });
  const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(1)}`));
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  expect(armed.size).toBeGreaterThan(0);
  await proxy.close();
  expect([...armed.values()]).toEqual([]);
  await expect(reader?.read()).rejects.toThrow();
});
