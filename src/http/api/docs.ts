// Writes docs/api.md from the OpenAPI document: `bun src/http/api/docs.ts`. A test holds the page up to date.
import { writeFileSync } from "node:fs";
import { STATUS_OF } from "../errors.ts";
import { openApiDocument } from "./document.ts";

/** As much of the document as the page tells. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}
interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly { name: string; in: string; description?: string; schema?: Schema }[];
  readonly responses: Readonly<
    Record<string, { description: string; content?: Record<string, { schema: Schema }> }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const HEAD = `# The API

<!-- Made from src/http/api/ by \`bun src/http/api/docs.ts\`; changes here are lost. -->

Everything that the page shows can be asked for, as JSON. The same is told to programs by \`/openapi.json\` (OpenAPI 3.1),
from which clients can be made.

\`\`\`sh
curl -s http://HOST:6879/api/v1/streams
curl -s http://HOST:6879/openapi.json
\`\`\`

- **With \`--token\`** all routes but \`/healthz\` want it, in one of three forms:

\`\`\`sh
curl -s -H "Authorization: Bearer SECRET" http://HOST:6879/api/v1/engines
curl -s "http://HOST:6879/api/v1/engines?token=SECRET"
curl -s http://HOST:6879/t/SECRET/api/v1/engines
\`\`\`

- **What changes something** (\`DELETE\`) is for whoever has the token; without \`--token\` for private networks only, and
  what a reverse proxy passes on for others (\`X-Forwarded-For\`, \`Forwarded\`) is theirs, trusted or not. A browser's
  page of another origin is refused in any case. Since a page can have its own name lead to an address at home (DNS
  rebinding), the name that is asked for must be one of home then: an IP address, a name without dots, \`localhost\`,
  \`.local\`, \`.lan\`, \`.home\`, \`.internal\`, \`.home.arpa\`, \`.localdomain\`, that of \`--public-url\`, or any that a
  \`--trusted-proxy\` passes on.
- **What only reads** has no such guard: whoever reaches the port sees the figures and may play, and so may such a page.
  What protects that is \`--token\`.
- **Pages of other origins** may play streams, and nothing else: the API sends no CORS headers.
- **Later versions** add fields, and take none away: ignore those that you do not know.
- **Times** are RFC 3339 in UTC; what ends in \`Ms\` is in milliseconds, and does not jump when the clock does.
- **Words from elsewhere** (User-Agents, names of engines, their messages) can hold anything but control characters.
`;

const EVENTS = `## Events

\`/api/v1/events\` tells what happens as it happens, as server-sent events: each line of the [journal](replay.md), and all
figures about once a second.

\`\`\`sh
curl -sN --max-time 3 http://HOST:6879/api/v1/events || test $? = 28   # 28: the time is over
\`\`\`

\`\`\`text
retry: 1000

id: 1f0c2a9b-41
event: hello
data: {"version":"0.1.0","name":"nas@:6879","life":"1f0c2a9b"}

event: figures
data: {"at":"2026-01-02T03:04:05.678Z","engines":[…],"streams":[…],"clients":[…],"queue":{…},"ended":[…]}

id: 1f0c2a9b-42
event: transition
data: {"seq":42,"at":"…","proxy":"nas@:6879","engine":"…","slot":0,"from":"free","to":"pending",…}
\`\`\`

| event | data | when |
| --- | --- | --- |
| \`hello\` | [HelloEvent](#helloevent) | first |
| \`reset\` | [ResetEvent](#resetevent) | lines were missed; all that are kept follow |
| \`figures\` | [FiguresEvent](#figuresevent) | at once, then about once a second |
| \`transition\` | [TransitionLine](#transitionline) | a slot changes its state |
| any other | the [line](#journalline) of that type | it is written |

In a page:

<!-- not run: it is for a browser; a test of its own runs it -->
\`\`\`ts
const events = new EventSource("api/v1/events");
events.addEventListener("figures", ({ data }) => {
  const { streams } = JSON.parse(data);
  console.log(streams.length, "streams");
});
events.addEventListener("transition", ({ data, lastEventId }) => console.log(lastEventId, data));
\`\`\`

A browser that lost its connection comes again by itself, with the id of the last line that it had, and misses nothing. A
script does the same with a header. Here the journal's first line is had already:

\`\`\`sh
LIFE=$(curl -sN --max-time 1 http://HOST:6879/api/v1/events | sed -n 's/.*"life":"\\([^"]*\\)".*/\\1/p')
curl -sN --max-time 1 -H "Last-Event-ID: $LIFE-1" http://HOST:6879/api/v1/events | grep '^id:'
\`\`\`

The ids of another life of the proxy, and of lines that are not kept any more (the last 1000 are), get \`reset\`. A listener
for whom more than 1 MiB of lines waits, or that takes nothing for 30 s, is broken off; figures are left out for one that has
not taken what came before. At most 64 listen at once. Behind nginx nothing needs to be set: \`X-Accel-Buffering: no\` is sent.
`;

