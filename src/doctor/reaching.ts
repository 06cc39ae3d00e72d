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
    ].join("\n"),
  };
}
