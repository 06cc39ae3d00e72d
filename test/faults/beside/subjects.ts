/** Who is put to the faults: aceslot, acexy's way of handing bytes out, nginx; each between the same engines and clients. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePorts, listens, startProgram } from "../../bench/process.ts";
import { BINARY } from "../../support/binary.ts";

export const SUBJECTS = ["aceslot", "acexy-fixed", "acexy-head", "nginx"] as const;
export type SubjectName = (typeof SUBJECTS)[number];

export interface Running {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A hard limit of open files; null: the machine's own. */
export type Files = number | null;

/** Null: its program is not on this machine. */
export async function startSubject(
  name: SubjectName,
  folder: string,
  engines: readonly number[],
  files: Files,
): Promise<Running | null> {
  const port = await freePorts(1);
  const command = await commandOf(name, folder, port, engines);
  if (command === null) return null;
  // By a shell that sets the limit and becomes the program.
  const bounded =
    files === null ? command : ["bash", "-c", `ulimit -n ${files}; exec "$@"`, "bounded", ...command];
  const program = await startProgram(bounded, () => isReady(name, port));
  return { port, pid: program.pid, stop: program.stop };
}

async function commandOf(
  name: SubjectName,
  folder: string,
  port: number,
  engines: readonly number[],
): Promise<readonly string[] | null> {
  switch (name) {
    case "aceslot":
      return [
        ...[BINARY, "serve", "--listen", `127.0.0.1:${port}`, "--state-dir", "none", "--log-level", "error"],
        ...["--max-streams-per-engine", "20"],
        ...engines.flatMap((engine) => ["--engine", `127.0.0.1:${engine}`]),
      ];
    case "nginx":
      return nginx(folder, port, engines[0] ?? 0);
    default: {
      const program = join(folder, "acexy");
      if (!existsSync(program)) return null;
      const flags = engines.flatMap((engine) => ["-engine", `${engine}`]);
      return [program, "-port", `${port}`, "-design", name.replace("acexy-", ""), ...flags];
    }
  }
}

const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/go/bin"] as const;
const find = (name: string): string | null =>
  FOLDERS.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;

/** Compiles acexy's design into the folder; answers why it cannot be, or null. */
export function compileAcexy(folder: string): string | null {
  const go = find("go");
  if (go === null) return "acexy's design is left out: go is missing (apt install golang-go)";
  const source = join(import.meta.dir, "../../bench/native/acexy.go");
  const { status, stderr } = spawnSync(go, ["build", "-o", join(folder, "acexy"), source], {
    encoding: "utf8",
  });
  return status === 0 ? null : `acexy's design is left out: ${stderr.trim()}`;
}

/** A plain reverse proxy in front of one engine: it follows the engine's redirect to the playback. */
async function nginx(folder: string, port: number, engine: number): Promise<readonly string[] | null> {
  const program = find("nginx");
  if (program === null) return null;
  const own = join(folder, `nginx-${port}`);
  await mkdir(own, { recursive: true });
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${own}/${kind};`)
    .join("\n");
  const file = join(own, "nginx.conf");
  await writeFile(
    file,
    `daemon off;
worker_processes 1;
pid ${own}/pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
${paths}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_http_version 1.1;
    proxy_buffering off;
    location / {
      proxy_pass http://127.0.0.1:${engine};
      proxy_intercept_errors on;
      error_page 302 = @playback;
    }
    location @playback {
      set $playback $upstream_http_location;
      proxy_pass $playback;
    }
  }
}
`,
  );
  return [program, "-p", own, "-e", "stderr", "-c", file];
}

async function isReady(name: SubjectName, port: number): Promise<boolean> {
  if (name !== "aceslot") return listens(port);
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}
