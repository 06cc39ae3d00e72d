/** Which worlds a check walks through: a ladder, small ones first, so that most bugs are found within seconds. */
import { size, type WorldSize } from "./world/size.ts";

/** The plain worlds: clients come and go, engines answer, reports arrive late. */
const PLAIN: readonly WorldSize[] = [
  size(1, 1, 2),
  size(1, 1, 3),
  size(1, 2, 3),
  size(2, 1, 2),
  size(2, 1, 3),
];

/** One misfortune or two, each in the smallest worlds in which it can do harm. */
const TROUBLED: readonly WorldSize[] = [
  size(1, 1, 2, { refusals: 1 }),
  size(2, 1, 2, { refusals: 1 }),
  size(1, 1, 2, { losses: 1 }),
  size(1, 1, 2, { timeouts: 1 }),
  size(2, 1, 1, { deaths: 2 }),
  size(1, 1, 2, { deaths: 1 }),
  size(1, 1, 2, { expiries: 1 }),
  size(1, 2, 3, { delays: 1 }),
  size(2, 2, 3, { delays: 1, reports: false }),
  size(1, 1, 2, { doubles: 1 }),
  size(1, 1, 2, { looks: 1 }),
  size(2, 1, 1, { looks: 2 }),
  size(1, 2, 2, { foreign: 1 }),
  size(1, 1, 2, { vanishings: 1 }),
  size(1, 1, 2, { twins: 1, looks: 1 }),
  size(1, 1, 1, { spares: 1 }),
  size(1, 1, 1, { spares: 1, refusals: 1 }),
  size(1, 1, 2, { spares: 1, reports: false }),
  size(1, 1, 3, { zaps: 1 }),
  size(1, 1, 2, { zaps: 1, players: 2 }),
  size(1, 1, 2, { ends: 1 }),
  size(1, 2, 3, { recaps: 1 }),
  size(1, 1, 2, { drains: 1 }),
  size(1, 1, 2, { crashes: 1 }),
  size(1, 1, 2, { crashes: 1, labels: false }),
  size(1, 2, 2, { hashes: true, contents: 1 }),
  size(2, 1, 2, { hashes: true, contents: 1 }),
];

/** Several proxies and a store of leases. */
const CLUSTERS: readonly WorldSize[] = [
  size(1, 1, 2, { proxies: 2, faults: 1, lags: 1 }),
  size(1, 1, 1, { proxies: 2, faults: 2 }),
  size(2, 2, 2, { proxies: 2, faults: 1 }),
  size(2, 2, 3, { proxies: 2, faults: 1, prompt: true }),
];

/** What a whole check goes through. */
export interface Preset {
  /** What reports call it. */
  readonly name: string;
  /** Worlds of one proxy, small ones first; each is explored to its end. */
  readonly ladder: readonly WorldSize[];
  /** Worlds of several proxies. */
  readonly cluster: readonly WorldSize[];
  /** Random runs over larger worlds, and the broker's schedules: how many, which list. */
  readonly randomRuns: number;
  /** Which list of the broker's schedules; null: none. */
  readonly shell: "ci" | "deep" | null;
  /** Whether the recorded incident is run again. */
  readonly incident: boolean;
  /** A bug that is put in place is looked for in the world that its file names first. */
  readonly bugsOwnWorld: boolean;
}

/** `ci` takes half a minute on two cores, `deep` many minutes, `incident` less than a second. */
export const PRESETS: Readonly<Record<"ci" | "deep" | "incident", Preset>> = {
  ci: {
    name: "ci",
    ladder: [...PLAIN, ...TROUBLED, size(2, 1, 4)],
    cluster: CLUSTERS,
    randomRuns: 300,
    shell: "ci",
    incident: true,
    bugsOwnWorld: true,
  },
  deep: {
    name: "deep",
    ladder: [
      ...PLAIN,
      ...TROUBLED,
      size(2, 1, 4),
      size(2, 2, 3),
      size(2, 2, 4),
      size(2, 1, 2, { refusals: 2 }),
      size(2, 1, 2, { losses: 2 }),
      size(2, 1, 2, { timeouts: 1 }),
      size(2, 1, 2, { deaths: 2 }),
      size(2, 1, 2, { looks: 2 }),
      size(2, 1, 2, { vanishings: 1 }),
      size(1, 1, 2, { spares: 1 }),
      size(2, 1, 3, { hashes: true, contents: 1 }),
      size(1, 2, 2, { hashes: true, contents: 2 }),
      size(1, 1, 2, { crashes: 2 }),
      size(2, 1, 2, { crashes: 1 }),
      size(1, 1, 2, { crashes: 1, looks: 1 }),
      size(1, 2, 2, { crashes: 1, losses: 1 }),
      size(1, 1, 2, { losses: 1, expiries: 1, looks: 1, deaths: 1 }),
    ],
    cluster: [
      ...CLUSTERS,
      size(1, 1, 2, { proxies: 2, faults: 2 }),
      size(1, 2, 3, { proxies: 2, faults: 1 }),
      size(2, 1, 3, { proxies: 2, faults: 1 }),
      size(2, 2, 3, { proxies: 2, faults: 1 }),
      size(2, 2, 4, { contents: 3, proxies: 2, faults: 1, prompt: true, lags: 1 }),
    ],
    randomRuns: 20_000,
    shell: "deep",
    incident: true,
    bugsOwnWorld: true,
  },
  incident: {
    name: "incident",
    ladder: [],
    cluster: [],
    randomRuns: 0,
    shell: null,
    incident: true,
    bugsOwnWorld: false,
  },
};
