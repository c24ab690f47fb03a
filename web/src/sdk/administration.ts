/** What administrators ask the hub: one function a route. */
import type { Query } from "./address";
import { ask } from "./ask";
import { IMPORT_KINDS, type ImportKind, type Role, ROLES } from "./kinds";
import type { components } from "./schema";

export { IMPORT_KINDS, type ImportKind, type Role, ROLES };

/** An opaque state, sent back with a change: where it is another one by now, nothing is changed. */
export type Version = string | number;

/** An account. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  readonly unit: string;
  readonly unit_name?: string | null;
  readonly disabled: boolean;
  readonly devices: number;
  readonly last_seen_ms?: number | null;
  /** Until when a code of it holds that nobody used. */
  readonly invited_until_ms?: number | null;
  readonly version: Version;
}

/** A page of rows. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total?: number;
  readonly next?: string | number | null;
}

export const accounts = (query: Query) => ask<Page<Account>>("GET", "/api/v1/accounts", { query });

/** A new account; the password is told once, where the hub made it. */
export const addAccount = (json: { name: string; role: Role; unit: string; password?: string }) =>
  ask<{ account: Account; password?: string | null }>("POST", "/api/v1/accounts", { json });

/** What may be changed of an account. */
export interface AccountChange {
  readonly version: Version;
  readonly role?: Role;
  readonly unit?: string;
  readonly disabled?: boolean;
}

export const changeAccount = (name: string, json: AccountChange) =>
  ask<Account>("POST", `/api/v1/accounts/${encodeURIComponent(name)}`, { json });

/** A new password, made by the hub and told once. */
export const newPassword = (name: string) =>
  ask<{ password?: string | null }>("POST", `/api/v1/accounts/${encodeURIComponent(name)}/password`, { json: {} });

/** A code that signs one device of a rep in, once: told this once. */
export interface Invitation {
  readonly code: string;
  /** The hub's page that takes it. */
  readonly path: string;
  readonly ends_ms: number;
}

export const inviteRep = (name: string, json: { days: number }) =>
  ask<Invitation>("POST", `/api/v1/accounts/${encodeURIComponent(name)}/invitation`, { json });

/** The codes of a branch's reps who had no device. */
export interface BranchInvited {
  readonly rows: readonly (Invitation & { readonly user: string; readonly unit: string; readonly name: string })[];
  /** Reps who were passed over, because they have one. */
  readonly with_device: number;
}

export const inviteBranch = (json: { branch: string; days: number }) =>
  ask<BranchInvited>("POST", "/api/v1/invitations", { json });

/** A device people signed in on. */
export interface Device {
  readonly device: string;
  readonly user: string;
  readonly unit?: string | null;
  readonly name: string;
  readonly last_seen_ms?: number | null;
  /** Up to when what was typed on it is known to be complete. */
  readonly complete_ms?: number | null;
  /** Unsent edits, as it last reported, where hubs are told. */
  readonly waiting?: number | null;
  /** Items in its tray, as it last reported. */
  readonly tray?: number | null;
  /** Its program's version, as it last reported. */
  readonly version?: string | null;
  readonly revoked: boolean;
}

export const devices = (query: Query) => ask<Page<Device>>("GET", "/api/v1/devices", { query });

export const revokeDevice = (device: string) =>
  ask<Device>("POST", `/api/v1/devices/${encodeURIComponent(device)}/revoke`, { json: {} });

/** An order to the organisation. */
export interface Order {
  readonly order: string;
  readonly unit: string;
  readonly day: string;
  readonly to?: string;
  readonly name?: string;
  readonly units?: readonly string[];
}

/** Days on which a rep is away. */
export type Absence = components["schemas"]["AbsenceTold"];

/** A rep's absences, in order. */
export type RepAbsences = components["schemas"]["RepAbsences"];

/** What is noted of a rep: away on some days, or back. */
export type Noting = components["schemas"]["Noting"];

const ABSENCES_PATH = "/api/v1/absences";

export const absences = (query: Query) => ask<Page<RepAbsences>>("GET", ABSENCES_PATH, { query });

export const noteAbsence = (json: Noting) => ask<RepAbsences>("POST", ABSENCES_PATH, { json });

