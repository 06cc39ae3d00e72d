// @ts-check
/** The last five minutes as a chart: the ground is what went out, the steps are slots. */
import uPlot from "./vendor/uplot.js";

/** @typedef {import("./types.d.ts").Sample} Sample */

const SPAN_SECONDS = { least: 45, most: 300 };

/** @type {uPlot | null} */
let plot = null;
/** What it was drawn for: another theme or size wants another one. */
let drawnFor = "";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {HTMLElement} place @param {readonly Sample[]} samples */
export function drawChart(place, samples) {
  const width = Math.floor(place.clientWidth);
  const height = Math.floor(place.clientHeight);
  if (width < 60 || height < 30) return;
  const key = `${dark.matches} ${width} ${height}`;
  const data = columns(samples);
  if (plot !== null && key === drawnFor && plot.root.parentElement === place) {
    plot.setData(data);
    return;
  }
  plot?.destroy();
  drawnFor = key;
  plot = new uPlot(options(place, width, height), data, place);
}

/** @param {readonly Sample[]} samples @returns {uPlot.AlignedData} */
function columns(samples) {
  return [samples.map(({ at }) => at), samples.map(({ out }) => out), samples.map(({ slots }) => slots)];
}

/** @param {HTMLElement} place @param {number} width @param {number} height @returns {uPlot.Options} */
function options(place, width, height) {
  const style = getComputedStyle(place);
  /** @param {string} name */
  const colour = (name) => style.getPropertyValue(name).trim();
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const font = `10px ${style.fontFamily}`;
  /** @param {string} scale @param {number} side @returns {uPlot.Axis} */
  const axis = (scale, side) => ({
    scale,
    side,
    size: 30,
    gap: 3,
    font,
    stroke: colour("--soft"),
    grid: { show: scale === "out", stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    space: 16,
    ...(scale === "slots" ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] } : {}),
  });
  return {
    width,
    height,
    padding: [6, 0, 2, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, min, max) => [span(min ?? 0, max ?? 0), max ?? 0] },
      out: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.25)] },
      slots: { range: (_plot, _min, max) => [0, Math.max(2, Math.ceil((max ?? 0) * 1.25))] },
    },
    axes: [
      {
        font,
        stroke: colour("--soft"),
        size: 16,
        gap: 2,
        space: 60,
        grid: { show: false },
        ticks: { show: false },
        values: (self, ticks) => ticks.map((at) => minutesAgo(at, self.scales.x?.max ?? at)),
        incrs: [30, 60],
      },
      axis("out", 3),
      axis("slots", 1),
    ],
    series: [
      {},
      {
        scale: "out",
        stroke: colour("--out"),
        width: 1.75,
        fill: (self) => {
          const ground = self.ctx.createLinearGradient(0, 0, 0, self.bbox.height);
          ground.addColorStop(0, colour("--out-ground"));
          ground.addColorStop(1, "transparent");
          return ground;
        },
        points: { show: false },
      },
      {
        scale: "slots",
        stroke: colour("--slots"),
        width: 1.5,
        points: { show: false },
        ...(stepped && { paths: stepped }),
      },
    ],
  };
}

/** From where on it is drawn: a page that was opened just now has no five minutes yet. @param {number} first @param {number} now */
const span = (first, now) => now - Math.min(SPAN_SECONDS.most, Math.max(SPAN_SECONDS.least, now - first));

/** @param {number} at @param {number} now */
function minutesAgo(at, now) {
  const halves = Math.round((now - at) / 30);
  return halves === 0 ? "" : `−${halves / 2} min`;
}
