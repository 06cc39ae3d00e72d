import { posix, win32 } from "node:path";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The user's state folder for aceslot, or `null` where there is none (a user without a home).
 * systemd's `$STATE_DIRECTORY` comes first and is used as it is; of several the first.
 */
export function defaultStateDir(env: Env, platform: string): string | null {
  const given = env.STATE_DIRECTORY?.split(":")[0];
  if (given && platform !== "win32") return given;
  if (platform === "win32") {
    const local = env.LOCALAPPDATA;
    return local ? win32.join(local, "aceslot") : null;
  }
  const home = homeOf(env);
  if (platform === "darwin") return home && posix.join(home, "Library", "Application Support", "aceslot");
  const xdg = env.XDG_STATE_HOME;
  // The XDG specification has relative paths ignored.
  if (xdg?.startsWith("/")) return posix.join(xdg, "aceslot");
  return home && posix.join(home, ".local", "state", "aceslot");
}

/** `~/x` as a shell would have it: the TOML file and compose files know no shell. */
export function withHome(path: string, env: Env): string {
  const home = homeOf(env) ?? env.USERPROFILE;
  return home && /^~[/\\]/.test(path) ? `${home}${path.slice(1)}` : path;
}

const homeOf = (env: Env): string | null => (env.HOME?.startsWith("/") ? env.HOME : null);
