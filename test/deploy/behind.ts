/** Real reverse proxies with TLS, run from the files in deploy/ with nothing changed but ports and paths. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const DEPLOY = join(import.meta.dir, "../../deploy");

export interface Front extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`, with a certificate of its own. */
  readonly url: string;
  /** What it has logged of requests. */
  accessLog(): string;
}

/** nginx with deploy/nginx/aceslot.conf, in front of the proxy at this port. */
export async function startNginx(proxyPort: number): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-nginx-"));
  const port = await freePort();
  await selfSigned(folder);
  const site = changed(readFileSync(join(DEPLOY, "nginx/aceslot.conf"), "utf8"), {
    "listen 443 ssl;": `listen 127.0.0.1:${port} ssl;`,
    "listen [::]:443 ssl;": "",
    "server_name example.org;": "server_name _;",
    "/etc/ssl/certs/aceslot.pem": `${folder}/cert.pem`,
    "/etc/ssl/private/aceslot.key": `${folder}/key.pem`,
    "http://127.0.0.1:6879/": `http://127.0.0.1:${proxyPort}/`,
  });
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const main = [
    `${process.getuid?.() === 0 ? "user root;" : ""} worker_processes 1; daemon off; pid ${folder}/pid;`,
    `error_log ${folder}/error.log warn; events { worker_connections 512; }`,
    `http { access_log ${folder}/access.log; include ${folder}/site.conf;`,
    ...places.map((place) => `${place}_temp_path ${folder}/${place};`),
    "}",
  ];
  writeFileSync(join(folder, "site.conf"), site);
  writeFileSync(join(folder, "nginx.conf"), main.join("\n"));
  const child = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-p", folder], { stdio: "ignore" });
  return await front(child, `https://127.0.0.1:${port}`, folder, "/no-such-place");
}

/** HAProxy with deploy/haproxy/aceslot.cfg, in front of the proxy at this port. It logs nothing. */
export async function startHaproxy(proxyPort: number): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-haproxy-"));
  const port = await freePort();
  await selfSigned(folder);
  const both = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8")).join("");
  writeFileSync(join(folder, "both.pem"), both, { mode: 0o600 });
  const config = changed(readFileSync(join(DEPLOY, "haproxy/aceslot.cfg"), "utf8"), {
    "bind :443 ssl crt /etc/haproxy/aceslot.pem": `bind 127.0.0.1:${port} ssl crt ${folder}/both.pem`,
    "server aceslot 127.0.0.1:6879": `server aceslot 127.0.0.1:${proxyPort}`,
  });
  writeFileSync(join(folder, "haproxy.cfg"), config);
  const child = spawn("haproxy", ["-db", "-q", "-f", join(folder, "haproxy.cfg")], { stdio: "ignore" });
  return await front(child, `https://127.0.0.1:${port}`, folder, "/no-such-place");
}

/** Caddy with deploy/caddy/Caddyfile, in front of the proxy at this port; its certificate is Caddy's own. */
export async function startCaddy(proxyPort: number): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-caddy-"));
  const port = await freePort();
  const globals = `{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tstorage file_system ${folder}\n\tlocal_certs\n}\n`;
  writeFileSync(join(folder, "Caddyfile"), globals + readFileSync(join(DEPLOY, "caddy/Caddyfile"), "utf8"));
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    ACESLOT_SITE: `https://127.0.0.1:${port}`,
    ACESLOT_UPSTREAM: `127.0.0.1:${proxyPort}`,
  };
  const child = spawn("caddy", ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"], {
    stdio: "ignore",
    env,
  });
  return await front(child, `https://127.0.0.1:${port}`, folder, "/healthz");
}

/** GET without a look at the certificate. */
export function get(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", ...init, tls: { rejectUnauthorized: false } } as RequestInit);
}

async function front(child: ChildProcess, url: string, folder: string, path: string): Promise<Front> {
  const over = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await over;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${child.spawnfile} answers`, async () => {
      if (child.pid === undefined || child.exitCode !== null)
        throw new Error(`${child.spawnfile} ended with ${child.exitCode}; is it installed?`);
      return await get(`${url}${path}`).then(
        (answer) => answer.status < 500,
        () => false,
      );
    });
  } catch (error) {
    await end();
    throw error;
  }
  const log = join(folder, "access.log");
  const accessLog = (): string => (existsSync(log) ? readFileSync(log, "utf8") : "");
  return { url, accessLog, [Symbol.asyncDispose]: end };
}

/** Plays a second of it as ffmpeg does, which looks half a second at the stream first, and not several. */
export const ffmpeg = (url: string) =>
  run(
    ["ffmpeg", "-v", "error", ...(url.startsWith("https:") ? ["-tls_verify", "0"] : [])].concat([
      "-analyzeduration",
      "500k",
      "-i",
      url,
      "-t",
      "1",
      "-f",
      "null",
      "-",
    ]),
    { cwd: "/" },
  );

async function selfSigned(folder: string): Promise<void> {
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = await run(
    [
      ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "1", "-keyout", "key.pem", "-out", "cert.pem", ...subject],
    ],
    { cwd: folder },
  );
  if (made.code !== 0) throw new Error(made.err);
}

/** @throws Error if the file does not hold exactly what is to be changed. */
function changed(text: string, changes: Readonly<Record<string, string>>): string {
  return Object.entries(changes).reduce((rest, [from, to]) => {
    if (rest.split(from).length !== 2) throw new Error(`"${from}" is not in it once`);
    return rest.replace(from, to);
  }, text);
}
