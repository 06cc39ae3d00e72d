// Which options are secrets that may stand in a file of their own. It reads nothing; the schema is made from it too.
import type { OptionSpec } from "./option-spec.ts";
import { OPTIONS } from "./options.ts";

export interface SecretOptions {
  readonly spec: OptionSpec<string>;
  readonly fileSpec: OptionSpec<string>;
  /** `the key`: as messages call it. */
  readonly what: string;
}

export const TOKEN: SecretOptions = {
  spec: OPTIONS.token,
  fileSpec: OPTIONS.tokenFile,
  what: "the token",
};
export const ORCHESTRATOR_KEY: SecretOptions = {
  spec: OPTIONS.orchestratorKey,
  fileSpec: OPTIONS.orchestratorKeyFile,
  what: "the key",
};
export const LEASE_PASSWORD: SecretOptions = {
  spec: OPTIONS.leasePassword,
  fileSpec: OPTIONS.leasePasswordFile,
  what: "the password",
};

export const SECRETS: readonly SecretOptions[] = [TOKEN, ORCHESTRATOR_KEY, LEASE_PASSWORD];
