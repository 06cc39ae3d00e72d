/** The guide as an answer: packed as it is kept, or unpacked on the way; asked for again only if it has changed. */
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Context } from "hono";
import type { Guide } from "../playlist/index.ts";
import { FOREIGN_DOCUMENT } from "./browsers.ts";
import type { Env } from "./clients.ts";

/** `asFile`: the packed form is what was asked for, rather than a way to send the other. */
export function guideAnswer(context: Context<Env>, guide: Guide, asFile: boolean): Response {
  const packed = asFile || acceptsGzip(context.req.header("accept-encoding") ?? "");
  const etag = `"${guide.tag}${asFile ? ".gz" : packed ? "-gz" : ""}"`;
  const headers = new Headers({
    "Content-Type": asFile ? "application/gzip" : "application/xml; charset=utf-8",
    "Content-Disposition": `inline; filename="epg.xml${asFile ? ".gz" : ""}"`,
    // Nothing in it is made for one client; whoever has it may ask whether it is still the same.
    "Cache-Control": "private, no-cache",
    ETag: etag,
    "Content-Security-Policy": FOREIGN_DOCUMENT,
  });
  if (!asFile) headers.set("Vary", "Accept-Encoding");
  if (isAmong(context.req.header("if-none-match") ?? "", etag))
    return new Response(null, { status: 304, headers });
  if (packed && !asFile) headers.set("Content-Encoding", "gzip");
  if (context.req.method === "HEAD") return new Response(null, { headers });
  return new Response(packed ? guide.gzip : unpacked(guide.gzip), { headers });
}

/** By RFC 9110: `q=0` refuses, and `*` stands for all that are not named. */
export function acceptsGzip(header: string): boolean {
  const weights = new Map(
    header.split(",").map((part) => {
      const [name = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
      const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return [name, q === undefined ? 1 : Number(q)] as const;
    }),
  );
  return (weights.get("gzip") ?? weights.get("x-gzip") ?? weights.get("*") ?? 0) > 0;
}

const isAmong = (header: string, etag: string): boolean =>
  header.split(",").some((part) => part.trim() === "*" || part.trim().replace(/^W\//, "") === etag);

/** As fast as it is read, and no faster: unpacked it may have hundreds of megabytes. */
function unpacked(gzip: Blob): ReadableStream<Uint8Array> {
  const unpacker = Readable.from(piecesOf(gzip)).pipe(createGunzip());
  const parts = unpacker[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        unpacker.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE_BYTES)
    yield new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer());
}

const PIECE_BYTES = 65_536;