/** A row that cannot be taken. */
export interface RowProblem {
  readonly row: number;
  readonly problem: string;
  readonly code?: string | null;
}

/** What is another one then. */
export interface Difference {
  readonly row?: number | null;
  readonly what: string;
  readonly key: string;
  readonly before?: string | null;
  readonly after?: string | null;
}

/** What an import or orders did, or would do. */
export interface Report {
  readonly kind: string;
  readonly dry_run: boolean;
  readonly version: Version;
  readonly rows: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly problems: readonly RowProblem[];
  /** Rows that are taken, with something a person should know. */
  readonly warnings?: readonly RowProblem[];
  readonly diff: readonly Difference[];
  /** Lines of the difference beyond those told. */
  readonly diff_left_out?: number;
}

export const giveOrders = (json: { orders: readonly Order[]; dry_run: boolean; version?: Version }) =>
  ask<Report>("POST", "/api/v1/organisation/orders", { json });

export const importFile = (kind: ImportKind, file: Blob, query: { dry_run: boolean; version?: Version }) =>
  ask<Report>("POST", `/api/v1/imports/${kind}`, { query, file });

/** An entry of the audit. */
export interface AuditEntry {
  readonly number: number;
  readonly at_ms: number;
  readonly user: string;
  readonly device?: string | null;
  readonly device_name?: string | null;
  readonly action: string;
  readonly object: string;
  readonly outcome: "done" | "refused";
  readonly detail?: string | null;
}

export const AUDIT_PATH = "/api/v1/audit";

export const audit = (query: Query) => ask<Page<AuditEntry>>("GET", AUDIT_PATH, { query });

/** Whether the chain of entries is whole. */
export interface AuditCheck {
  readonly entries: number;
  readonly whole: boolean;
  readonly first_wrong?: number | null;
}

export const checkAudit = () => ask<AuditCheck>("POST", "/api/v1/audit/check", { json: {} });

/** Something of the hub that is looked at. */
export interface Check {
  readonly check: string;
  readonly state: "ok" | "warning" | "bad";
  readonly detail: string;
  readonly to_do?: string | null;
}

/** Work the hub does by itself. */
export interface Job {
  readonly job: string;
  readonly last_ms?: number | null;
  readonly took_ms?: number | null;
  readonly outcome?: "done" | "failed" | null;
  readonly trouble?: string | null;
}

/** How the hub is. */
export interface Health {
  readonly version: string;
  readonly started_ms: number;
  readonly now_ms: number;
  readonly engine: string;
  readonly checks: readonly Check[];
  readonly jobs: readonly Job[];
}

export const health = () => ask<Health>("GET", "/api/v1/health");

/** Background work, ordered to run at once; what its last run came to. */
export const runJob = (job: string) => ask<Job>("POST", `/api/v1/health/jobs/${encodeURIComponent(job)}/run`, { json: {} });

/** What a setting may hold. */
export type SettingValue = string | number | boolean | null;

/** A setting in force. */
export interface Setting {
  readonly key: string;
  readonly help: string;
  readonly value: SettingValue;
  readonly default: SettingValue;
  readonly origin: "default" | "file" | "environment" | "administrator";
  readonly changeable: boolean;
  readonly kind: "text" | "number" | "flag" | "time" | "choice";
  readonly choices?: readonly string[] | null;
  /** Whether a stored value is used from the next start on. */
  readonly waits: boolean;
}

export interface Settings {
  readonly version: Version;
  readonly rows: readonly Setting[];
}

export const settings = () => ask<Settings>("GET", "/api/v1/settings");

export const changeSettings = (json: { version: Version; values: Readonly<Record<string, SettingValue>> }) =>
  ask<Settings>("POST", "/api/v1/settings", { json });

/** A target as it is set: a unit's, for days, of one measure. */
export interface TargetSet {
  readonly unit: string;
  readonly measure: "net" | "premium" | "ape";
  readonly type?: string;
  readonly from: string;
  readonly to: string;
  readonly value: number;
}

export const setTargets = (json: { rows: readonly TargetSet[]; version?: Version; dry_run?: boolean }) =>
  ask<{ problems?: readonly RowProblem[] }>("POST", "/api/v1/targets", { json });
