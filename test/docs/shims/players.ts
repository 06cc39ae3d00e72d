/**
 * Players. vlc, mpv, ffplay are stand-ins: they take the first bytes of the address and look whether these are what a
 * player would play. ffmpeg is real, and stopped where a stream has no end.
 */
import { spawn, spawnSync } from "node:child_process";
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

/** A second of whatever the page records or converts. */
export function ffmpeg(args: readonly string[]): number {
  const at = args.indexOf("-t");
  const short = at === -1 ? [...args.slice(0, -1), "-t", "1", ...args.slice(-1)] : args.with(at + 1, "1");
  return real("ffmpeg", ["-hide_banner", "-loglevel", "error", "-nostdin", ...short]);
}

/** The worked examples, for real. 1 to 3 are findings, and some examples are there to show one. */
export function example(program: string, args: readonly string[]): number {
  const code = real(program, args);
  const isExample = args.some((word) => word.startsWith("docs/examples/"));
  return isExample && code < 4 ? 0 : code;
}

const LISTENS_FOR_MS = 300;

/** Whoever listens to a store listens for ever: for a moment from its first word on. */
export async function redisCli(args: readonly string[]): Promise<number> {
  if (!args.includes("monitor")) return real("redis-cli", args);
  const child = spawn(programOf("redis-cli"), args, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.once("data", () => setTimeout(() => child.kill(), LISTENS_FOR_MS));
  child.stdout.pipe(process.stdout);
  return new Promise((done) =>
    child.once("close", (code, signal) => done(signal === null ? (code ?? 96) : 0)),
  );
}

export const real = (program: string, args: readonly string[], searched = process.env.PATH): number =>
  spawnSync(programOf(program), args, { stdio: "inherit", env: { ...process.env, PATH: searched } }).status ??
  96;

/** Where the real one is. */
export function programOf(name: string): string {
  const paths = (process.env.DOCS_REAL_PATH ?? "").split(":").map((folder) => `${folder}/${name}`);
  return (
    paths.find((file) => spawnSync("test", ["-x", file]).status === 0) ?? refuse(`${name} is not installed`)
  );
}
