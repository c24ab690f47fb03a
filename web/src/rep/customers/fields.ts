/** Reading a document's fields. Pure. */
import type { DocumentView, Entry, FieldValue } from "../engine/contract";

/** A field as text; empty where there is none. */
export function textOf(document: DocumentView, field: string): string {
  const value = document.fields[field];
  return typeof value === "string" ? value : "";
}

/** A field's single value; nothing where it has several or none. */
export function valueOf(document: DocumentView, field: string): FieldValue {
  const value = document.fields[field];
  return value === undefined || Array.isArray(value) ? null : value;
}

/** The entries of a field that keeps several. */
export function entriesOf(document: DocumentView, field: string): readonly Entry[] {
  const value = document.fields[field];
  return Array.isArray(value) ? value : [];
}
