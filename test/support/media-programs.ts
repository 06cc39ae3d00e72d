/** ffmpeg, ffprobe and VLC at work on what the proxy sends. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  /** Warnings and errors, a line each; empty if there was nothing to complain about. */
  readonly complaints: readonly string[];
}

/** Runs one of the ffmpeg programs to its end. */
export function run(program: "ffmpeg" | "ffprobe", args: readonly string[]): Promise<Ran> {
  const quiet = program === "ffmpeg" ? ["-nostdin", "-y"] : [];
  const child = spawn(program, ["-v", "warning", ...quiet, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, output, complaints: complaints.split("\n").filter((line) => line.trim() !== "") }),
    );
  });
}

/** Decodes all of it; answers what there is to complain about. */
export const decode = async (file: string): Promise<readonly string[]> =>
  (await run("ffmpeg", ["-i", file, "-f", "null", "-"])).complaints;

/** When each packet of the picture or the sound is to be decoded, in ticks of 90 kHz, in the order in which they lie. */
export async function ticksOf(file: string, stream: "v" | "a"): Promise<readonly number[]> {
  const entries = ["-select_streams", stream, "-show_entries", "packet=dts", "-of", "csv=p=0"];
  const { output } = await run("ffprobe", [...entries, file]);
  return output
    .split("\n")
    .map((line) => Number.parseInt(line, 10))
    .filter(Number.isFinite);
}

const VLC = Bun.which("cvlc");
/** Null where there is no VLC. VLC refuses to run as root, so that root becomes somebody else for it. */
export const vlcCommand: readonly string[] | null =
  VLC === null ? null : process.getuid?.() === 0 ? ["runuser", "-u", "nobody", "--", VLC] : [VLC];

/** Lets VLC read a stream, take it apart and write it to `file` until it is ended. */
export function vlc(url: string, file: string): ChildProcess {
  const [command = "", ...args] = vlcCommand ?? [];
  const out = `#std{access=file,mux=ts,dst=${file}}`;
  return spawn(command, [...args, "--intf", "dummy", "--no-dbus", "--sout", out, url, "vlc://quit"], {
    env: { PATH: process.env.PATH ?? "", HOME: "/tmp" },
    stdio: "ignore",
  });
}