/** The whole page. */
export function apiPage(document: Document): string {
  const groups = new Map<string, string[]>();
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      if (method === "options") continue;
      const [tag = ""] = operation.tags ?? [];
      groups.set(tag, [...(groups.get(tag) ?? []), route(method, path, operation)]);
    }
  return [
    HEAD,
    "## Errors\n",
    'Every error is `{"error":{"code","message"}}`, some with `retry_after` in seconds, which the header `Retry-After` says too.\n',
    table(
      ["code", "status"],
      Object.entries(STATUS_OF).map(([code, status]) => [`\`${code}\``, String(status)]),
    ),
    ...[...groups].map(([tag, routes]) => `## Routes: ${tag}\n\n${routes.join("\n")}`),
    EVENTS,
    "## Answers\n",
    ...Object.entries(document.components.schemas).map(([name, schema]) => section(name, schema)),
  ].join("\n");
}

function route(method: string, path: string, operation: Operation): string {
  const verb = method.toUpperCase();
  const parameters = (operation.parameters ?? []).map(({ name, in: place, description, schema }) => [
    `\`${name}\``,
    place,
    description ?? typeWords(schema ?? {}),
  ]);
  const answers = Object.entries(operation.responses).map(([status, { description, content }]) => [
    status,
    Object.entries(content ?? {})
      .map(([media, { schema }]) => (schema.$ref === undefined ? `\`${media}\`` : typeWords(schema)))
      .join(", "),
    description,
  ]);
  return [
    `### ${verb} ${path}\n`,
    `${asSentence(operation.summary ?? "")} ${operation.description ?? ""}`.trim(),
    "",
    ...(parameters.length === 0 ? [] : [table(["parameter", "in", "meaning"], parameters)]),
    table(["status", "answer", ""], answers),
  ].join("\n");
}

const asSentence = (words: string): string => (/[.?!]$/.test(words) ? words : `${words}.`);

function section(name: string, schema: Schema): string {
  const head = `### ${name}\n\n${schema.description === undefined ? "" : `${schema.description}.\n\n`}`;
  const one = schema.anyOf ?? schema.oneOf;
  if (one !== undefined) return `${head}One of ${one.map(typeWords).join(", ")}.\n`;
  const rows = Object.entries(schema.properties ?? {}).map(([field, of]) => [
    `\`${field}\`${schema.required?.includes(field) ? "" : "?"}`,
    typeWords(of),
    meaningOf(of),
  ]);
  return head + table(["field", "type", "meaning"], rows);
}

/** The schema's own words, or those of its parts. */
function meaningOf(schema: Schema): string {
  const inner = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return schema.description ?? inner.map(meaningOf).find((words) => words !== "") ?? "";
}

function typeWords(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(" ");
  const parts = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (parts !== undefined) return parts.map(typeWords).join(" or ");
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["any"]);
  return types
    .map((type) => {
      if (type === "array") return `list of ${typeWords(schema.items ?? {})}`;
      if (type !== "object" || schema.properties === undefined)
        return schema.format === "date-time" ? "time" : type;
      const fields = Object.entries(schema.properties).map(([name, of]) => `\`${name}\`: ${typeWords(of)}`);
      return `{ ${fields.join(", ")} }`;
    })
    .join(" or ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

if (import.meta.main)
  writeFileSync(
    new URL("../../../docs/api.md", import.meta.url),
    apiPage(openApiDocument() as unknown as Document),
  );
