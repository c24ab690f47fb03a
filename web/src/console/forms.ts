/** What forms hold. Pure. */

/** The text of a field, without the space around it. */
export function textIn(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value.trim() : "";
}
