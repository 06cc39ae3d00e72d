/** What a user of the lease store must be allowed to do: taken from the scripts themselves. */
import { KEEP, keysOf, PROBE, VIEW } from "../leases/redis.lua.ts";

/** Sent by the proxy itself; the rest by its scripts. */
const OF_THE_PROXY = ["eval", "evalsha", "script|load", "subscribe", "unsubscribe", "ping", "info", "hlen"];

/** As `ACL SETUSER` names them, in lower case. */
export function neededCommands(database: number): string[] {
  const scripts = [KEEP, VIEW, PROBE].join("\n");
  const called = [...scripts.matchAll(/\bcall\('([A-Z]+)'/g)].map(([, name = ""]) => name.toLowerCase());
  const select = database === 0 ? [] : ["select"];
  return [...new Set([...OF_THE_PROXY, ...select, ...called])].sort();
}

/** One line for redis-cli that makes a user who may do what is needed, and nothing else. */
export function aclLine(username: string, prefix: string, database: number): string {
  const { channel } = keysOf(prefix);
  const commands = neededCommands(database).map((name) => `+${name}`);
  // Everybody else may be the default user: it is left as it is.
  const user = username === "" || username === "default" ? "aceslot on '>PASSWORD'" : `${username} on`;
  return `ACL SETUSER ${user} resetkeys '~{${prefix}}:*' resetchannels '&${channel}' -@all ${commands.join(" ")}`;
}
