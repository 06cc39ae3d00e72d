/** Every entry that is fuzzed. */
import { brokenEngine } from "./broken-engine.ts";
import { engineAnswers } from "./engine-answers.ts";
import { httpBytes } from "./http.ts";
import { guides, playlists } from "./lists.ts";
import { orchestratorAnswers } from "./orchestrator-answers.ts";
import { replays } from "./replays.ts";
import { options, tomlFiles } from "./settings.ts";
import { storeBytes, storeWords } from "./store-answers.ts";
import type { Target } from "./target.ts";
import { tsBytes } from "./ts-bytes.ts";
import { worlds } from "./worlds.ts";

export const TARGETS: readonly Target[] = [
  ...[httpBytes, options, tomlFiles, playlists, guides, replays, worlds],
  ...[engineAnswers, brokenEngine, orchestratorAnswers, storeWords, storeBytes, tsBytes],
];
