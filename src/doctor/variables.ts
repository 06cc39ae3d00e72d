/** Values that a compose file or an env file has brought in another way than was meant. */
import { type Finding, type Trouble, warn } from "./finding.ts";
import type { Patient } from "./patient.ts";

export async function checkVariables({ env }: Pick<Patient, "env">): Promise<Finding[]> {
  return Object.entries(env).flatMap(([name, value]) => {
    if (!/^(?:ACESLOT|ACEXY)_/.test(name) || value === undefined) return [];
    const told = mistakeIn(name, value.trim());
    return told === null ? [] : [warn({ what: name, ...told })];
  });
}

/** Never with the value, which may be a secret. */
function mistakeIn(name: string, value: string): Omit<Trouble, "what"> | null {
  if (/^(["']).*\1$/.test(value))
    return {
      found: "its value is in quotes, and they are part of it",
      why: 'in a list (- NAME="value") compose files keep quotes, and so does docker run --env-file',
      fix: `leave the quotes out:  - ${name}=value  or write it as  ${name}: "value"  below environment:`,
    };
  if (/\$\{\w+[^}]*\}|^\$[A-Z][A-Z0-9_]*$/.test(value))
    return {
      found: "its value holds a $ reference that nothing has replaced",
      why: "the variable is taken as it is written",
      fix: "set what it names in the file .env beside the compose file, or write the value; docker run --env-file replaces nothing",
    };
  return null;
}
