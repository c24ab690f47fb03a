/**
 * What the pages of the rep's app and the worker that holds the book say to each other.
 *
 * One worker of one tab has the book open (a Web Lock); workers of other tabs hand calls on to it. Each call has an id
 * of its own: a call whose answer was lost because its worker went away is sent again with the same id, and is done once.
 * Times are UTC instants as RFC 3339 text, days are `YYYY-MM-DD` in the company's zone, money is whole won.
 */

import type { components } from "../../sdk/schema";

/** Where the rep stands this month, as the hub told it last. Nothing of customers but how many there are. */
export type MonthStanding = components["schemas"]["StandingShown"];

/** What the rep is signed in on. */
export type OwnDevice = components["schemas"]["OwnDevice"];

/** Where the app stands; what each page may show follows from it. */
export type BookState =
  /** The worker is starting. */
  | { kind: "starting" }
  /** No hub was ever signed in to here: pairing. */
  | { kind: "unpaired" }
  /** There is a book, and the PIN is wanted. `waitUntil`: too many wrong ones. Whose it is, and how much of it was not sent,
      as far as the page knows. */
  | { kind: "locked"; waitUntil?: string; user?: string; unsent?: number }
  /** Open. `leader` is false where another tab has the book. */
  | { kind: "ready"; user: string; unit: string; server: string; leader: boolean }
  /** There was a book here and its storage is gone: browser or person cleared it. The hub has what was confirmed. */
  | { kind: "evicted"; user?: string; unsent?: number }
  /** An administrator revoked this device; its data were removed. While work is on it alone nothing is removed, and the
      status says `problem`. */
  | { kind: "revoked" }
  /** The app cannot work here; `code` says why (INSECURE-PAGE, STORE-FULL, STORE-UNWRITABLE, STORE-TOO-NEW, STORE-DAMAGED...). */
  | { kind: "unusable"; code: string; message: string };

/** How far a record has come: durable here, on its way, acknowledged by the hub. */
export type RecordState = "saved" | "sent" | "confirmed";

/** What the chip says. Five states, none of them a guess. */
export interface SyncStatus {
  chip: "synced" | "sending" | "offline" | "attention" | "problem";
  /** Edits and closed days the hub has not acknowledged. */
  unsent: number;
  /** The closed days among them. */
  closedDays: string[];
  /** Clashes and tray items that need a person. */
  attention: number;
  clashes: number;
  tray: number;
  /** True while the person must sign in again to send; reading and writing go on. */
  signInNeeded: boolean;
  /** Whether the last try reached the hub. */
  online: boolean;
  lastContact: string | null;
  lastSent: string | null;
  lastReceived: string | null;
  /** Set with chip `problem`. */
  problem?: { code: string; message: string };
  /** Bytes of this working day, bodies on the wire. */
  bytesUp: number;
  bytesDown: number;
  /** What the browser answered to being asked not to throw the book away. */
  persisted: boolean | null;
  /** Bytes the book takes, as far as the browser says. */
  usage: number | null;
  /** Set while a first download is under way: customers here, and in all (0: the hub does not say). */
  download?: { received: number; total: number };
}

/** A field's value as the hub's documents hold it: text, number, flag, or entries with ids. */
export type FieldValue = string | number | boolean | null;

export interface Entry { id: string; value: FieldValue }

/** A customer in lists: a projected row, no document is opened for it. */
export interface CustomerRow {
  id: string;
  name: string;
  birthDate: string | null;
  phone: string | null;
  lastContact: string | null;
  nextContactOn: string | null;
  policies: number;
  state: RecordState;
  clashes: number;
  blocked: boolean;
}

export interface Page<T> { rows: T[]; total: number }

/** Rules a document breaks. */
export interface Problem { code: string; field: string; blocking: boolean }

/** Values of one field that were written at the same time; `shown` is the one on display. */
export interface Clash {
  document: string;
  kind: "customer" | "policy";
  title: string;
  field: string;
  values: { value: FieldValue; shown: boolean; author: string; device: string; at: string }[];
}

export interface DocumentView {
  id: string;
  kind: "customer" | "policy" | "policy_record" | "product";
  /** Visible fields by name (`name`, `address.city`, `premium_won`); fields that keep several are lists of entries. */
  fields: Record<string, FieldValue | Entry[]>;
  clashes: Clash[];
  problems: Problem[];
  state: RecordState;
}

export interface PolicyRow {
  id: string;
  customer: string | null;
  customerName: string | null;
  product: string;
  productName: string;
  productType: string;
  premiumWon: number;
  paymentMode: "monthly" | "quarterly" | "annual" | "single";
  saleDate: string;
  withdrawnOn: string | null;
  status: string | null;
  state: RecordState;
  blocked: boolean;
}

/** One line of a customer's timeline, newest first. */
export interface TimelineLine {
  at: string;
  kind: "contact" | "note" | "policy" | "edit";
  text: string;
  author: string;
  document: string;
}

export interface HistoryLine {
  change: string;
  author: string;
  device: string;
  time: string;
  edits: { field: string; old: FieldValue; new: FieldValue }[];
}

export interface TrayItem {
  id: string;
  document: string;
  kind: string;
  title: string;
  reason: string;
  at: string;
  edits: { field: string; old: FieldValue; new: FieldValue; at: string }[];
}

export interface Product { code: string; name: string; type: string }

