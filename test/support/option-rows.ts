/** The rows of the option table in docs/embedding.md. */
import { optionTable } from "aceslot";
import { FIELDS, type FieldName } from "../../src/embedding/fields.ts";

/** In the order of the properties; those that only a program has are written by hand. */
export function optionRows(): string[] {
  const table = optionTable();
  return (Object.keys(FIELDS) as FieldName[]).flatMap((property) => {
    const option = table.find((each) => each.property === property);
    if (option === undefined) return [];
    const flag = option.flag ?? option.env ?? "";
    const when = { live: "yes", "new streams": "new streams", restart: "" }[option.reload];
    return [`| \`${property}\` | ${shownDefault(property)} | \`${flag}\` | ${when} |`];
  });
}

function shownDefault(property: FieldName): string {
  const field = FIELDS[property];
  if (property === "engines") return '`["127.0.0.1:6878"]`';
  if (property === "m3u8") return "`false`";
  if (property === "lease" || field.default === null) return "";
  const found = field.kind.parse(field.default);
  return found.ok ? `\`${JSON.stringify(found.value)}\`` : "";
}
