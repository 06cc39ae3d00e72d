/** Who may come in, and whom does the proxy believe? */
import { isIP } from "node:net";
import { blockList, isPrivate } from "../http/clients.ts";
import { isLoopback } from "../net/host.ts";
import { type Finding, ok, warn } from "./finding.ts";
import type { Patient } from "./patient.ts";

export async function checkAccess(patient: Patient): Promise<Finding[]> {
  return [...ofToken(patient), ...ofTrust(patient), ...ofReach(patient)];
}

/** Networks larger than these are nobody's own. */
const OWN_BITS_MIN = { ipv4: 8, ipv6: 16 } as const;

function ofToken({ settings: { listen, token }, machine }: Patient): Finding[] {
  const what = "token";
  if (token !== null) return [ok(what, "asked of everybody")];
  const isEverywhere = ["", "::", "0.0.0.0"].includes(listen.host);
  const heard = isEverywhere ? machine.addresses : [listen.host];
  const open = heard.filter((address) => isPublic(address));
  if (open.length === 0) return [];
  return [
    warn({
      what,
      found: `there is none, and ${open[0]} is a public address`,
      why: "unless a firewall is in front, anybody on the internet may watch, and fill all slots",
      fix: `ask for a token:  --token-file FILE  with a long one in it (openssl rand -hex 16), or listen at home only: --listen 192.168.1.10:${listen.port}`,
    }),
  ];
}

/** Addresses that are neither private nor anybody's on the internet: a provider's, a link's, examples, multicast. */
const SPECIAL = blockList([
  "100.64.0.0/10",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "2001:db8::/32",
]);

/** Names are not looked up: they are seldom where one listens. */
function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || isPrivate(address) || isLoopback(address)) return false;
  return !SPECIAL.check(address, family === 6 ? "ipv6" : "ipv4");
}

function ofTrust({ settings: { trustedProxies, token } }: Patient): Finding[] {
  const wide = trustedProxies.filter((cidr) => {
    const [address = "", bits] = cidr.split("/");
    return Number(bits ?? 128) < (address.includes(":") ? OWN_BITS_MIN.ipv6 : OWN_BITS_MIN.ipv4);
  });
  if (wide.length === 0)
    return trustedProxies.length === 0 ? [] : [ok("trusted proxies", trustedProxies.join(", "))];
  const more = token === null ? ", and, as there is no token, end other people's streams" : "";
  return [
    warn({
      what: "trusted proxies",
      found: `${wide.join(", ")} is far more than a proxy in front`,
      why: `whoever is in there may claim any address with X-Forwarded-For${more}`,
      fix: "name the one address of the reverse proxy, or the network of its containers: --trusted-proxy 172.18.0.0/16  (docker network inspect NAME shows it)",
    }),
  ];
}

/** A published port leads to a container's own address, and never to its loopback; others share a network with it. */
function ofReach({ settings: { listen }, inContainer }: Patient): Finding[] {
  if (!inContainer || !isLoopback(listen.host) || ["::", "0.0.0.0"].includes(listen.host)) return [];
  return [
    {
      what: `listen ${listen.text}`,
      verdict: "info",
      found: "it is the container's own loopback address",
      why: "unless it has the host's network, nobody outside reaches it, whatever ports are published",
      fix: [
        "if others are to reach it, listen on all of its addresses; in the compose file:",
        "  services:",
        "    aceslot:",
        "      environment:",
        `        ACESLOT_LISTEN: ":${listen.port}"`,
        `      ports: ["${listen.port}:${listen.port}"]`,
      ].join("\n"),
    },
  ];
}
