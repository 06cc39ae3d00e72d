/** The page that walks the graph: its bones. Everything in it is filled in by the script. */

export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>aceslot explore</title>
<link rel="icon" href="assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="assets/explore.css">
</head>
<body>
<header>
  <h1><img src="assets/icon.svg" alt="" width="26" height="26"> aceslot <span>explore</span></h1>
  <p id="world" class="badge"></p>
  <p id="mutant" class="badge bug" hidden></p>
  <p id="step"></p>
  <nav aria-label="Along the path">
    <button type="button" id="start">Start</button>
    <button type="button" id="back">Step back</button>
  </nav>
</header>
<p id="said" class="unseen" role="status"></p>
<div id="alarm" role="alert" hidden></div>
<noscript><p class="none">This page is drawn by its script; allow scripts from this address.</p></noscript>
<main>
  <section id="now" aria-labelledby="now-title">
    <h2 id="now-title">Engines now</h2>
    <div id="engines"></div>
    <ul id="legend" aria-label="What shapes and letters mean"></ul>
  </section>
  <section id="next" aria-labelledby="next-title">
    <h2 id="next-title">What happens next?</h2>
    <div id="choices"></div>
    <p class="keys" aria-label="Keys"><span><kbd>↑</kbd> <kbd>↓</kbd> choose</span> <span><kbd>Enter</kbd> let it happen</span>
      <span><kbd>⌫</kbd> step back</span> <span><kbd>Home</kbd> start</span></p>
  </section>
  <section id="path" aria-labelledby="path-title">
    <h2 id="path-title">How it came to this</h2>
    <div id="sequence"></div>
  </section>
  <div class="side">
  <section id="properties" aria-labelledby="properties-title">
    <h2 id="properties-title">Properties <small id="tally"></small></h2>
    <div id="held"></div>
  </section>
  <section id="state" aria-labelledby="state-title">
    <h2 id="state-title">The rest of the state</h2>
    <div id="sections"></div>
  </section>
  </div>
</main>
<script src="assets/explore.js" defer></script>
</body>
</html>
`;

export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0b7a75"/><circle cx="5" cy="8" r="1.7" fill="#fff"/><circle cx="11.4" cy="4.6" r="1.7" fill="#fff"/><circle cx="11.4" cy="11.4" r="1.7" fill="#f2bd3a"/><path d="M6.6 7.2l3.2-1.7M6.6 8.8l3.2 1.7" stroke="#fff" stroke-width="1.1"/></svg>
`;
