/** A disk of its own that is small: it can be filled to the last byte, made read-only, and made roomy again. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./binary.ts";
import { until } from "./until.ts";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** No byte more has room. */
  fill(): void;
  /** Gives the room back. */
  clear(): void;
  /** Waits for whoever writes just now. */
  readOnly(is: boolean): Promise<void>;
}

/** Needs the right to mount, as CI has it; throws where there is none. */
function mount(args: readonly string[]): void {
  const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount ${args.join(" ")}: ${stderr}; this test must be allowed to mount`);
}

/** Whether somebody has a file open there for writing. Throws at anything else that is in the way. */
function isBusy(args: readonly string[]): boolean {
  try {
    mount(args);
    return false;
  } catch (error) {
    if (!/busy/.test(String(error))) throw error;
    return true;
  }
}

export async function fullDisk(kib = 256): Promise<SmallDisk> {
  const folder = await scratchFolder();
  const { path } = folder;
  mount(["-t", "tmpfs", "-o", `size=${kib}k`, "tmpfs", path]);
  const filling = join(path, "filling");
  return {
    path,
    fill() {
      // The last page may be half free: a file grows into it, byte by byte.
      for (let n = 0; n < 2 * kib; n++) {
        try {
          writeFileSync(filling, Buffer.alloc(4096), { flag: "a" });
        } catch {
          return;
        }
      }
      throw new Error("the disk does not become full");
    },
    clear: () => rmSync(filling, { force: true }),
    readOnly: async (is) => {
      const args = ["-o", `remount,${is ? "ro" : "rw"}`, path];
      await until("nobody writes there", () => !isBusy(args));
    },
    async [Symbol.asyncDispose]() {
      spawnSync("umount", ["-l", path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}
