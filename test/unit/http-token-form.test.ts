import { expect, test } from "bun:test";
import { turnedAway } from "../../src/http/door.ts";

const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const asked = (path: string, headers: Record<string, string>, method = "GET") =>
  turnedAway(
    new Request(`http://nas:6879${path}`, { method, headers: { host: "nas:6879", ...headers } }),
    "SECRET",
  );

test("a browser that opens the page without its token is asked for it, and so is one whose token is wrong", async () => {
  const form = asked("/", HTML);
  expect([form?.status, form?.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
  const text = (await form?.text()) ?? "";
  expect(text).toContain('name="token"');
  expect(text).not.toContain("That is not the token.");
  expect(text).not.toContain("SECRET");
  expect(await asked("/?token=wrong", HTML)?.text()).toContain("That is not the token.");
  expect(asked("/?token=SECRET", HTML)).toBeNull();
});

test("players, programs and the API are told so as ever", async () => {
  for (const answer of [
    asked("/", {}),
    asked("/", { accept: "*/*" }),
    asked("/", HTML, "POST"),
    asked("/api/v1/streams", HTML),
    asked("/ace/getstream?id=1", HTML),
    asked("/t/wrong/", HTML),
  ])
    expect([answer?.status, (await answer?.json())?.error.code]).toEqual([401, "unauthorized"]);
});
