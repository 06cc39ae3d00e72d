/** VLC without a screen: it plays into a file. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, stat } from "node:fs/promises";
import { join } from "node:path";
import { until } from "./until.ts";

const NOBODY = 65_534;

export interface Vlc extends AsyncDisposable {
  /** What it has played, as MPEG-TS. */
  readonly file: string;
  /** Whether it goes on. */
  readonly isPlaying: boolean;
  /** Bytes that it has played so far. */
  size(): Promise<number>;
  /** Resolves when it has played so many bytes. */
  played(bytes: number, deadlineMs?: number): Promise<void>;
  /** Ends it; resolves when its file is complete. */
  end(): Promise<void>;
}

/** Plays `url` into a file in `folder`, which it may write to from now on; throws if there is no VLC. */
export async function playInVlc(url: string, folder: string): Promise<Vlc> {
  if (Bun.which("vlc") === null) throw new Error("these tests need VLC: apt install vlc-bin vlc-plugin-base");
  await chmod(folder, 0o777);
  const file = join(folder, "played.ts");
  const child: ChildProcess = spawn(
    "vlc",
    ["-I", "dummy", "--no-color", "--sout", `#std{access=file,mux=ts,dst=${file}}`, url],
    {
      env: { PATH: process.env.PATH ?? "", HOME: folder },
      stdio: "ignore",
      // It refuses to run as root.
      ...(process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}),
    },
  );
  const closed = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
  const size = async (): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;
  async function end(): Promise<void> {
    child.kill("SIGTERM");
    await closed;
  }
  return {
    file,
    get isPlaying() {
      return child.exitCode === null && child.signalCode === null;
    },
    size,
    async played(bytes, deadlineMs) {
      await until(`VLC has played ${bytes} bytes`, async () => (await size()) >= bytes, deadlineMs);
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}
