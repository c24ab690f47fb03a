//! Every limit of the wire, in one place. Caps are checked before anything is decoded.

/// Bytes of a request body after its content-encoding is undone.
pub const REQUEST_BYTES: usize = 8 * 1024 * 1024;
/// CBOR items of a request, arrays and their elements alike. Decoded, a request then takes a few
/// times its own size at most; 8 MiB of real edits hold fewer than this.
pub const REQUEST_ITEMS: usize = 250_000;
/// Bytes of a response body after its content-encoding is undone.
pub const RESPONSE_BYTES: usize = 32 * 1024 * 1024;
/// Documents one request may push.
pub const PUSHED_DOCUMENTS: usize = 1_000;
/// Changes one pushed document may carry.
pub const PUSHED_CHANGES: usize = 1_000;
/// Proofs one pushed document may carry.
pub const PROOFS: usize = 256;
/// Books one request may name; a device with more sends a hash.
pub const LISTED_BOOKS: usize = 4_096;
/// A device with more books than this sends one hash over its cursors.
pub const BOOKS_BEFORE_HASH: usize = 8;
/// Documents one repair request may list.
pub const REPAIR_DOCUMENTS: usize = 20_000;
/// Days one request may say are complete.
pub const CLOSED_DAYS: usize = 64;
/// Payload bytes after which the hub ends a page, unless the device asked for less.
pub const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// The smallest page a device may ask for.
pub const PAGE_BYTES_MIN: usize = 1024;
/// Feed entries of one book in one response.
pub const PAGE_ENTRIES: usize = 5_000;
/// Documents of one download page.
pub const DOWNLOAD_DOCUMENTS: usize = 2_000;
/// Bytes of a password, a user name, a device name.
pub const SIGN_IN_TEXT_BYTES: usize = 256;
/// Digits of a pairing code.
pub const PAIRING_CODE_DIGITS: usize = 8;
