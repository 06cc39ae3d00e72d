/** Can slots be claimed in the shared store, and will what is claimed there stay? */
import { messageOf } from "../foreign.ts";
import { type Finding, fail, info, ok } from "./finding.ts";
import { ofMembers } from "./members.ts";
import type { Patient, SharedStore } from "./patient.ts";
import { addressTrap } from "./reaching.ts";
import { aclLine } from "./store-commands.ts";
import { isOldServer } from "./store-info.ts";
import { ofDisk, ofMemory, ofTime } from "./store-keeping.ts";
import { ofReplicas } from "./store-replicas.ts";
import { type Visit, visit } from "./store-visit.ts";

const STORE = "lease store";

export async function checkLeases(patient: Patient): Promise<Finding[]> {
  const { leaseStore: store } = patient;
  if (store === null) return [];
  let seen: Visit;
  try {
    seen = await visit(store);
  } catch (error) {
    return [unreachable(patient, store.address.hosts[0]?.host ?? "", messageOf(error))];
  }
  const isNoPrimary = seen.server?.role === "slave" || seen.server?.mode === "sentinel";
  return [
    ...ofServer(seen),
    ...(isNoPrimary ? [] : [ofCommands(store, seen), ...ofReplicas(store, seen.server, seen.replicaRule)]),
    ...(seen.server === null ? [] : [ofMemory(seen.server), ofDisk(seen.server, store.ttlMs)]),
    ...ofTime(store.ttlMs, seen),
    ...(seen.books === null ? [] : ofMembers(patient, store, seen.books)),
  ];
}

const NO_GRANTS = "without its store the proxy grants no slot (--lease-when-down refuse)";

/** `host`: the first that is named. `found`: why it could not be visited. */
export function unreachable(
  { inContainer }: Pick<Patient, "inContainer">,
  host: string,
  found: string,
): Finding {
  const known = FIXES.find(([words]) => words.test(found))?.[1];
  // Whoever refuses a password is there: only what nothing else explains may be a trap.
  const trap =
    known === undefined
      ? addressTrap(inContainer, host, found, "store", "ACESLOT_LEASE: redis://store:6379")
      : null;
  return fail({
    what: STORE,
    found,
    why: trap?.why ?? NO_GRANTS,
    fix: known ?? trap?.fix ?? START_IT,
  });
}

/** By what the visit says. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [
    /password|user name/,
    "give the password that the store has (requirepass, or that of the ACL user): --lease-password-file FILE, and the user, if there is one, in the URL: --lease redis://USER@HOST:PORT",
  ],
  [
    /TLS|lease-ca-file/,
    "speak TLS exactly where the store does: rediss:// with TLS, redis:// without; trust a certificate of your own with --lease-ca-file FILE",
  ],
  [
    /does not answer/,
    "see whether it hangs, a firewall is between, or it speaks TLS (rediss://) or none (redis://):  redis-cli -h HOST -p PORT PING",
  ],
  [/database/, "name one that it has: --lease redis://HOST:PORT/0"],
];

const START_IT =
  "start it there:  redis-server --bind 0.0.0.0 --requirepass SECRET --maxmemory-policy noeviction  or name where it is: --lease redis://HOST:PORT";

function ofServer({ server, place }: Visit): Finding[] {
  if (server === null) return [ok(STORE, `${place} answers; it does not tell what it is`)];
  const findings: Finding[] = [];
  if (isOldServer(server))
    findings.push(
      fail({
        what: STORE,
        found: `${place} is ${server.name}`,
        why: "scripts and permissions as they are used here exist from Redis 6.2 on",
        fix: "use Redis 6.2 or newer, or Valkey; docker image valkey/valkey:8",
      }),
    );
  else findings.push(ok(STORE, `${place} answers: ${server.name}, ${server.mode}`));
  if (server.mode === "sentinel")
    findings.push(
      fail({
        what: STORE,
        found: `${place} is a sentinel, which keeps no data`,
        why: NO_GRANTS,
        fix: "name it as one, with the name of the primary: --lease redis-sentinel://HOST:26379/NAME/0",
      }),
    );
  if (server.role === "slave")
    findings.push(
      fail({
        what: STORE,
        found: `${place} is a replica`,
        why: "leases are written, and only the primary takes writes",
        fix: `name the primary (redis-cli INFO replication: master_host), or the sentinels, which know it`,
      }),
    );
  else if (server.replicas > 0)
    findings.push(
      info(
        STORE,
        `${server.replicas} replicas follow it`,
        "after a fail-over nothing is granted for one --lease-ttl: a replica may not know the last leases",
      ),
    );
  return findings;
}

function ofCommands({ address, prefix }: SharedStore, { refusal }: Visit): Finding {
  const what = "lease store: commands";
  if (refusal === null) return ok(what, "all that are needed are allowed");
  const acl = aclLine(address.username, prefix, address.form === "cluster" ? 0 : address.database);
  return fail({
    what,
    found: refusal.message,
    why: NO_GRANTS,
    fix: /let this user/.test(refusal.message)
      ? `allow this user what the proxy does:\n  ${acl}`
      : /memory left/.test(refusal.message)
        ? "give it more memory (maxmemory), or a server of its own: 10,000 leases take some MB"
        : /save to its disk/.test(refusal.message)
          ? "mend its disk, or let it go on without:  redis-cli CONFIG SET stop-writes-on-bgsave-error no"
          : /another version/.test(refusal.message)
            ? "use another prefix for this version: --lease-prefix aceslot2; all proxies of one store need the same"
            : "see the store's own log",
  });
}
