/** Can the proxy listen where it is to; or does it listen there already? */
import type { ListenAddress } from "../config/settings.ts";
import { messageOf } from "../foreign.ts";
import { serveBun } from "../http/serve-bun.ts";
import { exchangeWithin } from "../net/exchange.ts";
import type { Address } from "../slots/index.ts";
import { type Finding, fail, info, ok, warn } from "./finding.ts";
import { holderOf } from "./holder.ts";
import { ANSWER_BYTES_MAX, ANSWER_MS } from "./limits.ts";
import type { Patient } from "./patient.ts";

const WHY = "without its address the proxy does not start";

export async function checkListening({ settings }: Patient): Promise<Finding[]> {
  const { listen, token } = settings;
  const what = `listen ${listen.text}`;
  if (listen.port === 0)
    return [
      info(
        what,
        "the system chooses a port at each start",
        "clients cannot know it, and a crash's open sessions are not found again",
      ),
    ];
  try {
    const server = serveBun(listen, async () => new Response(null, { status: 503 }));
    await server.stop();
    return [ok(what, "free")];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return await whoListens(what, listen, token);
    return [fail({ what, ...explain(error, listen) })];
  }
}

function explain(error: unknown, listen: ListenAddress) {
  const words = messageOf(error);
  if ((error as NodeJS.ErrnoException).code === "EACCES")
    return {
      found: "this user may not listen there",
      why: WHY,
      fix: `choose a port above 1023: --listen ${listen.text.replace(/\d+$/, "6879")}`,
    };
  return {
    found: `the address cannot be used: ${words}`,
    why: WHY,
    fix: `use an address of this machine, or all of them: --listen :${listen.port}`,
  };
}

async function whoListens(what: string, listen: ListenAddress, token: string | null): Promise<Finding[]> {
  const everywhere = listen.host === "" || listen.host === "::" || listen.host === "0.0.0.0";
  const address: Address = {
    scheme: "http",
    host: everywhere ? "127.0.0.1" : listen.host,
    port: listen.port,
  };
  const alive = await ask(address, "/healthz", null);
  if (alive?.status !== "ok" || typeof alive.version !== "string")
    return [fail({ what, ...(await inTheWay(listen.port)) })];
  return [
    ok(what, `aceslot ${alive.version} runs there`),
    ...(await howItIs(await ask(address, "/readyz", token))),
  ];
}

async function inTheWay(port: number) {
  const holder = await holderOf(port);
  const other = `choose another port: --listen :${port === 6880 ? 6881 : 6880}`;
  if (holder === null)
    return {
      found: "another program listens there",
      why: WHY,
      fix: `find it with  sudo ss -ltnp 'sport = :${port}'  and stop it, or ${other}`,
    };
  return {
    found: `another program listens there: ${holder.name}, process ${holder.pid}`,
    why: WHY,
    fix: `stop it (what it is:  ps -fp ${holder.pid}), or ${other}`,
  };
}

const MORE_SLOTS =
  "name more engines (--engine HOST:PORT, once for each), give each more streams (--max-streams-per-engine) if it can carry them, or wait until a stream ends";

/** What the running proxy says of itself. */
function howItIs(told: Readonly<Record<string, unknown>> | null): Finding[] {
  const what = "running proxy";
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  if (told === null || typeof told.ready !== "boolean")
    return [
      warn({
        what,
        found: "it does not tell whether it is ready",
        why: "it may be another proxy than these settings describe",
        fix: "give doctor the settings that it was started with, --token among them",
      }),
    ];
  const see = "see /readyz of the running proxy";
  const fixOf = (said: string): string =>
    said.startsWith("all engines are full")
      ? MORE_SLOTS
      : /^(no engine is|set aside)/.test(said)
        ? "mend what is found of the engines, below"
        : see;
  return [
    ...(told.ready ? [ok(what, "ready to take a stream")] : []),
    ...texts(told.reasons).map((found) =>
      warn({ what, found, why: "it takes no new stream now", fix: fixOf(found) }),
    ),
    ...texts(told.warnings).map((found) =>
      warn({ what, found, why: "it serves, but not as it should", fix: fixOf(found) }),
    ),
  ];
}

export async function ask(
  address: Address,
  target: string,
  token: string | null,
): Promise<Readonly<Record<string, unknown>> | null> {
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  const answer = await exchangeWithin(ANSWER_MS, { address, target, headers, bytesMax: ANSWER_BYTES_MAX });
  if (answer.kind === "failed") return null;
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
