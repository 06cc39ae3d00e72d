/** What is read from and written to this runtime's disk: playlists, a guide, the journal, the state folder. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { contentId } from "aceslot/sim";
import type { Runtime, Test } from "./runtime.ts";
import { scene } from "./scene.ts";

const PLAYLIST = `#EXTM3U
#EXTINF:-1 tvg-id="one",One
acestream://${contentId(1)}
#EXTINF:-1 tvg-id="two",Two
acestream://${contentId(2)}
`;
const GUIDE = `<?xml version="1.0"?>
<tv><channel id="one"><display-name>One</display-name></channel>
<programme start="20300101000000 +0000" stop="20300101010000 +0000" channel="one"><title>News</title></programme></tv>
`;

async function folder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "aceslot-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function filesSuite(test: Test, runtime: Runtime): void {
  test("a playlist and its guide are read, and given out with links that play", async () => {
    await using place = await folder();
    const [playlist, guide] = [join(place.path, "channels.m3u"), join(place.path, "guide.xml")];
    await writeFile(playlist, PLAYLIST);
    await writeFile(guide, GUIDE);
    await using world = await scene(runtime, { proxy: { playlists: [playlist], guides: [guide] } });
    const { text } = await world.ask("/playlist.m3u");
    const links = text.split("\n").filter((line) => line.startsWith("http"));
    assert.equal(links.length, 2);
    for (const link of links) assert.ok(link.startsWith(`${world.url}/`), link);
    assert.equal((await world.ask("/lineup.json")).json<unknown[]>().length, 2);
    assert.match((await world.ask("/epg.xml")).text, /<title>News<\/title>/);
    const packed = await world.ask("/epg.xml", { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.match(gunzipSync(packed.bytes).toString("utf8"), /<title>News<\/title>/);
  });

  test("the journal has every move, and open sessions are in the state folder as long as they are", async () => {
    await using place = await folder();
    const journal = join(place.path, "journal.jsonl");
    const stateDir = join(place.path, "state");
    await using world = await scene(runtime, { proxy: { journal, stateDir } });
    await world.playing(1);
    const saved = async (): Promise<string> => {
      const names = (await readdir(stateDir)).filter((name) => name.endsWith(".json"));
      return (await Promise.all(names.map((name) => readFile(join(stateDir, name), "utf8")))).join("");
    };
    assert.ok((await saved()).includes(contentId(1)));
    await world.proxy.close();
    assert.ok(!(await saved()).includes(contentId(1)));
    const lines = (await readFile(journal, "utf8")).trim().split("\n");
    const moves = lines.map((line) => JSON.parse(line) as { readonly to?: string }).filter(({ to }) => to);
    assert.deepEqual(
      moves.map(({ to }) => to),
      ["pending", "active", "released", "free"],
    );
  });
}
