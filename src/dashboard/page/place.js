// @ts-check
/**
 * Where this page is, and what is where from here. All addresses are relative to the page's own, so that it works
 * behind a path prefix and below `/t/<token>/`; a token that came as `?token=` is passed on.
 */

const here = new URL(".", document.baseURI);
const token = new URLSearchParams(location.search).get("token");

/** An address of the API, with the token if there is one. @param {string} path */
export function api(path) {
  const url = new URL(path, here);
  if (token !== null) url.searchParams.set("token", token);
  return url.href;
}

/**
 * JSON of a GET. @template T @param {string} path @returns {Promise<T>}
 * @throws {Refused} with the proxy's own words
 */
export async function get(path) {
  const answer = await fetch(api(path), { cache: "no-store" });
  if (!answer.ok) throw await refusal(answer);
  return answer.json();
}

/** @param {string} path @throws {Refused} with the proxy's own words */
export async function remove(path) {
  const answer = await fetch(api(path), { method: "DELETE" });
  if (!answer.ok) throw await refusal(answer);
}

/** An answer that is none, in words. */
export class Refused extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {Response} answer */
export async function refusal(answer) {
  const told = await answer.json().catch(() => null);
  const words =
    typeof told?.error?.message === "string" ? told.error.message : `the proxy answered ${answer.status}`;
  return new Refused(answer.status, words);
}

/** Players cannot be given a query for each thing they ask; a token in the path they keep. */
const forPlayers = token === null ? here : new URL(`t/${encodeURIComponent(token)}/`, here);

/** The stream for players, as MPEG-TS. @param {string} content */
export function streamUrl(content) {
  const [kind = "", hash = ""] = content.split(":");
  const path = kind === "id" ? `ace/getstream/${hash}.ts` : `ace/getstream?infohash=${hash}`;
  return new URL(path, forPlayers).href;
}

/** The same as HLS. @param {string} content */
export function hlsUrl(content) {
  const [kind = "", hash = ""] = content.split(":");
  return new URL(`ace/manifest.m3u8?${kind}=${hash}`, forPlayers).href;
}

/** The playlist with all channels, for players. */
export const playlistUrl = () => new URL("playlist.m3u", forPlayers).href;

/** An address as it may be shown: without the token. @param {string} url */
export const shownUrl = (url) =>
  url.replace(/\/t\/[^/]+\//, "/t/•••/").replace(/([?&]token=)[^&#]+/, "$1•••");
