/** Requests whose end is told in two ways, so that one server may see one request where another one sees two. */

const HOST = "Host: proxy";

/** What would be answered if it were taken for a request of its own. */
export const SMUGGLED = "/smuggled";
const INNER = `GET ${SMUGGLED} HTTP/1.1\r\n${HOST}\r\n\r\n`;
const LENGTH = INNER.length;
const CHUNKED = "Transfer-Encoding: chunked";
/** The end of chunks, and what would come behind it. */
const NONE = `0\r\n\r\n${INNER}`;
const ONE = `${LENGTH.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`;

export interface Attack {
  readonly what: string;
  readonly head: (target: string) => string;
  readonly body: string;
}

const attack = (
  what: string,
  headers: readonly string[],
  body: string,
  method = "POST",
  version = "1.1",
): Attack => ({
  ...{ what, body },
  head: (target) => [`${method} ${target} HTTP/${version}`, HOST, ...headers, "", ""].join("\r\n"),
});

const chunk = (what: string, chunks: string): Attack =>
  attack(what, [CHUNKED], `${chunks}\r\n0\r\n\r\n${INNER}`);

/** Nobody may take these for anything: each is refused, and nothing behind it is answered. */
export const REFUSED: readonly Attack[] = [
  attack("a length, and chunks (CL.TE)", [`Content-Length: ${5 + LENGTH}`, CHUNKED], NONE),
  attack("chunks, and a length (TE.CL)", [CHUNKED, "Content-Length: 4"], ONE),
  attack("two lengths that differ", ["Content-Length: 0", `Content-Length: ${LENGTH}`], INNER),
  attack("two lengths in one line", [`Content-Length: 0, ${LENGTH}`], INNER),
  attack("one length twice in one line", ["Content-Length: 5, 5"], `hello${INNER}`),
  attack("a length in hex", ["Content-Length: 0x5"], `hello${INNER}`),
  attack("a length with a space in it", ["Content-Length: 5 5"], `hello${INNER}`),
  attack("a length with something behind it", ["Content-Length: 5abc"], `hello${INNER}`),
  attack("a length with a sign", ["Content-Length: +5"], `hello${INNER}`),
  attack("a length below nothing", ["Content-Length: -5"], INNER),
  attack("a length that is too long to count", [`Content-Length: ${"9".repeat(30)}`], INNER),
  attack("no length in the header of that name", ["Content-Length: "], INNER),
  attack("chunks that are something else first", ["Transfer-Encoding: identity, chunked"], NONE),
  attack("chunks that are something else then", ["Transfer-Encoding: chunked, identity"], NONE),
  attack("two encodings (TE.TE)", [CHUNKED, "Transfer-Encoding: identity"], NONE),
  attack("two encodings, one of them unknown (TE.TE)", ["Transfer-Encoding: cow", CHUNKED], NONE),
  attack("chunks of chunks", ["Transfer-Encoding: chunked, chunked"], NONE),
  attack("chunks told twice", [CHUNKED, CHUNKED], NONE),
  attack("compressed chunks", ["Transfer-Encoding: gzip, chunked"], NONE),
  attack("what only looks like chunks", ["Transfer-Encoding: xchunked"], NONE),
  attack("chunks behind a vertical tab", ["Transfer-Encoding: \x0bchunked"], NONE),
  attack("chunks in quotes", ['Transfer-Encoding: "chunked"'], NONE),
  attack("chunks with a zero byte", ["Transfer-Encoding: chunked\0"], NONE),
  attack("chunks with a parameter", ["Transfer-Encoding: chunked;q=1"], NONE),
  attack("no encoding in the header of that name", ["Transfer-Encoding: "], NONE),
  attack("a space before the colon", ["Transfer-Encoding : chunked"], NONE),
  attack("a space before the name", [" Transfer-Encoding: chunked"], NONE),
  attack("a folded header", ["Transfer-Encoding:", " chunked"], NONE),
  attack("a header behind a bare line feed", ["X: x\nTransfer-Encoding: chunked"], NONE),
  attack("a header behind a bare return", ["X: x\rTransfer-Encoding: chunked"], NONE),
  attack("chunks in HTTP/1.0", [CHUNKED], NONE, "POST", "1.0"),
  attack("a line without a colon", ["Nonsense"], INNER),
  attack("a value with a zero byte", ["X-Zero: a\0b"], INNER),
  attack("a name with a zero byte", ["X\0Y: z"], INNER),
  attack("a header without a name", [": z"], INNER),
  attack("a version that is none", [], INNER, "GET", "1.2"),
];

/** The request is answered, since its head is sound, and the connection ends at the chunk that is not. */
export const ENDED: readonly Attack[] = [
  chunk("a chunk whose size ends with a bare line feed", "5;a\nhello"),
  chunk("a chunk with a line end in quotes", '5;a="\r\n"\r\nhello'),
  chunk("a chunk whose size begins with 0x", "0x5\r\nhello"),
  chunk("a chunk of less than nothing", "-5\r\nhello"),
  chunk("a chunk that is too long to count", "FFFFFFFFFFFFFFFF1\r\nhello"),
  chunk("a chunk without a size", "\r\nhello"),
  chunk("a chunk with more in it than it says", "5\r\nhelloXX"),
  attack("chunks that end with bare line feeds", [CHUNKED], `5\nhello\n0\n\n${INNER}`),
  attack("a length behind the chunks", [CHUNKED], `0\r\nContent-Length: 40\r\n\r\n${INNER}`),
];

/** Sound, or as good as: the inner request is the body's, and never answered. */
export const SWALLOWED: readonly Attack[] = [
  attack("a body of a GET (CL.0)", [`Content-Length: ${LENGTH}`], INNER, "GET"),
  attack("a body of a HEAD", [`Content-Length: ${LENGTH}`], INNER, "HEAD"),
  attack("a body of a DELETE", [`Content-Length: ${LENGTH}`], INNER, "DELETE"),
  attack("a body of an OPTIONS", [`Content-Length: ${LENGTH}`], INNER, "OPTIONS"),
  attack(
    "a length that is to be left out",
    ["Connection: Content-Length", `Content-Length: ${LENGTH}`],
    INNER,
  ),
  attack(
    "a body that waits for its leave",
    ["Expect: 100-continue", `Content-Length: ${LENGTH}`],
    INNER,
    "GET",
  ),
  attack(
    "a wish to wait that is none",
    ["Expect: y 100-continue", `Content-Length: ${LENGTH}`],
    INNER,
    "GET",
  ),
  attack("a body that is a chunk", [CHUNKED], ONE),
  attack(
    "a wish for another protocol, with a body",
    [
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABk",
      `Content-Length: ${LENGTH}`,
    ],
    INNER,
  ),
];

/** Two requests for everybody who knows the rules; through a front the second one is for a path that is not ours. */
export const TWO: readonly Attack[] = [
  attack("a header that only looks like a length", [`Content_Length: ${LENGTH}`], INNER),
  attack("one length twice", ["Content-Length: 5", "Content-Length: 5"], `hello${INNER}`),
  attack("a length with zeros before it", ["Content-Length: 005"], `hello${INNER}`),
  attack("chunks behind a tab, in capitals", ["TRANSFER-ENCODING:\tCHUNKED"], NONE),
  chunk("a chunk with an extension", "5;a=b\r\nhello"),
  attack(
    "a wish for a web socket that is not granted",
    ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 777"],
    INNER,
    "GET",
  ),
  attack(
    "a wish for HTTP/2 that is not granted",
    ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"],
    INNER,
    "GET",
  ),
];
