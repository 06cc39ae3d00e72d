// The rooms of src/ and which way their imports point: cli → http → broker → slots,
// adapters behind ports.ts, and model → slots.
const rule = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
module.exports = {
  forbidden: [
    rule("no-cycles", "A cycle hides who owns what.", {}, { circular: true }),
    rule(
      "slots-are-pure",
      "The core imports xstate and itself, nothing else.",
      { path: "^src/slots/" },
      { pathNot: ["^src/slots/", "node_modules/xstate/"] },
    ),
    rule(
      "selector-stands-alone",
      "It is used without the proxy, in browsers too: the core and itself, nothing else.",
      { path: "^src/selector/" },
      { pathNot: ["^src/(selector|slots)/"] },
    ),
    rule(
      "ports-know-only-the-core",
      "Ports speak the core's words.",
      { path: "^src/ports\\.ts$" },
      { pathNot: ["^src/slots/"] },
    ),
    rule(
      "adapters-do-not-know-each-other",
      "engine, orchestrator and leases sit behind ports.ts and never reach sideways or up.",
      { path: "^src/(engine|orchestrator|leases)/" },
      { path: "^src/(?!($1|slots|net)/|ports\\.ts$|limits\\.ts$|log\\.ts$|version\\.ts$)" },
    ),
    rule(
      "stream-knows-no-rooms-above",
      "The data plane is told what to play; it decides nothing about slots.",
      { path: "^src/stream/" },
      { path: "^src/(broker|http|dashboard|cli|config|sim|orchestrator|leases)/" },
    ),
    rule(
      "broker-knows-ports-only",
      "The broker carries effects out through ports.",
      { path: "^src/broker/" },
      { path: "^src/(engine|orchestrator|leases|stream|http|dashboard|cli|config|sim)/" },
    ),
    rule(
      "http-does-not-know-cli-or-sim",
      "Routes ask the broker.",
      { path: "^src/(http|dashboard)/" },
      { path: "^src/(cli|sim|engine|orchestrator|leases)/" },
    ),
    rule(
      "playlist-knows-no-streams",
      "It reads lists; what plays, and for whom, is not its business.",
      { path: "^src/playlist/" },
      { path: "^src/(?!playlist/|net/|config/sources\\.ts$|log\\.ts$|version\\.ts$)" },
    ),
    rule(
      "sim-stands-alone",
      "The simulated world shares no code with what it tests; how pictures are written (src/media/) is not tested by it.",
      { path: "^src/sim/" },
      { path: "^src/(slots|broker|engine|orchestrator|leases|stream|http|dashboard|cli|config)/" },
    ),
    rule(
      "media-is-a-codec",
      "Sim and slate write pictures with it. Sim stands apart from src/stream/, which it tests; that reads streams and has no part in this.",
      { path: "^src/media/" },
      { pathNot: "^src/media/" },
    ),
    rule("config-is-a-leaf", "Options know no rooms.", { path: "^src/config/" }, { path: "^src/(?!config/|net/host\\.ts$|version\\.ts$|limits\\.ts$)" }),
    rule("nobody-imports-cli", "main.ts is the only door; only its own tests look inside.", { pathNot: "^(src/cli|test)/" }, { path: "^src/cli/" }),
    rule(
      "only-the-command-line-calls-the-doctor",
      "Nothing that serves knows what examines it.",
      { pathNot: "^(src/(cli|doctor)|test)/" },
      { path: "^src/doctor/" },
    ),
    rule(
      "doctor-looks-from-outside",
      "It asks as the proxy would, through the same adapters, and runs no part of a proxy.",
      { path: "^src/doctor/" },
      { path: "^(src/(broker|stream|dashboard|cli|sim)|model)/|^src/proxy\\.ts$" },
    ),
    rule("bench-stays-outside", "The bench measures the binary, and knows nothing that is in it.", { path: "^test/bench/" }, { path: "^(src|model)/" }),
    rule("src-does-not-know-tests", "Products do not import tests.", { path: "^src/" }, { path: "^test/" }),
    rule(
      "only-the-command-line-shows-the-model",
      "The binary carries the checks as commands; nothing that serves knows them.",
      { path: "^src/(?!cli/)" },
      { path: "^model/" },
    ),
    rule(
      "model-checks-the-core",
      "The model explores slots/ itself.",
      { path: "^model/" },
      { path: "^src/(http|dashboard|cli|sim|config|engine|orchestrator)/" },
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "src/async/deno\\.ts" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { conditionNames: ["import", "default", "types"], exportsFields: ["exports"] },
  },
};
