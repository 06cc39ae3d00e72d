/** Asks everybody about all worlds and bugs, and writes the tables of docs/second-opinions.md: `bun model/opinions/table.ts`. */
import {
  LADDER,
  LADDER_HEAD,
  LARGER,
  ladderRow,
  ourLeaseOpinion,
  spinLeaseOpinion,
  VARIANTS,
  VARIANTS_HEAD,
  variantRow,
} from "./leases.ts";
import { BUGS, type Opinion, ourOpinion, type SmallWorld, world, worldName } from "./opinion.ts";
import { runSpin, spinLacks } from "./spin.ts";
import { runTla } from "./tla.ts";

/** Who is asked besides us; tla-checker takes minutes where SPIN takes seconds. */
interface Row {
  readonly small: SmallWorld;
  readonly isForTla: boolean;
}

const ROWS: readonly Row[] = [
  { small: world(1, 1, 1, { reports: false }), isForTla: true },
  { small: world(1, 1, 1), isForTla: true },
  { small: world(1, 1, 2, { contents: 1 }), isForTla: true },
  { small: world(1, 1, 2), isForTla: true },
  { small: world(1, 1, 3, { reports: false }), isForTla: true },
  { small: world(1, 1, 3), isForTla: true },
  { small: world(1, 2, 2), isForTla: true },
  { small: world(1, 2, 3), isForTla: false },
  { small: world(2, 1, 2), isForTla: true },
  { small: world(2, 1, 3, { reports: false }), isForTla: true },
  { small: world(2, 1, 3), isForTla: true },
  { small: world(2, 2, 3, { reports: false }), isForTla: false },
  { small: world(2, 2, 3), isForTla: false },
  { small: world(1, 1, 4), isForTla: false },
  { small: world(1, 2, 4), isForTla: false },
  { small: world(2, 1, 4), isForTla: false },
];

const number = (value: number | null | undefined): string =>
  value == null ? "–" : value.toLocaleString("en");
const cells = (values: readonly string[]): string => `| ${values.join(" | ")} |`;

/** What each of the others counts; more, where it differs from ours. */
export const countRow = (small: SmallWorld, ours: Opinion, others: readonly (Opinion | null)[]): string =>
  cells([
    worldName(small),
    number(ours.transitions),
    number(ours.depth),
    number(ours.states),
    ...others.map((other) => {
      const isSame =
        !other?.transitions || (other.transitions === ours.transitions && other.depth === ours.depth);
      const more = isSame ? "" : `, ${number(other.transitions)} ways on, depth ${other.depth}`;
      return `${number(other?.states)}${more}`;
    }),
  ]);

export const bugRow = (small: SmallWorld, ours: Opinion, others: readonly (Opinion | null)[]): string =>
  cells([
    worldName({ ...small, mutant: null }),
    small.mutant ?? "",
    ours.violated ?? "nothing",
    number(ours.depth),
    ...others.map((other) => {
      if (other === null) return "–";
      const isSame = other.violated === ours.violated;
      return isSame ? number(other.depth) : `${other.violated ?? "nothing"}, ${number(other.depth)}`;
    }),
  ]);

if (import.meta.main) {
  const lacking = await spinLacks();
  if (lacking !== null) console.error(`SPIN is not asked: ${lacking}`);
  const spinOn = async (small: SmallWorld): Promise<Opinion | null> =>
    lacking === null ? runSpin(small, { memoryMegabytes: 4096 }) : null;
  console.log(cells(["World", "ways on", "depth", "states: ours", "SPIN", "tla-checker"]));
  console.log(cells(["---", "--:", "--:", "--:", "--:", "--:"]));
  for (const { small, isForTla } of ROWS)
    console.log(
      countRow(small, ourOpinion(small), [await spinOn(small), isForTla ? await runTla(small) : null]),
    );
  console.log();
  console.log(cells(["World", "bug", "what it breaks", "happenings: ours", "SPIN", "tla-checker"]));
  console.log(cells(["---", "---", "---", "--:", "--:", "--:"]));
  for (const small of BUGS)
    console.log(bugRow(small, ourOpinion(small), [await spinOn(small), await runTla(small)]));
  const tables = [
    { head: LADDER_HEAD, questions: [...LADDER, ...LARGER], row: ladderRow },
    { head: VARIANTS_HEAD, questions: VARIANTS, row: variantRow },
  ];
  for (const { head, questions, row } of tables) {
    console.log(["", ...head].join("\n"));
    for (const question of questions) {
      const spin = lacking === null ? await spinLeaseOpinion(question, { memoryMegabytes: 4096 }) : null;
      console.log(row(question, ourLeaseOpinion(question), spin));
    }
  }
}
