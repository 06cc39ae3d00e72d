/** Whether this process runs in a container, and in which sort: by the signs that runtimes leave. */
import { existsSync, readFileSync } from "node:fs";

/**
 * `app`: made from an image, behind a network of its own (Docker, Podman, containerd, Kubernetes).
 * `system`: like a small machine, mostly with an address in the house (LXC, systemd-nspawn).
 */
export type ContainerSort = "app" | "system";

/** What there is to see; what cannot be read is as if it were not there. */
export interface Signs {
  exists(path: string): boolean;
  /** Null: not there, or not for us. */
  read(path: string): string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Null: no sign of one. */
export function containerSort(signs: Signs = HERE): ContainerSort | null {
  if (MARKS.some((path) => signs.exists(path)) || signs.env.KUBERNETES_SERVICE_HOST) return "app";
  const first = signs.read("/proc/1/environ") ?? "";
  const words = [
    signs.env.container,
    /(?:^|\0)container=([^\0]*)/.exec(first)?.[1],
    // Where systemd writes down what the former said to it.
    signs.read("/run/systemd/container")?.trim(),
  ];
  for (const word of words) if (word !== undefined && SORTS.has(word)) return SORTS.get(word) ?? null;
  const groups = [signs.read("/proc/self/cgroup"), signs.read("/proc/1/cgroup")].join("\n");
  if (APP_GROUP.test(groups)) return "app";
  return SYSTEM_GROUP.test(groups) ? "system" : null;
}

export const isInContainer = (): boolean => containerSort() !== null;

/** Left by Docker, Podman (and CRI-O) and Kubernetes. */
const MARKS = ["/.dockerenv", "/run/.containerenv", "/var/run/secrets/kubernetes.io"];

/** What runtimes put into the variable `container`; others do so too, such as Flatpak, whose network is the host's. */
const SORTS: ReadonlyMap<string, ContainerSort> = new Map([
  ...(["docker", "podman", "oci", "containerd", "crio", "kube"] as const).map(
    (word) => [word, "app"] as const,
  ),
  ...(["lxc", "lxc-libvirt", "systemd-nspawn"] as const).map((word) => [word, "system"] as const),
]);

/** By the container's id: the runtimes' own services have their names too, on the host. */
const APP_GROUP = /\/kubepods|(?:docker|containerd|nerdctl|libpod|crio)[-/][0-9a-f]{12,}/;
const SYSTEM_GROUP = /\/lxc(?:\/|\.payload)/;

const HERE: Signs = {
  exists: existsSync,
  read(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return null;
    }
  },
  env: process.env,
};