/** An edit in the trade's words; `value` null clears. */
export type Operation =
  | { op: "set"; field: string; value: FieldValue }
  | { op: "add"; field: string; value: FieldValue }
  | { op: "append"; field: string; line: string }
  | { op: "increment"; field: string; by: number };

/** What was done, and how to take it back (an ordinary edit; valid until the app is closed). */
export interface Done { document: string; undo: string }

export interface Sums {
  sold: number; withdrawn: number; net: number;
  premiumGrossWon: number; premiumNetWon: number; apeNetWon: number;
}

/** Own figures, and by which policies they differ from headquarters'. */
export interface OwnFigures {
  from: string; to: string;
  rows: { product: string; name: string; type: string; sums: Sums }[];
  total: Sums;
  headquarters: Sums;
  differences: { policy: string; customerName: string | null; why: "waiting" | "problem" | "withdrawn" | "unconfirmed" | "moved"; count: number; won: number }[];
  byDay: { day: string; sums: Sums }[];
}

/** What others did to this book since the person last looked. */
export interface Digest {
  since: string;
  lines: { at: string; author: string; document: string; title: string; what: "joined" | "left" | "changed" | "refused" | "clash"; fields: string[] }[];
}

export interface Today {
  day: string;
  closed: boolean;
  customers: number;
  sales: { day: Sums; month: Sums };
  /** Customers with a next contact up to today, birthdays within 7 days. */
  due: CustomerRow[];
  birthdays: CustomerRow[];
}

/** Calls. Every one answers from this device; only those marked with * speak with the hub. */
export interface Calls {
  state(): BookState;
  /** * First sign-in, with a pairing code of eight digits or name and password. The PIN (6 digits) seals the book. */
  pair(args: { server: string; pin: string; deviceName: string; code?: string; user?: string; password?: string }): BookState;
  /** * Sign in again on the same book. */
  signIn(args: { password: string }): BookState;
  unlock(args: { pin: string }): BookState;
  lock(): BookState;
  changePin(args: { old: string; new: string }): void;
  /** Forgets the sign-in and removes the book from this device; refused with UNSENT-WORK while anything is unsent, unless `evenUnsent`. */
  signOut(args: { evenUnsent?: boolean }): BookState;
  status(): SyncStatus;
  /** * */
  sync(): SyncStatus;
  today(): Today;
  /** Empty text lists all, by name in Korean order. Two syllables and initial consonants are found. */
  customers(args: { text: string; filter?: "visit_due" | "birthday" | "no_contact_90" | "referred" | "clash"; offset: number; limit: number }): Page<CustomerRow>;
  document(args: { id: string }): DocumentView;
  policies(args: { customer?: string; offset: number; limit: number }): Page<PolicyRow>;
  timeline(args: { customer: string; limit: number }): TimelineLine[];
  history(args: { id: string }): HistoryLine[];
  products(): Product[];
  createCustomer(args: { operations: Operation[] }): Done;
  recordSale(args: { customer: string; product: string; premiumWon: number; paymentMode: PolicyRow["paymentMode"]; saleDate?: string; more?: Operation[] }): Done;
  /** A visit or a call: one more in the count, a line in the contact log, the next date. */
  logContact(args: { customer: string; channel: "visit" | "call" | "message"; outcome: string; note?: string; nextContactOn?: string | null }): Done;
  edit(args: { id: string; operations: Operation[] }): Done;
  undo(args: { undo: string }): void;
  figures(args: { from: string; to: string }): OwnFigures;
  closeDay(args: { day: string }): void;
  clashes(): Clash[];
  /** Settles a clash: an ordinary edit. */
  settle(args: { document: string; field: string; value: FieldValue }): Done;
  tray(): TrayItem[];
  applyTray(args: { id: string }): void;
  dropTray(args: { id: string }): void;
  digest(): Digest;
  digestSeen(): void;
  /** * What the person is signed in on. */
  devices(): OwnDevice[];
  /** * Ends the sign-in of another device, for good. */
  revokeDevice(args: { device: string }): OwnDevice;
  /** Diagnostics without customer data, to be sent to support. */
  diagnostics(): { text: string };
}

/**
 * What a call that could not be done answers: what happened, what is safe, what to do, in `messages` by `code`:
 * LOCKED, PIN-WRONG, PIN-WAIT, PIN-SHAPE, ALREADY-PAIRED, NOT-PAIRED, WRONG-PASSWORD, PAIR-CODE-WRONG, OFFLINE, NO-ANSWER,
 * SIGN-IN-NEEDED, UNSENT-WORK, UNKNOWN, BAD-VALUE, READ-ONLY, NO-BOOK, DAY-TO-COME, TOO-MANY-DAYS, UNDO-GONE, BAD-CALL,
 * ENGINE-FAULT, STORE-*, SYNC-* and DEVICE-*.
 */
export interface CallProblem { code: string; message: string; retry: boolean }

/** What the worker says by itself. */
export type BookEvent =
  | { event: "state"; state: BookState }
  | { event: "status"; status: SyncStatus }
  /** Where the rep stands this month, whenever the hub was asked. */
  | { event: "standing"; standing: MonthStanding }
  /** How far the hub's clock is ahead of this device's, milliseconds; 0 where they are much the same. */
  | { event: "clock"; aheadMs: number }
  /** Records changed here, in another tab or by a sync; what shows them asks again. */
  | { event: "changed" };
