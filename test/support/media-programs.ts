/** ffmpeg and ffprobe at work on what the proxy sends. */
import { run as runProgram } from "./run.ts";

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  /** Warnings and errors, a line each; empty if there was nothing to complain about. */
  readonly complaints: readonly string[];
}

/** Runs one of the ffmpeg programs to its end; `input` is what it finds at `pipe:0`. */
export async function run(
  program: "ffmpeg" | "ffprobe",
  args: readonly string[],
  input?: Uint8Array,
): Promise<Ran> {
  // Without input it must not take what it is sent for keys that are pressed.
  const quiet = program === "ffprobe" ? [] : input === undefined ? ["-nostdin", "-y"] : ["-y"];
  const { code, out, err } = await runProgram([program, "-v", "warning", ...quiet, ...args], {
    cwd: "/",
    ...(input === undefined ? {} : { input }),
  });
  return { code, output: out, complaints: err.split("\n").filter((line) => line.trim() !== "") };
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
