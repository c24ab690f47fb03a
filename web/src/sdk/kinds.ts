/** Words that the hub tells apart. Pure. */

/** What an account may do in principle. */
export const ROLES = ["rep", "manager", "hq", "admin"] as const;
/** One of them. */
export type Role = (typeof ROLES)[number];

/** What a file may hold. */
export const IMPORT_KINDS = ["org", "orders", "products", "calendar", "targets"] as const;
/** One of them. */
export type ImportKind = (typeof IMPORT_KINDS)[number];
