/** Answers with files of the page: compressed where the client takes that, and not at all if it has them already. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { PageFile } from "../dashboard/files.ts";

interface Ready {
  readonly etag: string;
  /** Null: compression does not make it smaller. */
  readonly gzip: Uint8Array<ArrayBuffer> | null;
}

export class PageAnswers {
  /** Made ready with the first request for each, and kept. */
  readonly #ready = new Map<PageFile, Ready>();

  of(request: Request, file: PageFile, more: Readonly<Record<string, string>> = {}): Response {
    const { etag, gzip } = this.#readyOf(file);
    const headers: Record<string, string> = {
      ...more,
      "Content-Type": file.type,
      // Always asked about: a new version of the proxy has a new page.
      "Cache-Control": "no-cache",
      ETag: etag,
      Vary: "Accept-Encoding",
    };
    if (names(request.headers.get("if-none-match"), etag))
      return new Response(null, { status: 304, headers });
    if (gzip === null || !takesGzip(request.headers.get("accept-encoding")))
      return new Response(file.body, { headers });
    return new Response(gzip, { headers: { ...headers, "Content-Encoding": "gzip" } });
  }

  #readyOf(file: PageFile): Ready {
    const known = this.#ready.get(file);
    if (known !== undefined) return known;
    const digest = createHash("sha256").update(file.body).digest("base64url").slice(0, 22);
    const packed = file.type.startsWith("font/") ? null : new Uint8Array(gzipSync(file.body, { level: 9 }));
    // Weak, since it names the packed and the plain form alike.
    const ready = { etag: `W/"${digest}"`, gzip: packed };
    this.#ready.set(file, ready);
    return ready;
  }
}

/** Does `If-None-Match` name it? */
const names = (given: string | null, etag: string): boolean =>
  (given ?? "").split(",").some((one) => one.trim() === "*" || one.trim() === etag);

/** `gzip;q=0` refuses it. */
const takesGzip = (given: string | null): boolean =>
  (given ?? "").split(",").some((coding) => {
    const [name = "", ...parameters] = coding.split(";").map((part) => part.trim().toLowerCase());
    return (
      (name === "gzip" || name === "*") && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    );
  });
