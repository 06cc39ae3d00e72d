/** The OpenAPI document as a test uses it: what it says of an answer, held against the answer itself. */
import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

export interface Operation {
  readonly summary: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { schema: object }>> }
    >
  >;
}

export interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Says of an answer what is wrong with it; empty: nothing. */
export type Judge = (
  route: { readonly method: string; readonly path: string },
  answer: { readonly status: number; readonly type: string; readonly body: unknown },
) => string;

/**
 * Judges answers by the document, more strictly than it reads: fields that it does not describe are wrong too, since
 * it is ours to describe them.
 */
export function judgeBy(document: OpenApi): Judge {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(closed({ $id: "doc", components: document.components }));
  const judges = new Map<object, ValidateFunction>();
  const judgeOf = (schema: object): ValidateFunction => {
    const known = judges.get(schema) ?? ajv.compile(closed(rooted(schema)));
    judges.set(schema, known);
    return known;
  };
  return ({ method, path }, { status, type, body }) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return `${method} ${path} is not described`;
    const response = operation.responses[status];
    if (response === undefined) return `${method} ${path} → ${status} is not described`;
    if (response.content === undefined) return body === "" ? "" : `${method} ${path} → ${status} has a body`;
    const media = response.content[type.split(";")[0] ?? ""];
    if (media === undefined) return `${method} ${path} → ${status} is not to be ${type}`;
    const judge = judgeOf(media.schema);
    return judge(body)
      ? ""
      : `${method} ${path} → ${status}: ${ajv.errorsText(judge.errors)} in ${JSON.stringify(body)}`;
  };
}

/** The same for a schema of the document by its name. */
export function judgeOfSchema(document: OpenApi): (name: string, value: unknown) => string {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(closed({ $id: "doc", components: document.components }));
  return (name, value) => {
    const judge = ajv.getSchema(`doc#/components/schemas/${name}`);
    if (judge === undefined) return `there is no schema ${name}`;
    return judge(value) ? "" : `${name}: ${ajv.errorsText(judge.errors)} in ${JSON.stringify(value)}`;
  };
}

/** Every object with properties takes no others. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, of]) => [key, closed(of)]);
  const copy = Object.fromEntries(entries);
  return "properties" in value && !("additionalProperties" in value)
    ? { ...copy, additionalProperties: false }
    : copy;
}

/** References seen from outside the document. */
const rooted = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/'));
