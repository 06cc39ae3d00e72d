// The first lines of `aceslot serve`, for people: what runs, with which settings, what to open and what to paste.
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { containerSort } from "./container.ts";
import { versionLine } from "./version.ts";

export interface Welcome {
  /** Opens on this machine: `http://127.0.0.1:6879`. */
  readonly url: string;
  /** The proxy listens on all addresses of the host, or on this one alone. */
  readonly everywhere: boolean;
  readonly publicUrl: string | null;
  /** The TOML file; null: there is none. */
  readonly configFile: string | null;
  readonly hasToken: boolean;
  readonly hasPlaylist: boolean;
}

/** Four to six lines, without the secrets. `lan` is the host's address for others, if it is known. */
export function welcome(about: Welcome, lan: string | null = addressForOthers()): string {
  const others =
    about.publicUrl ?? (about.everywhere && lan !== null ? replaceHost(about.url, lan) : about.url);
  const query = about.hasToken ? "token=<your token>&" : "";
  return [
    `${versionLine()}; settings: ${about.configFile ?? "defaults, variables, flags"}`,
    `  look   ${others}/${about.hasToken ? "?token=<your token>" : ""}`,
    `  play   ${others}/ace/getstream?${query}id=<content id>`,
    ...(about.hasPlaylist
      ? [`  list   ${others}/playlist.m3u${about.hasToken ? "?token=<your token>" : ""}`]
      : []),
    ...(others.startsWith(`http://${HOST}:`)
      ? [`  ${HOST}: the address of the machine that this container runs on`]
      : []),
    "  VLC: Media, Open Network Stream, paste the second. Trouble? aceslot doctor",
  ].join("\n");
}

const replaceHost = (url: string, host: string): string => url.replace("127.0.0.1", host);

/** Of containers, tunnels and virtual machines: no television reaches those. */
const INNER = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|utun|zt|tailscale|cni|flannel|podman|lxc)/;

/** Stands for an address that nobody here knows, as in the docs. */
const HOST = "HOST";

/** The first address that a television in the same house can reach; `HOST` in a container, which does not know it. */
export function addressForOthers(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces(),
  inContainer = containerSort() === "app",
): string | null {
  if (inContainer) return HOST;
  for (const [name, addresses = []] of Object.entries(interfaces)) {
    const first = addresses.find(({ family, internal }) => family === "IPv4" && !internal);
    if (first !== undefined && !INNER.test(name)) return first.address;
  }
  return null;
}
