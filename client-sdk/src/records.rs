//! What a device stores: one record per key, CBOR inside, sealed outside.

use std::collections::BTreeMap;

use document_model::{
    Actor, BookId, ChangeHash, DeviceId, DocumentId, FieldValue, Intent, Kind, UnitCode, date_of_number,
};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use serde::Serialize;
use sync_protocol::{Cursor, Digest, DownloadToken, Generation, Replacement, Statement};

use crate::store::StoreError;

/// The keys of records. Keys hold ids alone, never what a person typed.
pub(crate) mod keys {
    use super::{Actor, BookId, DocumentId};

    pub(crate) const DEVICE: &[u8] = b"device";
    pub(crate) const BOOKS: &[u8] = b"b/";
    pub(crate) const INDEX: &[u8] = b"i/";
    pub(crate) const ROWS: &[u8] = b"r/";
    pub(crate) const TRAY: &[u8] = b"t/";
    pub(crate) const ORIGINS: &[u8] = b"o/";
    pub(crate) const ON_THEIR_WAY: &[u8] = b"sent";
    pub(crate) const RECEIPTS: &[u8] = b"p/";
    pub(crate) const CALLS: &[u8] = b"c/";
    pub(crate) const JOURNAL: &[u8] = b"journal";

    pub(crate) fn book(id: BookId) -> Vec<u8> {
        [BOOKS, id.as_bytes()].concat()
    }
    pub(crate) fn document(id: DocumentId) -> Vec<u8> {
        [b"d/", id.as_bytes()].concat()
    }
    pub(crate) fn index(id: DocumentId) -> Vec<u8> {
        [INDEX, id.as_bytes()].concat()
    }
    pub(crate) fn row(id: DocumentId) -> Vec<u8> {
        [ROWS, id.as_bytes()].concat()
    }
    pub(crate) fn tray(id: DocumentId) -> Vec<u8> {
        [TRAY, id.as_bytes()].concat()
    }
    pub(crate) fn receipt(slot: u64) -> Vec<u8> {
        [RECEIPTS, &slot.to_be_bytes()].concat()
    }
    pub(crate) fn call(slot: u64) -> Vec<u8> {
        [CALLS, &slot.to_be_bytes()].concat()
    }
    pub(crate) fn origin(actor: Actor) -> Vec<u8> {
        [ORIGINS, actor.as_bytes()].concat()
    }
}

/// Who signed in on this store, and its stream of edits.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DeviceRecord {
    /// The hub's address.
    #[n(0)]
    pub server: String,
    /// The account.
    #[n(1)]
    pub user: String,
    /// The account's unit.
    #[n(2)]
    pub unit: UnitCode,
    /// The registered device.
    #[n(3)]
    pub device: DeviceId,
    /// The actor of every new edit.
    #[n(4)]
    pub actor: Actor,
    /// The generation the hub acknowledged last.
    #[n(5)]
    pub current: Generation,
    /// The generation the push under way moves to; 0 when none is.
    #[n(6)]
    pub next: Generation,
    /// Set when another copy of this store has moved on: unsent edits need a new actor.
    #[n(7)]
    pub renew_stream: bool,
    /// The short-lived token; empty when signed out.
    #[n(8)]
    pub access_token: String,
    /// Trades for new tokens, once; empty when signed out.
    #[n(9)]
    pub refresh_token: String,
    /// When the access token ends, milliseconds since the epoch by this device's clock.
    #[n(10)]
    pub access_until_ms: i64,
    /// When the hub was last reached, milliseconds since the epoch.
    #[n(11)]
    pub last_contact_ms: i64,
    /// Receipts kept so far; the newest ones are there.
    #[cbor(n(12), default)]
    pub receipts: u64,
    /// Days that the person said are complete and the hub has not answered, in order: days since 1970-01-01.
    #[cbor(n(13), default)]
    pub closed_days: Vec<i32>,
}

impl DeviceRecord {
    /// Those days, as they are written.
    pub(crate) fn days_waiting(&self) -> impl Iterator<Item = String> {
        self.closed_days.iter().filter_map(|number| Some(date_of_number(*number)?.to_string()))
    }
}

