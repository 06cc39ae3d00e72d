/** The part of the page's script that draws the path as lanes and arrows. It uses the script's `svg` and `hashOf`. */

export const SEQUENCE_JS = `
// Clients left, then proxies, engines, orchestrator and stores; by number within.
const LANES = ["client", "proxy", "engine", "orchestrator", "store", "state file"];
const laneKind = (lane) => { const at = LANES.indexOf(lane.replace(/ *[0-9]+$/, "")); return at < 0 ? LANES.length : at; };
const laneNumber = (lane) => Number(lane.match(/[0-9]+$/)?.[0] ?? 0);
const SHORT = { client: "c", proxy: "p", engine: "e", orchestrator: "orch", "state file": "file" };
const PROXY_MIN = 56;
const shortLane = (lane, pitch) => {
  const kind = lane.replace(/ *[0-9]+$/, "");
  return lane === "proxy" && pitch >= PROXY_MIN ? lane : (SHORT[kind] ?? kind) + lane.slice(kind.length).trim();
};
const LANE_MIN = 38;
const NAME_MIN = 92;
const MARGIN = 8;
const CHAR = 6.6;

function drawSequence(view, room) {
  if (view.steps.length === 0) return [el("p", { class: "none" }, "Nothing has happened yet: choose what happens first.")];
  const lanes = [...new Set(view.steps.flatMap(({ messages }) => messages.flatMap(({ from, to }) => [from, to])))]
    .sort((a, b) => laneKind(a) - laneKind(b) || laneNumber(a) - laneNumber(b));
  const width = Math.max(room, lanes.length * LANE_MIN + 2 * MARGIN);
  const pitch = (width - 2 * MARGIN) / Math.max(1, lanes.length);
  const at = (lane) => MARGIN + pitch * (lanes.indexOf(lane) + 0.5);
  const heads = lanes.map((lane) => {
    const name = pitch < NAME_MIN ? shortLane(lane, pitch) : lane;
    const wide = Math.min(pitch - 4, name.length * 7.4 + 18);
    return svg("g", { class: "lane" }, svg("title", {}, lane), svg("rect", { x: at(lane) - wide / 2, y: 2, width: wide, height: 25, rx: 7 }),
      svg("text", { x: at(lane), y: 19 }, name));
  });
  const bad = view.properties.some((property) => property.status === "violated");
  const drawn = [];
  let y = 6;
  view.steps.forEach(({ happening, messages }, n) => {
    y += 22;
    const here = n === view.steps.length - 1;
    drawn.push(svg("a", { href: hashOf(view.path.slice(0, n + 1)), class: here ? (bad ? "here bad" : "here") : null,
      "aria-label": "step " + (n + 1) + ": " + happening, "aria-current": here ? "step" : null },
      svg("circle", { class: "chip", cx: MARGIN + 11, cy: y, r: 10.5 }), svg("text", { class: "number", x: MARGIN + 11, y: y + 4 }, n + 1),
      ...broken(happening, Math.floor((width - 48) / 7.2)).map((line, k) => { if (k > 0) y += 18; return svg("text", { class: "what", x: MARGIN + 30, y: y + 5 }, line); })));
    y += 12;
    for (const message of messages) {
      y += 30;
      drawn.push(...arrow(message, at, y, width));
    }
    y += 16;
  });
  const lives = lanes.map((lane) => svg("line", { class: "life", x1: at(lane), x2: at(lane), y1: 0, y2: y }));
  return [
    svg("svg", { class: "lanes", width, height: 32, viewBox: "0 0 " + width + " 32", "aria-hidden": "true" }, ...heads),
    svg("svg", { width, height: y + 4, viewBox: "0 0 " + width + " " + (y + 4), role: "group", "aria-label": "the path as a sequence of messages" }, ...lives, ...drawn),
  ];
}

function arrow({ from, to, text }, at, y, width) {
  const [a, b] = [at(from), at(to)];
  const words = from === to ? from + ": " + text : from + " to " + to + ": " + text;
  const group = (...parts) => [svg("g", { role: "img", "aria-label": words }, svg("title", {}, words), ...parts)];
  const half = text.length * CHAR / 2;
  if (a === b) {
    const right = a + 12 + 2 * half < width - MARGIN;
    return group(svg("circle", { class: "head", cx: a, cy: y - 4, r: 4.5 }),
      svg("text", { class: "label right", x: right ? a + 12 : Math.max(MARGIN, a - 12 - 2 * half), y }, text));
  }
  const side = b > a ? -1 : 1;
  const middle = Math.min(Math.max((a + b) / 2, MARGIN + half), Math.max(MARGIN + half, width - MARGIN - half));
  return group(svg("path", { class: "arrow", d: "M" + a + " " + y + "H" + (b + side * 7) }),
    svg("path", { class: "head", d: "M" + b + " " + y + "l" + side * 9 + " -4.5v9z" }),
    svg("text", { class: "label", x: middle, y: y - 7 }, text));
}

// Lines of at most so many letters, at spaces where there are any.
function broken(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1) === "") lines[lines.length - 1] = word;
    else if (lines.at(-1).length + 1 + word.length <= most) lines[lines.length - 1] += " " + word;
    else lines.push(word);
  }
  return lines;
}
`;
