/** Addresses that mean something else inside a container, and what to write into a compose file instead. */
import { isLoopback } from "../net/host.ts";

/** Null: it is no trap. `service`: what the other side would be called in a compose file. */
export function containerTrap(
  inContainer: boolean,
  host: string,
  service: string,
  setting: string,
): { readonly why: string; readonly fix: string } | null {
  if (!inContainer || !isLoopback(host)) return null;
  return {
    why: `inside a container ${host} is the container itself, and not its host`,
    fix: [
      "name the other container by its service, in the compose file:",
      "  services:",
      "    aceslot:",
      "      environment:",
      `        ${setting}`,
      `      depends_on: [${service}]`,
      "or, if it runs on the host, start it there and give aceslot the host's network:",
      "      network_mode: host",
      "or, in LXC and the like, name it by the address that it has in your network",
    ].join("\n"),
  };
}

interface Trap {
  readonly why: string;
  readonly fix: string;
}

/** The same, and names and addresses that mean nothing where the proxy is. `found`: why it cannot be reached. */
export function addressTrap(
  inContainer: boolean,
  host: string,
  found: string,
  service: string,
  setting: string,
): Trap | null {
  const trap = containerTrap(inContainer, host, service, setting);
  if (trap !== null) return trap;
  if (host === "::1" && found.includes("refused"))
    return {
      why: "::1 is this machine by IPv6, and AceStream engines listen on IPv4 only",
      fix: `write 127.0.0.1 in place of [::1]`,
    };
  if (!found.includes("cannot be resolved")) return null;
  if (host === "host.docker.internal")
    return {
      why: inContainer
        ? "on Linux Docker gives this name only to those who ask for it"
        : "it is a name that only containers know",
      fix: inContainer
        ? [
            "ask for it in the compose file:",
            "  services:",
            "    aceslot:",
            '      extra_hosts: ["host.docker.internal:host-gateway"]',
          ].join("\n")
        : "write 127.0.0.1: this is the host itself",
    };
  if (host.includes(".") || host.includes(":")) return null;
  if (!inContainer)
    return {
      why: `${host} looks like the name of a service, which only containers of the same network know`,
      fix: "publish that container's port (ports: in its compose file) and name this host:  127.0.0.1:PORT",
    };
  return {
    why: `no container on a network of this one is called ${host}; one that uses another's network (network_mode: "service:gluetun") is found by the other's name`,
    fix: [
      "put both into one network, in the compose file:",
      "  services:",
      "    aceslot:",
      "      networks: [streams]",
      `    ${host}:`,
      "      networks: [streams]",
      "  networks:",
      "    streams:",
      "or, behind a VPN container, name that one, and let it publish the port:",
      `        ${setting.replace(service, "gluetun")}`,
    ].join("\n"),
  };
}