/// One book the device holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BookRecord {
    /// What people call it.
    #[n(0)]
    pub name: String,
    /// True when nobody but headquarters writes it.
    #[n(1)]
    pub read_only: bool,
    /// How far its feed was read; `None` during the first download.
    #[n(2)]
    pub cursor: Option<Cursor>,
    /// Where the first download goes on.
    #[n(3)]
    pub download: Option<DownloadToken>,
    /// The hub's digest that differed from this device's, to be repaired.
    #[n(4)]
    pub repair: Option<Digest>,
    /// The hub's digest a repair was last asked for: asking twice for one would never end.
    #[n(5)]
    pub repaired: Option<Digest>,
    /// True while pages of its feed are waiting at the hub.
    #[n(6)]
    pub behind: bool,
}

/// One document: what the hub acknowledged, and what this device added since.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DocumentRecord {
    /// Its kind.
    #[n(0)]
    pub kind: Kind,
    /// Its lineage.
    #[n(1)]
    pub lineage: u32,
    /// Books of this device that hold it. Empty: it left, and goes at the end of the exchange.
    #[n(2)]
    pub books: Vec<BookId>,
    /// The book it was made for on this device, until the hub has taken it.
    #[n(3)]
    pub made_for: Option<BookId>,
    /// The acknowledged state: a saved document, perhaps with changes appended. Empty before the
    /// first acknowledgement.
    #[n(4)]
    pub base: ByteVec,
    /// Unsent edits, parents first.
    #[n(5)]
    pub tail: Vec<TailChange>,
    /// Edits of the tail that history has in another form, learned from the hub.
    #[n(6)]
    pub replaced: Vec<Replacement>,
    /// Set when the hub lacks changes it acknowledged before: send all own ones again.
    #[n(7)]
    pub resend: bool,
    /// The civil day this device first had it, `YYYY-MM-DD`.
    #[n(8)]
    pub first_seen_on: String,
    /// Changes appended to the base since it was saved as one.
    #[n(9)]
    pub appended: u32,
    /// Heads of the base, none before the first acknowledgement.
    #[n(10)]
    pub heads: Vec<ChangeHash>,
    /// Made by the hub's own import: never late.
    #[n(11)]
    pub imported: bool,
    /// Who sold it, if it is a policy.
    #[n(12)]
    pub selling_rep: Option<UnitCode>,
    /// Changes of the base that the hub acknowledged once and lacks now, parents first.
    #[cbor(n(13), default)]
    pub lacking: Vec<ChangeHash>,
}

/// What the hub vouched for with one response.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReceiptRecord {
    /// Its signature.
    #[n(0)]
    pub receipt: ByteVec,
    /// What it stated, in order.
    #[n(1)]
    pub statements: Vec<Statement>,
}

/// One unsent edit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TailChange {
    /// Its hash.
    #[n(0)]
    pub hash: ChangeHash,
    /// The uncompressed change.
    #[n(1)]
    pub bytes: ByteVec,
    /// The edit as first authored, when this is a second authoring.
    #[n(2)]
    pub replaces: Option<ChangeHash>,
}

/// What the last request carried, until its outcome is known: the hub may or may not have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OnTheirWay {
    /// How many of each document's unsent edits.
    #[n(0)]
    pub(crate) edits: BTreeMap<DocumentId, u32>,
}

/// What is known of a document without loading it; all of these are held in memory.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct IndexRecord {
    /// Its kind.
    #[n(0)]
    pub kind: Kind,
    /// Books that hold it.
    #[n(1)]
    pub books: Vec<BookId>,
    /// Unsent edits.
    #[n(2)]
    pub unsent: u32,
    /// Its term in its books' digest; `None` before the first acknowledgement.
    #[n(3)]
    pub term: Option<Digest>,
    /// True when no book holds it and none is meant to: it goes at the end of the exchange.
    #[n(4)]
    pub homeless: bool,
    /// True when the hub lacks changes of it that it acknowledged once.
    #[cbor(n(5), default)]
    pub lacks: bool,
}

