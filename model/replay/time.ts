/** Times of lines in milliseconds since 1970. Most lines are of the same second as the one before: that is read once. */

const SECOND_LENGTH = "2026-01-01T00:00:00".length;
const WHOLE_LENGTH = "2026-01-01T00:00:00.000Z".length;

/** A reader of times of one source. `NaN`: it is none. */
export function timeReader(): (at: string) => number {
  let second = "";
  let secondMs = Number.NaN;
  return (at) => {
    if (at.length !== WHOLE_LENGTH || !at.endsWith("Z")) return Date.parse(at);
    if (!at.startsWith(second) || second === "") {
      const ms = Date.parse(at);
      if (Number.isNaN(ms)) return ms;
      second = at.slice(0, SECOND_LENGTH);
      secondMs = Math.floor(ms / 1_000) * 1_000;
    }
    return secondMs + Number(at.slice(SECOND_LENGTH + 1, -1));
  };
}
