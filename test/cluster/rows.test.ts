/** Rows that mostly wait for terms to pass, each with a cluster of its own; two at a time, the longest first. */
import { test } from "bun:test";
import { clocksDiffer } from "./clocks.ts";
import { lateReplica } from "./fail-over.ts";
import { few } from "./few.ts";
import { neighbourInTheBooks, neighbourInTheWay } from "./neighbour.ts";

/** With the wait for its turn. */
const LIMIT_MS = 240_000;
const two = few(2);

test.concurrent(
  "L4 clocks that differ by 5 min, and a store's clock that jumps 5 min to and fro: leases go by the store's alone",
  two(clocksDiffer),
  LIMIT_MS,
);

test.concurrent(
  "L1 a neighbour writes over the books, and throws parts of them out: as a loss of memory, and nobody need mend it",
  two(neighbourInTheBooks),
  LIMIT_MS,
);

test.concurrent(
  "L5 a replica that lacks the last writes becomes the store: nothing is granted until every lease of before has run out, and streams go on",
  two(lateReplica),
  LIMIT_MS,
);

test.concurrent(
  "L2 a neighbour forgets scripts, cuts and holds connections, and keeps the store busy: streams go on",
  two(neighbourInTheWay),
  LIMIT_MS,
);
