/** What forms hold. Pure. */

/** The text of a field as it was typed: a password may begin with a space. */
export function exactIn(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

/** The text of a field, without the space around it. */
export function textIn(fields: FormData, name: string): string {
  return exactIn(fields, name).trim();
}
