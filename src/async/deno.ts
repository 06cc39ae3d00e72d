/** The `#async` seam under Deno: the real package. */
export {
  type DeadlineOptions,
  deadline,
} from "@std/async";
