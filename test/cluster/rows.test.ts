/** Rows that mostly wait for terms to pass, each with a cluster of its own. */
import { test } from "bun:test";
import { clocksDiffer } from "./clocks.ts";
import { lateReplica } from "./fail-over.ts";
import { neighbourInTheBooks, neighbourInTheWay } from "./neighbour.ts";

const LIMIT_MS = 120_000;

test(
  "L1 a neighbour writes over the books, and throws parts of them out: as a loss of memory, and nobody need mend it",
  neighbourInTheBooks,
  LIMIT_MS,
);

test(
  "L2 a neighbour forgets scripts, cuts and holds connections, and keeps the store busy: streams go on",
  neighbourInTheWay,
  LIMIT_MS,
);

test(
  "L4 clocks that differ by 5 min, and a store's clock that jumps 5 min to and fro: leases go by the store's alone",
  clocksDiffer,
  LIMIT_MS,
);

test(
  "L5 a replica that lacks the last writes becomes the store: nothing is granted until every lease of before has run out, and streams go on",
  lateReplica,
  LIMIT_MS,
);
