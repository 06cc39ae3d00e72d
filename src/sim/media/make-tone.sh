#!/bin/sh
# Makes tone.data.ts, the sound of the test stream: 8 s of AAC-LC that repeat without a seam.
# Needed only to change the sound; the result is committed. Needs ffmpeg and node.
#
# 8 s at 48 kHz are exactly 375 frames of 1024 samples. Three rounds are encoded and the middle one is
# kept, so that its first frame overlaps with what its last frame leaves behind. The encoder puts one
# priming frame in front: frame n of its output begins at sample (n - 1) * 1024.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One soft note at the begin of every second, over two quiet drones whose periods divide 8 s.
note='st(0,mod(t,1)); st(1,floor(mod(t,8)));
  st(2, 0*eq(ld(1),0) + 4*eq(ld(1),1) + 7*eq(ld(1),2) + 9*eq(ld(1),3) + 12*eq(ld(1),4) + 9*eq(ld(1),5) + 7*eq(ld(1),6) + 4*eq(ld(1),7));
  st(3, 523.25*pow(2,ld(2)/12));
  0.16*(1-exp(-300*ld(0)))*exp(-5*ld(0))*(sin(2*PI*ld(3)*ld(0))+0.25*sin(4*PI*ld(3)*ld(0)))
  + 0.02*sin(2*PI*131.25*t) + 0.012*sin(2*PI*196.875*t)'
note=$(printf '%s' "$note" | tr -d '\n ')

ffmpeg -v error -f lavfi -i "aevalsrc='$note':s=48000:c=mono:d=24" \
  -c:a aac -profile:a aac_low -b:a 48k -ac 1 -flags +bitexact -f adts "$work/tone.aac"

node - "$work/tone.aac" > "$work/tone.data.ts" <<'JS'
const bytes = require("node:fs").readFileSync(process.argv[2]);
const frames = [];
for (let at = 0; at < bytes.length; ) {
  const length = ((bytes[at + 3] & 3) << 11) | (bytes[at + 4] << 3) | (bytes[at + 5] >> 5);
  frames.push(bytes.subarray(at, at + length));
  at += length;
}
const loop = Buffer.concat(frames.slice(1 + 375, 1 + 750)).toString("base64");
console.log("/** 375 ADTS frames (8 s, 48 kHz, mono, AAC-LC) in base64; made by make-tone.sh. */");
console.log(`export const TONE_BASE64 = \`\n${loop.replace(/.{100}/g, "$&\n")}\n\`;`);
JS
mv "$work/tone.data.ts" tone.data.ts
