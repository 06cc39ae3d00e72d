/** What a check of the doctor finds. */

/** `info` is worth knowing and needs nothing done; after `fail` something will not work. */
export type Verdict = "ok" | "info" | "warn" | "fail";

export interface Finding {
  /** What was looked at: `engine 10.0.0.5:6878`. */
  readonly what: string;
  readonly verdict: Verdict;
  /** What was found, in a few words. */
  readonly found: string;
  /** Why it matters; null where nothing is wrong. */
  readonly why: string | null;
  /** What to do, exactly; may have several lines. Null where nothing is to be done. */
  readonly fix: string | null;
}

export const ok = (what: string, found: string): Finding => ({
  what,
  verdict: "ok",
  found,
  why: null,
  fix: null,
});

export const info = (what: string, found: string, why: string | null = null): Finding => ({
  what,
  verdict: "info",
  found,
  why,
  fix: null,
});

export interface Trouble {
  readonly what: string;
  readonly found: string;
  readonly why: string;
  readonly fix: string;
}

export const warn = (trouble: Trouble): Finding => ({ ...trouble, verdict: "warn" });
export const fail = (trouble: Trouble): Finding => ({ ...trouble, verdict: "fail" });
