/**
 * A root with what the image holds and nothing else, read-only: the C library, as its base has it, and the binary. No
 * Docker is needed, but root's rights: mounts that only the program sees, chroot, and a real user. The network stays
 * this machine's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/binary.ts";
import { run } from "../support/run.ts";

export interface Contained {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  /** Resolves with its exit code; null: ended by a signal. */
  readonly ended: Promise<number | null>;
}

export interface Root extends AsyncDisposable {
  /** Where its state folder is outside. */
  readonly state: string;
  /** Starts a program in it: `user` as `uid:gid`. */
  start(user: string, env: Readonly<Record<string, string>>, command: readonly string[]): Contained;
}

/** $1: the root, $2: the state folder, $3: the binary, $4: the user; then the environment and the command. */
const ENTER = `set -e
mount --bind "$1" "$1"
mount --bind "$2" "$1/state"
mount --bind "$3" "$1/usr/local/bin/aceslot"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount -o remount,bind,ro "$1"
root=$1 user=$4
shift 4
exec chroot --userspec="$user" --groups= "$root" "$@"`;

export async function makeRoot(): Promise<Root> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-root-"));
  const root = join(folder, "root");
  const state = join(folder, "state");
  // Debian's /lib leads to /usr/lib.
  for (const path of ["usr/lib", "usr/lib64", "usr/bin", "usr/sbin", "usr/local/bin", "state", "dev", "proc"])
    mkdirSync(join(root, path), { recursive: true });
  // The binary is put in its place without being copied.
  writeFileSync(join(root, "usr/local/bin/aceslot"), "");
  mkdirSync(state);
  // As a new volume takes it over from the image.
  chmodSync(state, 0o1777);
  const filled = await run(
    ["sh", "-c", `dpkg -L libc6 | grep -v /doc/ | tar -C / -cf - --no-recursion -T - | tar -C ${root} -xf -`],
    { cwd: "/" },
  );
  if (filled.code !== 0) throw new Error(filled.err);
  return {
    state,
    start: (user, env, command) => contained([root, state, BINARY, user], env, command),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every step is an exec, so that a signal to the child reaches the program itself, as in a container. */
function contained(
  places: readonly string[],
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): Contained {
  const child = spawn("unshare", ["--mount", "sh", "-c", ENTER, "sh", ...places, ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      text += String(chunk);
    });
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      text += error.message;
      resolve(null);
    });
    child.once("close", (code) => resolve(code));
  });
  return { child, output: () => text, ended };
}