/// Whose an actor is, by the hub's record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OriginRecord {
    /// The account.
    #[n(0)]
    pub(crate) user: String,
    /// The device.
    #[n(1)]
    pub(crate) device: DeviceId,
}

/// How far a record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// Durable on this device.
    Saved,
    /// On its way: the hub may or may not have it.
    Sent,
    /// Acknowledged by the hub.
    Confirmed,
}

/// The projected row of a document: what lists, searches and figures read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The document.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Visible fields.
    pub fields: BTreeMap<String, FieldValue>,
    /// Fields with a clash.
    pub clashes: Vec<String>,
    /// The civil day this device first had it: what the rules measure back-dating from.
    pub first_seen_on: String,
    /// Made by the hub's own import: never late.
    pub imported: bool,
    /// Who sold it, if it is a policy.
    pub selling_rep: Option<UnitCode>,
}

#[derive(Encode, Decode)]
struct RowStored {
    #[n(0)]
    kind: Kind,
    #[n(1)]
    fields: String,
    #[n(2)]
    clashes: Vec<String>,
    #[n(3)]
    first_seen_on: String,
    #[n(4)]
    imported: bool,
    #[n(5)]
    selling_rep: Option<UnitCode>,
}

impl Row {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let stored = RowStored {
            kind: self.kind,
            fields: serde_json::to_string(&self.fields).expect("text keys and plain values are JSON"),
            clashes: self.clashes.clone(),
            first_seen_on: self.first_seen_on.clone(),
            imported: self.imported,
            selling_rep: self.selling_rep.clone(),
        };
        encode(&stored)
    }

    pub(crate) fn decode(id: DocumentId, bytes: &[u8]) -> Result<Self, StoreError> {
        let stored: RowStored = decode(bytes)?;
        let RowStored { kind, fields, clashes, first_seen_on, imported, selling_rep } = stored;
        let fields = serde_json::from_str(&fields).map_err(|error| damaged(&error))?;
        Ok(Self { id, kind, fields, clashes, first_seen_on, imported, selling_rep })
    }
}

/// Edits that need a person: refused, or without a place to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrayItem {
    /// Its id.
    pub id: DocumentId,
    /// The document the edits were made to.
    pub document: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Why they are here: a stable code.
    pub reason: String,
    /// The edits, in words.
    pub intents: Vec<Intent>,
    /// The edits as they were made.
    pub changes: Vec<ByteVec>,
    /// When they came here, milliseconds since the epoch.
    pub at_ms: i64,
}

#[derive(Encode, Decode)]
struct TrayStored {
    #[n(0)]
    document: DocumentId,
    #[n(1)]
    kind: Kind,
    #[n(2)]
    reason: String,
    #[n(3)]
    intents: String,
    #[n(4)]
    changes: Vec<ByteVec>,
    #[n(5)]
    at_ms: i64,
}

impl TrayItem {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let stored = TrayStored {
            document: self.document,
            kind: self.kind,
            reason: self.reason.clone(),
            intents: serde_json::to_string(&self.intents).expect("plain values are JSON"),
            changes: self.changes.clone(),
            at_ms: self.at_ms,
        };
        encode(&stored)
    }

    pub(crate) fn decode(id: DocumentId, bytes: &[u8]) -> Result<Self, StoreError> {
        let stored: TrayStored = decode(bytes)?;
        let TrayStored { document, kind, reason, intents, changes, at_ms } = stored;
        let intents = serde_json::from_str(&intents).map_err(|error| damaged(&error))?;
        Ok(Self { id, document, kind, reason, intents, changes, at_ms })
    }
}

/// A record's bytes.
pub(crate) fn encode<T: Encode<()>>(record: &T) -> Vec<u8> {
    minicbor::to_vec(record).expect("encoding into memory cannot fail")
}

/// A record of bytes.
pub(crate) fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, StoreError> {
    minicbor::decode(bytes).map_err(|error| damaged(&error))
}

fn damaged(error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: format!("a record cannot be read: {error}") }
}
