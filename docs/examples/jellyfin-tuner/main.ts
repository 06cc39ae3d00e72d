/**
 * A tuner as media servers have one, in 40 lines: it finds the channels as clients of an HDHomeRun do, and records some
 * seconds of one into a file. The proxy is in the same process, and needs no port: it is a function.
 *
 *     bun main.ts CHANNEL SECONDS FILE [PLAYLIST] [ENGINE…]
 */
import { open } from "node:fs/promises";
import { createProxy } from "aceslot";

const [wanted = "1", seconds = "10", file = "recording.ts", playlist = "channels.m3u", ...engines] =
  process.argv.slice(2);

const proxy = createProxy({ engines: engines.length > 0 ? engines : undefined, playlists: [playlist] });
// For a tuner that is somewhere on the network this is `fetch`, and the URL below its address.
const ask = (url: string): Promise<Response> => proxy.fetch(new Request(url));

try {
  await proxy.ready; // It has seen its engines: the number of tuners is right.
  const tuner = await (await ask("http://tuner/discover.json")).json();
  const lineup: { GuideNumber: string; GuideName: string; URL: string }[] = await (
    await ask(tuner.LineupURL)
  ).json();
  console.log(`${tuner.FriendlyName}: ${tuner.TunerCount} tuners, ${lineup.length} channels`);

  const channel = lineup.find(({ GuideNumber, GuideName }) => [GuideNumber, GuideName].includes(wanted));
  if (channel === undefined) throw new Error(`there is no channel ${wanted}`);
  const answer = await ask(channel.URL);
  if (answer.body === null || !answer.ok)
    throw new Error(`${channel.GuideName}: ${answer.headers.get("X-HDHomeRun-Error") ?? answer.status}`);

  const end = performance.now() + Number(seconds) * 1000;
  const recording = await open(file, "w");
  // Leaving the loop tells the proxy that nobody watches any more. A channel that fails throws, and never just ends.
  for await (const packets of answer.body) {
    await recording.writeFile(packets);
    if (performance.now() > end) break;
  }
  const { size } = await recording.stat();
  await recording.close();
  console.log(`${channel.GuideName}: ${(size / 1e6).toFixed(1)} MB in ${file}`);
} finally {
  await proxy.close(); // The engine has stopped, and the slot is free.
}
