/** What stands behind the question marks of the administrator's addresses. Pure. */
import { IMPORT_KINDS, type ImportKind, ROLES, type Role } from "../../sdk/kinds";
import { isDay } from "../days";

type Raw = Record<string, unknown>;

/** The most letters that are looked for. */
const TEXT_LETTERS = 200;
/** The day it is, as addresses and the hub have it. */
export const TODAY = "today";
/** Days of silence one may filter by. */
export const SILENCES = [1, 3, 7, 30] as const;

/** A word of an address; the router reads a word of digits as a number. */
function textOf(value: unknown): string | undefined {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  return typeof text === "string" && text !== "" ? text.slice(0, TEXT_LETTERS) : undefined;
}

/** Leaves out what is undefined, so that addresses are short. */
function present<Search extends object>(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as Search;
}

function oneOf<Value>(values: readonly Value[], value: unknown): Value | undefined {
  return values.find((one) => one === value);
}

/** Which people are looked at. */
export interface PeopleSearch {
  readonly text?: string | undefined;
  readonly role?: Role | undefined;
  readonly state?: "active" | "disabled" | undefined;
}

export function readPeople(raw: Raw): PeopleSearch {
  return present({
    text: textOf(raw["text"]),
    role: oneOf(ROLES, raw["role"]),
    state: oneOf(["active", "disabled"] as const, raw["state"]),
  });
}

/** Which devices are looked at. */
export interface DeviceSearch {
  readonly text?: string | undefined;
  readonly user?: string | undefined;
  readonly state?: "active" | "revoked" | undefined;
  readonly silent?: (typeof SILENCES)[number] | undefined;
  readonly unsent?: true | undefined;
}

export function readDevices(raw: Raw): DeviceSearch {
  return present({
    text: textOf(raw["text"]),
    user: textOf(raw["user"]),
    state: oneOf(["active", "revoked"] as const, raw["state"]),
    silent: oneOf(SILENCES, raw["silent"]),
    unsent: oneOf([true] as const, raw["unsent"]),
  });
}

/** Which unit, on which day. */
export interface OrganisationSearch {
  readonly unit?: string | undefined;
  readonly on?: string | undefined;
}

export function readOrganisation(raw: Raw): OrganisationSearch {
  return present({ unit: textOf(raw["unit"]), on: isDay(raw["on"]) ? raw["on"] : undefined });
}

/** Whose absences, and on which day; today is today whenever the address is opened. */
export interface AbsenceSearch {
  readonly unit?: string | undefined;
  readonly on?: string | undefined;
}

export function readAbsences(raw: Raw): AbsenceSearch {
  const on = raw["on"];
  return present({ unit: textOf(raw["unit"]), on: on === TODAY || isDay(on) ? on : undefined });
}

/** Which branch is invited. */
export interface InviteSearch {
  readonly branch?: string | undefined;
}

export function readInvite(raw: Raw): InviteSearch {
  return present({ branch: textOf(raw["branch"]) });
}

/** What kind of file. */
export interface ImportSearch {
  readonly kind?: ImportKind | undefined;
}

export function readImport(raw: Raw): ImportSearch {
  return present({ kind: oneOf(IMPORT_KINDS, raw["kind"]) });
}

/** Which entries of the audit. */
export interface AuditSearch {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly user?: string | undefined;
  readonly action?: string | undefined;
  readonly text?: string | undefined;
}

export function readAudit(raw: Raw): AuditSearch {
  return present({
    from: isDay(raw["from"]) ? raw["from"] : undefined,
    to: isDay(raw["to"]) ? raw["to"] : undefined,
    user: textOf(raw["user"]),
    action: textOf(raw["action"]),
    text: textOf(raw["text"]),
  });
}
