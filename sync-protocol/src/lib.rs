//! The wire between devices and the hub, version 1: one exchange that pushes and pulls.
//!
//! `PROTOCOL.md` beside this crate describes every byte; `vectors/` holds golden bytes of every
//! message. Both ends use these types, and nothing here performs I/O. [`seal`] is what both seal what
//! they keep with.

mod codec;
mod digest;
mod error;
pub mod http;
pub mod limits;
mod message;
pub mod planted;
mod receipt;
pub mod seal;
pub mod sign_in;

pub use codec::{DecodeError, decode, decode_request, encode};
pub use digest::{Digest, FeedChain, cursors_hash};
pub use error::{Advice, ErrorCode, WireError};
pub use message::{
    ActorOrigin, BookPage, BookTitle, Cursor, Cursors, DayResult, DeviceReport, DownloadAsk, DownloadToken,
    DownloadedDocument, Entry, EntryBody, Generation, HeldDocument, Payload, Poke, PushResult, PushedChange,
    PushedDocument, RefusalCode, RepairAsk, Replacement, StreamState, StreamStatus, SyncRequest,
    SyncResponse, WipeReceipt,
};
pub use receipt::{Exchange, Proof, RECEIPT_BYTES, Statement, signed};

/// The protocol version this crate speaks.
pub const PROTOCOL_VERSION: u16 = 1;
/// The version of the built-in document schemas.
pub const SCHEMA_VERSION: u32 = 1;
