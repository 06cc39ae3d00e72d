// The commands, for --help, completion and the command line itself.
import { CHECK_FLAGS } from "./check-words.ts";
import type { FlagWords } from "./flag-words.ts";

export interface CommandWords {
  readonly name: string;
  readonly argument?: string;
  /** The argument may be given more than once. */
  readonly repeatable?: true;
  /** What the argument names, for completion. */
  readonly names?: "files";
  /** It reads no settings, so their options mean nothing to it. */
  readonly withoutSettings?: true;
  /** For scripts and set-up rather than for every day; `--help` only names it. */
  readonly plumbing?: true;
  readonly help: string;
  /** Its own flags, beyond the settings. */
  readonly flags: readonly FlagWords[];
}

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type ShellName = (typeof SHELLS)[number];

export const FORMATS = ["text", "json"] as const;

export const REPLAY_FORMATS = ["pretty", "json"] as const;

export const DOCTOR_FORMATS = ["pretty", "json"] as const;

export const COMMANDS: readonly CommandWords[] = [
  { name: "serve", help: "run the proxy (the default)", flags: [] },
  { name: "demo", help: "try it: proxy, engines and channels in one process", flags: [] },
  {
    name: "config",
    help: "show the settings in force and where each came from",
    flags: [
      { flag: "--check", help: "only check them" },
      { flag: "--example", help: "print a TOML file with every option, explained" },
      { flag: "--schema", help: "print the JSON schema of the TOML file" },
      { flag: "--format", placeholder: "text|json", choices: FORMATS, help: "how to print them" },
    ],
  },
  {
    name: "doctor",
    help: "say what is reachable, what is wrong and how to mend it",
    flags: [
      {
        flag: "--format",
        placeholder: "pretty|json",
        choices: DOCTOR_FORMATS,
        help: "how to print what was found",
      },
      {
        flag: "--test-id",
        placeholder: "ID",
        help: "play this content for some seconds, through the running proxy or on a free engine",
      },
    ],
  },
  {
    name: "healthcheck",
    plumbing: true,
    help: "ask the running proxy whether it is alive",
    flags: [],
  },
  {
    name: "check",
    withoutSettings: true,
    help: "check the promise: every order of events in small worlds",
    flags: CHECK_FLAGS,
  },
  {
    name: "replay",
    argument: "FILE",
    repeatable: true,
    names: "files",
    withoutSettings: true,
    help: "hold journals, or a log of acexy, against the model",
    flags: [
      { flag: "--cap", placeholder: "N", help: "most streams per engine, in place of what the file says" },
      {
        flag: "--skew",
        placeholder: "TIME",
        help: "how far the clocks of several proxies may differ; default: 0 on one host, else 100ms",
      },
      {
        flag: "--format",
        placeholder: "pretty|json",
        choices: REPLAY_FORMATS,
        help: "how to print what was found",
      },
    ],
  },
  {
    name: "completion",
    plumbing: true,
    argument: "SHELL",
    withoutSettings: true,
    help: `completion for ${SHELLS.join(", ")}`,
    flags: [],
  },
  { name: "man", plumbing: true, withoutSettings: true, help: "print the manual page", flags: [] },
];
