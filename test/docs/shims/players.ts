/**
 * Players and downloads. vlc, mpv, ffplay are stand-ins: they take the first bytes of the address and look whether
 * these are what a player would play. curl, ffmpeg are real, and stopped where a stream has no end.
 */
import { spawnSync } from "node:child_process";
import { refuse } from "./refuse.ts";

const PACKET_BYTES = 188;
const PACKETS = 200;

export async function play(program: string, args: readonly string[]): Promise<number> {
  const url = args.find((word) => /^https?:/.test(word));
  if (url === undefined) refuse(`${program} is given no address`);
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (answer.status !== 200 || answer.body === null) refuse(`${url} answers ${answer.status}`);
  const type = answer.headers.get("content-type") ?? "";
  if (/mpegurl/.test(type)) {
    if (!(await answer.text()).startsWith("#EXTM3U")) refuse(`${url} is no playlist`);
    return 0;
  }
  if (type !== "video/mp2t") refuse(`${url} is ${type}`);
  let bytes = new Uint8Array(0);
  for await (const chunk of answer.body) {
    bytes = Uint8Array.from([...bytes, ...chunk]);
    if (bytes.length >= PACKETS * PACKET_BYTES) break;
  }
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES)
    if (bytes[at] !== 0x47) refuse(`${url}: no packet begins at byte ${at}`);
  return 0;
}

/** 28: the time was up, 23: whoever read it had enough; both are how one stops an endless answer. */
export function curl(args: readonly string[]): number {
  const endless =
    args.some((word) => /\/ace\/getstream|\/api\/v1\/events/.test(word)) && !args.includes("-I");
  const code = real("curl", endless ? ["--max-time", "2", ...args] : args);
  return endless && (code === 28 || code === 23) ? 0 : code;
}

/** Two seconds of whatever the page records or converts. */
export function ffmpeg(args: readonly string[]): number {
  const at = args.indexOf("-t");
  const short = at === -1 ? [...args.slice(0, -1), "-t", "2", ...args.slice(-1)] : args.with(at + 1, "2");
  return real("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", ...short]);
}

/** The worked examples, for real. 1 to 3 are findings, and some examples are there to show one. */
export function example(program: string, args: readonly string[]): number {
  const code = real(program, args);
  const isExample = args.some((word) => word.startsWith("docs/examples/"));
  return isExample && code < 4 ? 0 : code;
}

/** Whoever listens to a store listens for ever. */
export function redisCli(args: readonly string[]): number {
  if (!args.includes("monitor")) return real("redis-cli", args);
  const code = real("timeout", ["0.3", "redis-cli", ...args], process.env.DOCS_REAL_PATH);
  return code === 124 ? 0 : code;
}

export function real(program: string, args: readonly string[], searched = process.env.PATH): number {
  const path = (process.env.DOCS_REAL_PATH ?? "").split(":").map((folder) => `${folder}/${program}`);
  const found = path.find((file) => spawnSync("test", ["-x", file]).status === 0);
  if (found === undefined) refuse(`${program} is not installed`);
  return spawnSync(found, args, { stdio: "inherit", env: { ...process.env, PATH: searched } }).status ?? 96;
}
