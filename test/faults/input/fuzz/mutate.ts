/** Sound inputs, damaged: bytes and texts with parts flipped, cut out, doubled, put elsewhere, or replaced by odd words. */
import fc from "fast-check";

type Change = (bytes: Uint8Array) => Uint8Array;

/** Where in an input, as a share of its length: so it can be shrunk with the input. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (share: number, bytes: Uint8Array): number => Math.floor(share * bytes.length);
const spliced = (bytes: Uint8Array, from: number, to: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);

/** What parsers of all kinds trip over. */
const ODD: readonly string[] = [
  ...[
    "",
    "\0",
    "\r\n",
    "\n",
    "\r",
    "\t",
    " ",
    "%00",
    "%0d%0a",
    "%",
    "%zz",
    "%ff",
    "..%2f",
    "../",
    "//",
    "\\",
  ],
  ...[
    '"',
    "'",
    "`",
    "<",
    ">",
    "&",
    "&amp;",
    "#",
    "?",
    "=",
    "==",
    ",",
    ";",
    ":",
    "|",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
  ],
  ...["\u2028", "\u202e", "\uFEFF", "\u001b[2J", "é", "𝄞", "\ud800", "١", "１", "İ"],
  ...[
    "0",
    "-1",
    "1e999",
    "NaN",
    "Infinity",
    "null",
    "true",
    "9007199254740993",
    "99999999999999999999",
    "0x10",
    "1.5",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "<script>alert(1)</script>",
    "file:///etc/passwd",
  ],
  ...[
    "javascript:alert(1)",
    "http://169.254.169.254/",
    "http://[::1]:1/",
    "//a",
    "a".repeat(41),
    "f".repeat(40),
  ],
];

const oddPart: fc.Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom(...ODD).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.constantFrom(...ODD), fc.constantFrom(2, 50, 2_000))
    .map(([text, n]) => Buffer.from(text.repeat(n))),
);

const change: fc.Arbitrary<Change> = fc.oneof<fc.Arbitrary<Change>[]>(
  // A part in place of nothing, of a few bytes, or of all to the end.
  fc.tuple(place, fc.constantFrom(0, 1, 4, 1_000), oddPart).map(
    ([share, cut, part]): Change =>
      (bytes) =>
        spliced(bytes, at(share, bytes), Math.min(bytes.length, at(share, bytes) + cut), part),
  ),
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
    ([share, bit]): Change =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        const index = at(share, copy);
        if (index < copy.length) copy[index] = (copy[index] ?? 0) ^ (1 << bit);
        return copy;
      },
  ),
  fc.tuple(place, place).map(
    ([a, b]): Change =>
      (bytes) =>
        bytes.subarray(0, at(Math.max(a, b), bytes)),
  ),
  // A part doubled, or taken out.
  fc.tuple(place, place, fc.boolean()).map(
    ([a, b, twice]): Change =>
      (bytes) => {
        const [from, to] = [at(Math.min(a, b), bytes), at(Math.max(a, b), bytes)];
        return spliced(bytes, from, twice ? from : to, twice ? bytes.subarray(from, to) : Buffer.of());
      },
  ),
);

/** What comes of a sound input by few changes. Nothing becomes longer than `bytesMax`. */
export const damaged = (sound: fc.Arbitrary<Uint8Array>, bytesMax = 256 * 1024): fc.Arbitrary<Buffer> =>
  fc
    .tuple(sound, fc.array(change, { maxLength: 4 }))
    .map(([bytes, changes]) =>
      Buffer.from(changes.reduce((one, make) => make(one).subarray(0, bytesMax), bytes)),
    );

/** The same as texts in UTF-8; what is none of it stands as replacement characters. */
export const damagedText = (sound: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  damaged(sound.map((text) => Buffer.from(text))).map(String);

/** Small words that may be odd. */
export const word: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
