/** The `#async` seam under Deno: the real package. */
export {
  type DeadlineOptions,
  type DelayOptions,
  deadline,
  delay,
  RetryError,
  type RetryOptions,
  retry,
} from "@std/async";
