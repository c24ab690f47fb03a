//! Every limit of a document, in one place.

/// Bytes of one value of a field.
pub const VALUE_BYTES: usize = 8 * 1024;
/// Bytes of a root or container key.
pub const KEY_BYTES: usize = 96;
/// Bytes of one change as pushed.
pub const CHANGE_BYTES: usize = 96 * 1024;
/// Operations of one change.
pub const CHANGE_OPERATIONS: usize = 20_000;
/// Values of one column of a change: an operation that settles a clash replaces several.
pub const CHANGE_COLUMN_ROWS: u64 = 80_000;
/// Parents one change may name.
pub const CHANGE_DEPENDENCIES: usize = 64;
/// A saved document from this on begins anew, where that makes it at most half as large.
pub const LINEAGE_BYTES: usize = 64 * 1024;
/// A saved document above this takes only changes that shrink it.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;
/// Operations of a document's whole history; a document above this takes no more. Bytes alone do not
/// bound the work of reading it: a few of them can stand for very many equal operations.
pub const DOCUMENT_OPERATIONS: u64 = 250_000;
/// A premium above this is a typing error, not a sale: 100 billion won.
pub const PREMIUM_WON: i64 = 100_000_000_000;
/// Days a sale may be dated before the day the hub first saw it, where the company does not say otherwise.
pub const BACK_DATING_DAYS: i32 = 31;
/// Days a customer may withdraw after receiving the certificate, where the company does not say otherwise.
pub const WITHDRAWAL_DAYS_FROM_CERTIFICATE: i32 = 15;
/// Days a customer may withdraw after the application, where the company does not say otherwise.
pub const WITHDRAWAL_DAYS_FROM_APPLICATION: i32 = 30;
/// Days that a company may set for any of these three: ten years.
pub const SALE_RULE_DAYS: i32 = 3_660;
