// The settings in force, after every source was read and every value checked.
// Times are in ms, sizes in bytes; nothing here is text that still has to be parsed.

import type { HostPort } from "../net/host.ts";

/** Where the proxy listens. `host` is "" for all addresses; IPv6 stands without brackets. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** As one writes it: `:6879`, `127.0.0.1:6879`, `[::1]:6879`. */
  readonly text: string;
}

/** One AceStream engine. `host` is lower case; IPv6 stands without brackets (`engineUrl` adds them). */
export interface EngineAddress {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
}

/** Where slots are claimed. */
export type LeaseStore =
  | { readonly kind: "memory" }
  | {
      /** Redis or Valkey. */
      readonly kind: "redis";
      /** One server; sentinels that know where the primary is; or some nodes of a cluster. */
      readonly form: "server" | "sentinel" | "cluster";
      /** Never empty; a server is one. In lower case. */
      readonly hosts: readonly HostPort[];
      /** The name under which sentinels know the primary; else empty. */
      readonly master: string;
      readonly tls: boolean;
      readonly database: number;
      /** Empty: the store's default user. */
      readonly username: string;
      /** Only what stands in the URL; `leasePassword` is the one in force. */
      readonly password: string | null;
    };

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "text" | "json";

export interface Settings {
  readonly listen: ListenAddress;
  /** Never empty, no engine twice. */
  readonly engines: readonly EngineAddress[];
  /** Base URL without a slash at its end. */
  readonly orchestrator: string | null;
  readonly orchestratorKey: string | null;
  readonly maxStreamsPerEngine: number;
  /** M3U files and URLs, in order. */
  readonly playlists: readonly string[];
  /** XMLTV files and URLs; empty: those that the playlists name. */
  readonly guides: readonly string[];
  readonly playlistRefreshMs: number;
  /** Base URL of the links that are given out, without a slash at its end; `null`: as the client asked. */
  readonly publicUrl: string | null;
  /** A picture instead of an error. */
  readonly slate: "off" | "on";
  /** Whether programs on this machine may ask what the process holds. */
  readonly debug: "off" | "on";
  readonly queueTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly clientTimeoutMs: number;
  /** The same for one that watches by HLS (`ACEXY_M3U8_STREAM_TIMEOUT`); `null`: as above. */
  readonly hlsTimeoutMs: number | null;
  /** Whether `/ace/getstream` answers HLS as well (`ACEXY_M3U8`). */
  readonly m3u8: boolean;
  readonly lingerMs: number;
  readonly releaseTimeoutMs: number;
  /** `null`: open sessions are not kept across a crash. */
  readonly stateDir: string | null;
  readonly bufferBytes: number;
  readonly lease: LeaseStore;
  /** The term of leases in a shared store. */
  readonly leaseTtlMs: number;
  /** While a shared store cannot be asked: grant nothing, or go on with the slots that were held. */
  readonly leaseWhenDown: "refuse" | "local";
  /** Begins the keys in a shared store. */
  readonly leasePrefix: string;
  /** From the URL, the option or the file. */
  readonly leasePassword: string | null;
  /** PEM. */
  readonly leaseCaFile: string | null;
  readonly journal: string | null;
  /** CIDRs such as `10.0.0.0/8`; a single address has /32 or /128. */
  readonly trustedProxies: readonly string[];
  readonly token: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** A name for this proxy in an acexy set-up (`ACEXY_CONTAINER_ID`); decides nothing. */
  readonly label: string | null;
}

/** `default`, or the door and the name used there: `flag --listen`, `env ACEXY_HOST`, `file /etc/aceslot.toml`, `credential token`. */
export type SettingSource =
  | "default"
  | `credential ${string}`
  | `flag ${string}`
  | `env ${string}`
  | `file ${string}`;

export type SettingSources = { readonly [Name in keyof Settings]: SettingSource };

/** A setting as `aceslot config` shows it: secrets already masked. */
export interface ShownSetting {
  readonly name: string;
  readonly value: string | readonly string[] | null;
  readonly source: SettingSource;
}
