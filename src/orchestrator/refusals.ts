/** Why the orchestrator does not provision, in each of the forms in which it says so. */
import type { Blocked } from "../slots/index.ts";
import type { Calls, Reply } from "./calls.ts";
import { PROVISION_UNSURE_SECONDS, RECOVERY_SECONDS_MAX } from "./limits.ts";

const GATEWAY_TIMEOUT = 504;

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

/**
 * An answer to the provision call that is no success. Where it may have been obeyed all the same (the answer is lost,
 * late or unreadable, or a gateway gave up waiting for it), the new engine may be coming: then it is not asked for again
 * for a while.
 */
export function blockedByAnswer(reply: Reply, calls: Calls): Blocked {
  if (reply.kind === "failed") {
    const code = reply.late ? "timeout" : "unreachable";
    return { code, message: reply.message, retryAfterSeconds: reply.sent ? PROVISION_UNSURE_SECONDS : null };
  }
  const { status, json } = reply;
  if (status === 401 || status === 403) {
    return { code: "key_refused", message: calls.keyRefused(status), retryAfterSeconds: null };
  }
  // Older releases of generation 1 answer `{"detail":"text"}`, newer ones `{"detail":{…}}`, generation 2 `{…}`.
  const body = fieldsOf(json);
  const words = textOf(body.detail);
  const blocked =
    words !== null
      ? { code: `http_${status}`, message: calls.told(words), retryAfterSeconds: null }
      : blockedByFields(
          fieldsOf(body.detail ?? body),
          `http_${status}`,
          `the orchestrator answered with status ${status}`,
          calls,
        );
  const isUnsure = (status >= 200 && status < 300) || status === GATEWAY_TIMEOUT;
  return isUnsure
    ? { ...blocked, retryAfterSeconds: blocked.retryAfterSeconds ?? PROVISION_UNSURE_SECONDS }
    : blocked;
}

/**
 * What `/orchestrator/status` says. Null: nothing speaks against provisioning, or it does not tell.
 * `blocked_reason` is a text with details beside it in generation 1, an object in generation 2.
 */
export function blockedByStatus(reply: Reply, calls: Calls): Blocked | null {
  if (reply.kind === "failed" || reply.status !== 200) return null;
  const provisioning = fieldsOf(fieldsOf(reply.json).provisioning);
  if (provisioning.can_provision !== false) return null;
  const reason = provisioning.blocked_reason;
  const details = { ...fieldsOf(reason), ...fieldsOf(provisioning.blocked_reason_details) };
  return blockedByFields(
    details,
    "blocked",
    textOf(reason) ?? "the orchestrator says that it cannot provision at present",
    calls,
  );
}

function blockedByFields(fields: Fields, code: string, message: string, calls: Calls): Blocked {
  const eta = fields.recovery_eta_seconds;
  return {
    code: calls.told(textOf(fields.code) ?? code),
    message: calls.told(textOf(fields.message) ?? textOf(fields.error) ?? message),
    retryAfterSeconds:
      typeof eta === "number" && eta >= 0 ? Math.min(Math.ceil(eta), RECOVERY_SECONDS_MAX) : null,
  };
}
