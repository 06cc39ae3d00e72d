/** What is measured: each proxy as a program between the engines and the load, with its defaults where it has any. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts, listens, startProgram } from "./process.ts";
import type { Programs } from "./programs.ts";

export const SUBJECTS = [
  "straight",
  "relay",
  "aceslot",
  "acexy-fixed",
  "acexy-head",
  "haproxy",
  "nginx",
] as const;
/** Two processes side by side, half of the clients each: what a second one would give. Only if they are named. */
export const PAIRS = ["relay-pair", "aceslot-pair"] as const;

type Single = (typeof SUBJECTS)[number];
type Pair = (typeof PAIRS)[number];
export type SubjectName = Single | Pair;

const SINGLES: Readonly<Record<Pair, Single>> = { "relay-pair": "relay", "aceslot-pair": "aceslot" };

const isPair = (name: string): name is Pair => PAIRS.some((one) => one === name);
export const isSubject = (name: string): name is SubjectName =>
  isPair(name) || SUBJECTS.some((one) => one === name);

/** What runs in a scenario that lists `listed`, if `asked` are asked for. */
export const subjectsIn = (
  listed: readonly SubjectName[],
  asked: readonly SubjectName[],
): readonly SubjectName[] => asked.filter((name) => listed.includes(isPair(name) ? SINGLES[name] : name));

/** Where a subject may run: engine number `stream mod engines` has the stream. */
export interface Site {
  readonly programs: Programs;
  /** Ports of the engines. */
  readonly engines: readonly number[];
  readonly streams: number;
  /** Further flags of aceslot. */
  readonly aceslotFlags: readonly string[];
}

export interface Subject {
  /** Its processes; none if the load reads from the engines themselves. */
  readonly pids: readonly number[];
  /** Where the load goes, as flags of it. */
  readonly loadFlags: readonly string[];
  stop(): Promise<void>;
}

type Command = (port: number, site: Site) => Promise<readonly string[] | null>;

/** Made for each start, and never used by two at once. */
async function freshFolder(site: Site, name: string): Promise<string> {
  const folder = join(site.programs.folder, name);
  await mkdir(folder, { recursive: true });
  return folder;
}

const streamKeys = (site: Site): readonly { readonly key: string; readonly engine: number }[] =>
  Array.from({ length: site.streams }, (_, stream) => ({
    key: stream.toString(16).padStart(40, "0"),
    engine: site.engines[stream % site.engines.length] ?? 0,
  }));

function acexy(design: string): Command {
  return async (port, { programs, engines }) => {
    if (programs.acexy === null) return null;
    const flags = engines.flatMap((engine) => ["-engine", `${engine}`]);
    return [programs.acexy, "-port", `${port}`, "-design", design, ...flags];
  };
}

/** One worker for each core, and no buffering, which would put an endless answer into files. */
async function nginx(port: number, site: Site): Promise<readonly string[] | null> {
  if (site.programs.nginx === null) return null;
  const folder = await freshFolder(site, "nginx");
  const engines = streamKeys(site).map(({ key, engine }) => `    ${key} ${engine};`);
  const file = join(folder, "nginx.conf");
  await writeFile(
    file,
    `daemon off;
worker_processes auto;
worker_rlimit_nofile 16384;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $arg_id $engine {
${engines.join("\n")}
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://127.0.0.1:$engine/ace/r/$arg_id/nginx;
      proxy_http_version 1.1;
      proxy_buffering off;
    }
  }
}
`,
  );
  return [site.programs.nginx, "-p", folder, "-e", "stderr", "-c", file];
}

async function haproxy(port: number, site: Site): Promise<readonly string[] | null> {
  if (site.programs.haproxy === null) return null;
  const folder = await freshFolder(site, "haproxy");
  const file = join(folder, "haproxy.cfg");
  await writeFile(
    file,
    `global
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend players
  bind 127.0.0.1:${port} backlog 4096
  http-request set-path /ace/r/%[url_param(id)]/haproxy
${streamKeys(site)
  .map(({ key, engine }) => `  use_backend engine-${engine} if { url_param(id) ${key} }`)
  .join("\n")}
${[...new Set(site.engines)].map((engine) => `backend engine-${engine}\n  server engine 127.0.0.1:${engine}`).join("\n")}
`,
  );
  return [site.programs.haproxy, "-db", "-f", file];
}

const COMMANDS: Readonly<Record<Exclude<Single, "straight">, Command>> = {
  relay: async (port, site) => [
    site.programs.relay,
    "--port",
    `${port}`,
    ...site.engines.flatMap((engine) => ["--engine", `${engine}`]),
  ],
  aceslot: async (port, site) => [
    site.programs.aceslot,
    "serve",
    "--listen",
    `127.0.0.1:${port}`,
    "--state-dir",
    "none",
    "--log-level",
    "error",
    ...site.engines.flatMap((engine) => ["--engine", `127.0.0.1:${engine}`]),
    ...site.aceslotFlags,
  ],
  "acexy-fixed": acexy("fixed"),
  "acexy-head": acexy("head"),
  nginx,
  haproxy,
};

/** aceslot asks its engines before it is ready; the others need only listen. */
async function isReady(name: Single, port: number): Promise<boolean> {
  if (name !== "aceslot") return listens(port);
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Starts a subject; null if its program is not on this machine. */
export async function startSubject(name: SubjectName, site: Site): Promise<Subject | null> {
  if (isPair(name)) {
    const first = await startSubject(SINGLES[name], site);
    const second = await startSubject(SINGLES[name], site);
    return first && second && both(first, second);
  }
  if (name === "straight") {
    const ports = site.engines.flatMap((port) => ["--port", `${port}`]);
    return { pids: [], loadFlags: [...ports, "--path", "/ace/r/%s/straight"], stop: async () => {} };
  }
  const port = await freePorts(1);
  const command = await COMMANDS[name](port, site);
  if (command === null) return null;
  const program = await startProgram(command, () => isReady(name, port));
  return { pids: [program.pid], loadFlags: ["--port", `${port}`], stop: program.stop };
}

const both = (first: Subject, second: Subject): Subject => ({
  pids: [...first.pids, ...second.pids],
  loadFlags: [...first.loadFlags, ...second.loadFlags],
  async stop() {
    await Promise.all([first.stop(), second.stop()]);
  },
});
