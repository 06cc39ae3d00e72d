/** In which sort of container the process takes itself to be, by the signs that each runtime leaves. */
import { expect, test } from "bun:test";
import { type ContainerSort, containerSort } from "../../src/cli/container.ts";

const ID = "3f2a".repeat(16);

interface Place {
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const sortOf = ({ files = {}, env = {} }: Place): ContainerSort | null =>
  containerSort({ exists: (path) => path in files, read: (path) => files[path] ?? null, env });

const PLACES: readonly (readonly [where: string, sort: ContainerSort | null, place: Place])[] = [
  ["Docker", "app", { files: { "/.dockerenv": "" } }],
  ["Podman", "app", { files: { "/run/.containerenv": "" } }],
  ["a pod", "app", { env: { KUBERNETES_SERVICE_HOST: "10.96.0.1" } }],
  ["a pod without the variables", "app", { files: { "/var/run/secrets/kubernetes.io": "" } }],
  [
    "a pod by its group",
    "app",
    { files: { "/proc/self/cgroup": `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope\n` } },
  ],
  ["nerdctl", "app", { files: { "/proc/self/cgroup": `0::/system.slice/nerdctl-${ID}.scope\n` } }],
  [
    "Docker with groups of the first generation",
    "app",
    { files: { "/proc/self/cgroup": `12:cpu:/docker/${ID}\n` } },
  ],
  ["Podman by its variable", "app", { env: { container: "podman" } }],
  [
    "what the first process was told",
    "app",
    { files: { "/proc/1/environ": "PATH=/bin\0container=oci\0HOME=/\0" } },
  ],
  ["LXC", "system", { files: { "/proc/1/environ": "container=lxc\0" } }],
  ["LXC for one who may not read that", "system", { files: { "/run/systemd/container": "lxc\n" } }],
  ["LXC by its group", "system", { files: { "/proc/1/cgroup": "0::/lxc.payload.101/init.scope\n" } }],
  ["systemd-nspawn", "system", { env: { container: "systemd-nspawn" } }],
  ["Docker within LXC", "app", { files: { "/.dockerenv": "", "/proc/1/environ": "container=lxc\0" } }],
  ["a machine", null, {}],
  [
    "a machine with Docker's own service",
    null,
    {
      files: {
        "/proc/self/cgroup": "0::/system.slice/docker.service\n",
        "/proc/1/cgroup": "0::/init.scope\n",
      },
    },
  ],
  [
    "the one that watches a container of Podman",
    null,
    { files: { "/proc/self/cgroup": `0::/user.slice/libpod-conmon-${ID}.scope\n` } },
  ],
  [
    "WSL",
    null,
    { env: { container: "wsl", notcontainer: "lxc" }, files: { "/proc/1/environ": "mycontainer=lxc\0" } },
  ],
];

for (const [where, sort, place] of PLACES)
  test(`${where}: ${sort ?? "no container"}`, () => expect(sortOf(place)).toBe(sort));
