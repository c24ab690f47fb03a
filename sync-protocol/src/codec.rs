//! Encoding and decoding with limits: caps first, then bytes.

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode};

use crate::error::ErrorCode;
use crate::limits;
use crate::message::{Cursors, SyncRequest};

/// Bytes that are no message, or one beyond a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not a message.
    #[error("not a message of this protocol: {0}")]
    Malformed(String),
    /// Trailing bytes after the message.
    #[error("{0} bytes after the end of the message")]
    Trailing(usize),
    /// A limit was exceeded.
    #[error("{what}: {found} is more than {max}")]
    TooLarge {
        /// What.
        what: &'static str,
        /// How many.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// Another protocol version; 65,535 stands for every larger one too.
    #[error("protocol version {0} is not spoken here")]
    Version(u16),
}

impl DecodeError {
    /// The error code that tells the other end.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed(_) | Self::Trailing(_) => ErrorCode::Malformed,
            Self::TooLarge { .. } => ErrorCode::TooLarge,
            Self::Version(_) => ErrorCode::UpgradeNeeded,
        }
    }
}

/// The bytes of a message.
#[must_use]
pub fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    minicbor::to_vec(message).expect("encoding into memory cannot fail")
}

/// Reads a message of at most `max` bytes that fills them exactly.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8], max: usize) -> Result<T, DecodeError> {
    cap("bytes", bytes.len(), max)?;
    let mut decoder = Decoder::new(bytes);
    let message = decoder.decode().map_err(|error| DecodeError::Malformed(error.to_string()))?;
    match bytes.len() - decoder.position() {
        0 => Ok(message),
        trailing => Err(DecodeError::Trailing(trailing)),
    }
}

/// Reads a request: its version first, so that a newer shape is answered with "upgrade" and not
/// "malformed"; then its items are counted, so that a small body cannot become a large value in
/// memory; then the whole, then its limits.
pub fn decode_request(bytes: &[u8]) -> Result<SyncRequest, DecodeError> {
    cap("bytes", bytes.len(), limits::REQUEST_BYTES)?;
    let version = peek_version(bytes).map_err(|error| DecodeError::Malformed(error.to_string()))?;
    if version != crate::PROTOCOL_VERSION {
        return Err(DecodeError::Version(version));
    }
    cap_items(bytes)?;
    let request: SyncRequest = decode(bytes, limits::REQUEST_BYTES)?;
    cap("pushed documents", request.pushes.len(), limits::PUSHED_DOCUMENTS)?;
    for push in &request.pushes {
        cap("changes of one document", push.changes.len(), limits::PUSHED_CHANGES)?;
        let proofs = push.proofs.as_deref().unwrap_or_default();
        cap("proofs of one document", proofs.len(), limits::PROOFS)?;
    }
    if let Cursors::List(cursors) = &request.cursors {
        cap("books", cursors.len(), limits::LISTED_BOOKS)?;
    }
    cap("downloads", request.downloads.len(), limits::LISTED_BOOKS)?;
    cap("books to repair", request.repairs.len(), limits::LISTED_BOOKS)?;
    let held: usize = request.repairs.iter().map(|repair| repair.held.len()).sum();
    cap("documents to repair", held, limits::REPAIR_DOCUMENTS)?;
    cap(
        "bytes of a version",
        request.report.as_ref().map_or(0, |report| report.version.len()),
        limits::VERSION_BYTES,
    )?;
    cap("closed days", request.closed_days.as_deref().unwrap_or_default().len(), limits::CLOSED_DAYS)?;
    Ok(request)
}

fn peek_version(bytes: &[u8]) -> Result<u16, minicbor::decode::Error> {
    let mut decoder = Decoder::new(bytes);
    decoder.array()?;
    decoder.u64().map(|version| u16::try_from(version).unwrap_or(u16::MAX))
}

/// Counts CBOR items without keeping any, and refuses types that no request holds: lengths left
/// open, maps, tags and floats.
fn cap_items(bytes: &[u8]) -> Result<(), DecodeError> {
    let mut decoder = Decoder::new(bytes);
    let mut items = 0;
    while decoder.position() < bytes.len() {
        items += 1;
        cap("items", items, limits::REQUEST_ITEMS)?;
        skip_item(&mut decoder).map_err(|error| DecodeError::Malformed(error.to_string()))?;
    }
    Ok(())
}

fn skip_item(decoder: &mut Decoder<'_>) -> Result<(), minicbor::decode::Error> {
    match decoder.datatype()? {
        Type::Array => decoder.array().map(drop),
        Type::Bytes => decoder.bytes().map(drop),
        Type::String => decoder.str().map(drop),
        Type::Bool => decoder.bool().map(drop),
        Type::Null => decoder.null(),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64().map(drop),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.i64().map(drop),
        _ => Err(minicbor::decode::Error::message("a type no request holds").at(decoder.position())),
    }
}

fn cap(what: &'static str, found: usize, max: usize) -> Result<(), DecodeError> {
    if found > max { Err(DecodeError::TooLarge { what, found, max }) } else { Ok(()) }
}
