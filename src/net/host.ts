/** Hosts as settings, stores and engines name them. It imports nothing, so that settings may know it. */

/** `host` is without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Whether a host means the machine itself, so that it is another one on each: `0.0.0.0` and `::`, too, reach it. */
export const isLoopback = (host: string): boolean =>
  ["localhost", "0.0.0.0", "::", "::1"].includes(host) || /^127\.[\d.]+$/.test(host);
