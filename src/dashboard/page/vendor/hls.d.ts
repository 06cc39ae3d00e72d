export { default } from "hls.js/dist/hls.mjs";
