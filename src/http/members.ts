/** What a proxy of a lease store tells of itself, and where proxies do not mean the same. */

export interface Told {
  readonly name: string;
  /** Where its own dashboard is, if it tells. */
  readonly url: string | null;
  readonly cap: number | null;
  readonly ttlMs: number | null;
}

/** `info`: what the member wrote, which may be of another version, or of somebody who means no good. */
export function readMember(member: string, info: string): Told {
  const told = parsed(info);
  const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
  const count = (value: unknown): number | null =>
    typeof value === "number" && Number.isFinite(value) ? value : null;
  const url = text(told.url);
  return {
    name: text(told.name) ?? instanceOf(member),
    url: url !== null && /^https?:\/\//i.test(url) ? url : null,
    cap: count(told.cap),
    ttlMs: count(told.ttlMs),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** The instance of a member or of a lease: what comes before its first slash. */
export const instanceOf = (name: string): string => name.split("/", 1)[0] ?? name;

/** `<name> has <value>` for each that tells; empty if all, and `ours` if it is one, mean the same. */
export function differing(
  proxies: readonly Told[],
  of: (told: Told) => number | null,
  text: (value: number) => string = String,
  ours: number | null = null,
): string[] {
  const told = proxies.flatMap((proxy) => {
    const value = of(proxy);
    return value === null ? [] : [{ name: proxy.name, value }];
  });
  const values = new Set([...told.map(({ value }) => value), ...(ours === null ? [] : [ours])]);
  return values.size < 2 ? [] : told.map(({ name, value }) => `${name} has ${text(value)}`);
}
