/** A proxy in the worst of company: everybody who has a name or a word in it means no good. */
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../../src/sim/index.ts";
import { startRedis } from "../../cluster/redis.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../../support/binary.ts";
import { PATIENCE_MS, PLAYS_BYTES, SHORT_UNHURRIED, streamsOf } from "../../support/faults.ts";
import { play } from "../../support/player.ts";
import { until } from "../../support/until.ts";

/** Would set a global in whatever context it is taken for a program: an element, an attribute, a link, a template. */
export const evilOf = (who: string): string =>
  `${who}"'><img src=x onerror="canary='${who}'"><svg onload=canary=1><script>canary=2</script>` +
  "<a href=javascript:canary=3>{{canary=4}}</a><iframe srcdoc='<script>parent.canary=5</script>'>&lt;b&gt;";

/** The same in an attribute of a playlist, which ends with its quotes; a semicolon parts groups. */
export const groupName = evilOf("group").replaceAll(/[";]/g, "");

export interface HostileScene extends AsyncDisposable {
  readonly proxy: RunningBinary;
  /** A content whose channel is called so, and that plays. */
  readonly playing: string;
}

export async function hostileScene(): Promise<HostileScene> {
  await using made = new AsyncDisposableStack();
  const folder = made.use(await scratchFolder());
  const redis = made.use(await startRedis(folder.path));
  const guide = join(folder.path, "guide.xml");
  const script = "canary='guide'; fetch('/api/v1/streams')";
  await Bun.write(
    guide,
    `<tv><channel id="one"><display-name>One</display-name><h:script xmlns:h="http://www.w3.org/1999/xhtml">${script}</h:script>` +
      `<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="x" onerror="canary='image'"/><s:svg xmlns:s="http://www.w3.org/2000/svg" onload="canary='svg'"/></channel></tv>`,
  );
  const playlist = join(folder.path, "channels.m3u");
  const entry = (name: string, link: string): string =>
    `#EXTINF:-1 group-title="${groupName}" tvg-logo="javascript:canary='logo'" tvg-id="${groupName}",${name}\n${link}\n`;
  await Bun.write(
    playlist,
    [
      "#EXTM3U\n",
      entry(evilOf("channel"), `acestream://${contentId(1)}`),
      entry(evilOf("link"), "javascript:canary='link'"),
      entry(evilOf("data"), "data:text/html,<script>parent.canary='data'</script>"),
      entry(evilOf("address"), "http://evil.example/<img src=x onerror=canary=6>"),
    ].join(""),
  );
  const world = made.use(await startWorld({ engines: 2, media: bareMedia, unreadSessionMs: 3_000 }));
  for (const [index, engine] of world.engines.entries())
    world.orchestrator.relist(world.orchestrator.containerIdOf(engine), {
      containerName: evilOf(`engine${index}`),
    });
  const args = (label: string): Parameters<typeof startBinary> => [
    [
      ...["--orchestrator", world.url, "--max-streams-per-engine", "2", "--playlist", playlist],
      ...["--epg", guide, "--lease", `redis://127.0.0.1:${redis.port}`],
      ...SHORT_UNHURRIED,
    ],
    { env: { ACEXY_CONTAINER_ID: evilOf(label) } },
  ];
  const proxy = made.use(await startBinary(...args("proxy")));
  made.use(await startBinary(...args("neighbour")));
  await until(
    "slots are granted",
    async () => (await fetch(`${proxy.url}/readyz`)).status === 200,
    PATIENCE_MS,
  );
  // One that fails in the engine's own words, which blame the content, and one that plays on.
  for (const engine of world.engines)
    engine.faults.start = { kind: "error", words: `failed to load content ${evilOf("words")}` };
  await fetch(`${proxy.url}/ace/getstream?id=${contentId(2)}`);
  for (const engine of world.engines) engine.faults.start = null;
  await until("its end is told", async () => (await streamsOf(proxy)).ended.length > 0);
  const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`, {
    headers: { "User-Agent": evilOf("player") },
  });
  made.defer(() => player.leave());
  await player.got(PLAYS_BYTES, PATIENCE_MS);
  const ends = made.move();
  return { proxy, playing: contentId(1), [Symbol.asyncDispose]: () => ends.disposeAsync() };
}
