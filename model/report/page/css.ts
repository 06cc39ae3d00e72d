/** The looks of the page: colours of the proxy's own dashboard; shapes and letters say what colours say. */

export const PAGE_CSS = `:root {
  --ground: #f4f6f3; --panel: #fff; --raised: #f8faf8; --ink: #1b2322; --soft: #5a6866; --line: #dde3e0; --edge: #84918d;
  --pending: #e0a100; --active: #0b7a75; --released: #b3542d; --foreign: #6b5fb3;
  --on-pending: #1b2322; --on: #fff; --bad: #b3261e; --bad-ground: #fdeceb; --focus: #0b7a75;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1413; --panel: #161e1d; --raised: #1c2624; --ink: #e6edea; --soft: #97a6a2; --line: #2a3633; --edge: #71827e;
    --pending: #f2bd3a; --active: #2fb8ad; --released: #e8875c; --foreign: #a79dec;
    --on-pending: #0e1413; --on: #0e1413; --bad: #ff8a80; --bad-ground: #3a1a18; --focus: #2fb8ad;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
:focus-visible { outline: 2.5px solid var(--focus); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; gap: .5rem .9rem; align-items: center; padding: 1rem clamp(.9rem, 3vw, 2rem) .7rem; }
h1 { display: flex; align-items: center; gap: .5rem; margin: 0; font-size: 1.35rem; letter-spacing: -.02em; color: var(--active); }
h1 span { color: var(--soft); font-weight: 400; }
h2 { margin: 0 0 .8rem; font-size: 1rem; }
h2 small { margin-left: .4rem; color: var(--soft); font-weight: 400; }
header p { margin: 0; }
.badge { padding: .12rem .65rem; border: 1px solid var(--line); border-radius: 99px; background: var(--panel); font: 600 .85rem/1.5 ui-monospace, monospace; }
.badge:empty, .failed main { display: none; }
.bug { border-color: var(--bad); color: var(--bad); }
#step { color: var(--soft); font-variant-numeric: tabular-nums; }
nav { display: flex; gap: .5rem; margin-left: auto; }
button { font: inherit; color: inherit; cursor: pointer; }
nav button { padding: .35rem .9rem; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
button:disabled { opacity: .45; cursor: default; }
#alarm { margin: 0 clamp(.9rem, 3vw, 2rem) .8rem; padding: .7rem 1rem; border: 1.5px solid var(--bad); border-radius: 10px; background: var(--bad-ground); }
#alarm p { margin: 0; } #alarm strong { color: var(--bad); }
main { display: grid; gap: .9rem; padding: 0 clamp(.9rem, 3vw, 2rem) 2.5rem; grid-template-columns: minmax(0, 1fr); }
section { min-width: 0; padding: 1rem 1.15rem; border: 1px solid var(--line); border-radius: 12px; background: var(--panel); }

#engines { display: flex; flex-wrap: wrap; gap: .7rem; }
.engine { flex: 1 1 9rem; max-width: 22rem; padding: .6rem .8rem .7rem; border: 1px solid var(--line); border-radius: 10px; background: var(--raised); }
.engine.over { border-color: var(--bad); box-shadow: 0 0 0 1px var(--bad); background: var(--bad-ground); }
.engine h3 { display: flex; justify-content: space-between; gap: .6rem; margin: 0; font-size: .95rem; }
.engine h3 b { font-variant-numeric: tabular-nums; }
.engine.over h3 b, .engine.over small strong { color: var(--bad); }
.engine small { color: var(--soft); }
.slots { display: flex; flex-wrap: wrap; gap: .45rem; margin: .5rem 0 .25rem; padding: 0; list-style: none; }
.slots li { line-height: 0; }
.slot { width: 3rem; height: 3rem; overflow: visible; }
.slot .shape { stroke: transparent; stroke-width: 2; stroke-linejoin: round; }
.slot text { font: 700 17px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central; fill: var(--on); }
.free .shape { fill: none; stroke: var(--edge); stroke-dasharray: 4.5 4; } .free text { fill: var(--soft); }
.pending .shape { fill: var(--pending); } .pending text { fill: var(--on-pending); }
.active .shape { fill: var(--active); } .released .shape { fill: var(--released); } .foreign .shape { fill: var(--foreign); }
.changed .ring { stroke: var(--ink); stroke-width: 2; fill: none; } .ring { fill: none; }
.changed { animation: arrive .35s ease-out; }
@keyframes arrive { from { transform: scale(.6); opacity: .2; } }
.meter { width: auto; height: .8rem; margin-left: .45rem; vertical-align: -.08rem; overflow: visible; }
.meter rect { fill: none; stroke: var(--edge); } .meter .full { fill: var(--edge); } .meter .much { fill: var(--bad); stroke: var(--bad); }
#legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .9rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: .85rem; }
#legend li { display: flex; align-items: center; gap: .35rem; }
#legend .slot { width: 1.3rem; height: 1.3rem; }

#choices h3 { display: flex; flex-wrap: wrap; gap: 0 .5rem; align-items: baseline; margin: 1rem 0 .45rem; font-size: .9rem; }
#choices h3:first-child { margin-top: 0; }
#choices h3 small { color: var(--soft); font-weight: 400; }
#choices ul { display: grid; gap: .35rem; margin: 0; padding: 0; list-style: none; }
.choice { display: flex; gap: .6rem; align-items: center; width: 100%; padding: .5rem .7rem; border: 1px solid var(--line); border-left: 4px solid var(--active); border-radius: 8px; background: var(--raised); text-align: left; line-height: 1.35; }
.choice.maybe { border-left: 4px dashed var(--edge); }
.choice:hover { border-color: var(--active); }
.choice span { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.choice em { flex: none; color: var(--soft); font-size: .8rem; font-style: normal; }
kbd { display: inline-block; min-width: 1.5em; padding: .05em .35em; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 5px; background: var(--panel); color: var(--soft); font: .75rem/1.5 ui-monospace, monospace; text-align: center; }
.choice kbd { flex: none; }
.keys { display: flex; flex-wrap: wrap; gap: .3rem .9rem; margin: .9rem 0 0; color: var(--soft); font-size: .82rem; }

#sequence { overflow: auto; }
#sequence svg { display: block; }
#sequence .lanes { position: sticky; top: 0; z-index: 1; background: var(--panel); box-shadow: 0 -3px var(--panel); }
#sequence text { font: 12.5px system-ui, sans-serif; fill: var(--ink); }
.lane rect { fill: var(--raised); stroke: var(--line); } .lane text { font-weight: 600; text-anchor: middle; }
.life { stroke: var(--line); stroke-width: 1.5; }
.arrow { stroke: var(--active); stroke-width: 1.8; fill: none; } .head { fill: var(--active); }
#sequence .label { text-anchor: middle; fill: var(--soft); } #sequence .label.right { text-anchor: start; }
#sequence .label, #sequence .what { paint-order: stroke; stroke: var(--panel); stroke-width: 5px; stroke-linejoin: round; }
#sequence .what { font-weight: 600; font-size: 13.5px; }
#sequence .number { fill: var(--on); font-weight: 700; font-size: 11.5px; text-anchor: middle; stroke: none; }
.chip { fill: var(--active); } a:hover .what { text-decoration: underline; } a.here .chip { stroke: var(--ink); stroke-width: 2; } a.bad .chip { fill: var(--bad); } a.bad .what { fill: var(--bad); }
a:focus-visible { outline: none; } a:focus-visible .chip { stroke: var(--focus); stroke-width: 4; } a:focus-visible .what { text-decoration: underline; }

details { border-top: 1px solid var(--line); } details:first-child { border-top: 0; }
summary { display: flex; gap: .55rem; align-items: baseline; padding: .3rem 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary span { flex: 1; min-width: 0; overflow-wrap: anywhere; }
summary i { width: 1.1em; flex: none; font-style: normal; font-weight: 700; text-align: center; color: var(--active); }
summary small { color: var(--soft); }
.idle summary, .idle i { color: var(--soft); font-weight: 400; }
.violated summary, .violated i, .violated small { color: var(--bad); font-weight: 700; }
details p { margin: 0 0 .5rem 1.65em; color: var(--soft); font-size: .9rem; } details p + p { color: var(--bad); }

.side { display: grid; gap: .9rem; min-width: 0; grid-template-columns: minmax(0, 1fr); }
#sections { display: grid; gap: .8rem 1.2rem; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); }
#sections h3 { margin: 0 0 .15rem; font-size: .85rem; color: var(--soft); font-weight: 600; }
#sections ul { margin: 0; padding: 0; list-style: none; font: .84rem/1.55 ui-monospace, monospace; overflow-wrap: anywhere; }
#sections li { padding-left: 1.2em; text-indent: -1.2em; }
.none { margin: 0; color: var(--soft); }

@media (min-width: 52rem) {
  main { grid-template-columns: minmax(17rem, 1fr) minmax(0, 2fr); grid-template-rows: auto 1fr; }
  #next { grid-area: 1 / 1 / span 2; } #now { grid-area: 1 / 2; } #path { grid-area: 2 / 2; } .side { grid-column: 1 / -1; }
  #sequence { max-height: 70vh; }
}
@media (min-width: 75rem) {
  main { grid-template-columns: 20rem minmax(0, 1fr) 20rem; grid-template-rows: auto 1fr; align-items: start; }
  .side { grid-area: 1 / 3 / span 2; }
  #sections { grid-template-columns: minmax(0, 1fr); }
}
/* Where there is room for everything, the page does not scroll: its parts do. */
@media (min-width: 75rem) and (min-height: 40rem) {
  body { display: flex; flex-direction: column; height: 100vh; }
  main { flex: 1; min-height: 0; grid-template-rows: auto minmax(0, 1fr); padding-bottom: 1rem; }
  #next, .side { max-height: 100%; overflow: auto; }
  #now { max-height: 45vh; overflow: auto; }
  #path { display: flex; flex-direction: column; max-height: 100%; }
  #sequence { max-height: none; min-height: 0; }
}
@media (max-width: 30rem) {
  section { padding: .8rem .85rem; }
  nav { margin-left: 0; width: 100%; } nav button { flex: 1; padding: .5rem; }
  .choice { padding: .65rem .7rem; }
  .choice kbd, .keys { display: none; }
}
@media (prefers-reduced-motion: reduce) { .changed { animation: none; } }
@media (forced-colors: active) { .slot .shape { stroke: CanvasText; } }
`;
