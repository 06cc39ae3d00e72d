/**
 * What Deno would ask the person at the terminal for. Whoever runs a proxy there has said what it may do, and is not to
 * be asked for more: what is only nice to know is left out unless it is allowed already. Bun and Node allow everything.
 * Anybody may import it.
 */

/** As `Deno.permissions` names them; `run` without a command: any program, and signals to any process; `net`: all ports of a host. */
export type Permission =
  | { readonly name: "read" | "write"; readonly path: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "run" }
  | { readonly name: "sys"; readonly kind: "hostname" };

/** What of Deno is used here: this file is read by compilers that know nothing of it. */
interface Asked {
  readonly permissions: { querySync(permission: Permission): { readonly state: string } };
}

/** Whether it may be done without anybody being asked. */
export function isAllowed(permission: Permission): boolean {
  const { Deno: deno } = globalThis as unknown as { readonly Deno?: Asked };
  return deno === undefined || deno.permissions.querySync(permission).state === "granted";
}
