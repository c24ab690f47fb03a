//! Every message of protocol version 1. PROTOCOL.md says the same in words.
//!
//! Structures are CBOR arrays by field number, enumerations arrays of number and fields; fields may
//! be added at the end, numbers are never reused.

use document_model::{Actor, BookId, ChangeHash, DeviceId, DocumentId, Kind, UnitCode};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::digest::Digest;
use crate::receipt::Proof;

/// A position in the line of store generations of one actor: random, never reused. Zero: none yet.
pub type Generation = u64;

/// One exchange, device to hub.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncRequest {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub protocol: u16,
    /// The schema version the device knows.
    #[n(1)]
    pub schema: u32,
    /// The registered device.
    #[n(2)]
    pub device: DeviceId,
    /// The device's stream of edits and its store generation.
    #[n(3)]
    pub stream: StreamState,
    /// How far the device has read each book.
    #[n(4)]
    pub cursors: Cursors,
    /// Unsent edits, by document.
    #[n(5)]
    pub pushes: Vec<PushedDocument>,
    /// First downloads to continue.
    #[n(6)]
    pub downloads: Vec<DownloadAsk>,
    /// Books whose digest did not match: what the device holds of them.
    #[n(7)]
    pub repairs: Vec<RepairAsk>,
    /// "My work is complete up to this instant" (milliseconds since the epoch, device clock; the hub
    /// bounds it by its own).
    #[n(8)]
    pub complete_up_to_ms: Option<i64>,
    /// The Automerge bundle version the device reads; absent: none.
    #[n(9)]
    pub bundle_version: Option<u8>,
    /// Payload bytes the device wants in the response at most.
    #[n(10)]
    pub page_bytes: u32,
    /// Proof that a wipe order was carried out.
    #[n(11)]
    pub wiped: Option<WipeReceipt>,
    /// "These days of mine are complete", as the person said: days since 1970-01-01. Sent only with a request
    /// that holds every unsent edit.
    #[n(12)]
    pub closed_days: Option<Vec<i32>>,
    /// What the device says of itself, for those who look after devices.
    #[n(13)]
    pub report: Option<DeviceReport>,
}

/// What a device says of itself, as it was when the request was composed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DeviceReport {
    /// The program's version, for people to read.
    #[n(0)]
    pub version: String,
    /// Edits that the hub has not acknowledged, those of this request among them.
    #[n(1)]
    pub unsent: u32,
    /// Items in the tray.
    #[n(2)]
    pub tray: u32,
}

/// The device's stream of edits and where its store stands in the line of generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct StreamState {
    /// The actor all unsent edits are written under.
    #[n(0)]
    pub actor: Actor,
    /// The generation the hub acknowledged last; 0 for an actor the hub has not seen.
    #[n(1)]
    pub current: Generation,
    /// The generation this push moves to. Stored on the device before it is sent.
    #[n(2)]
    pub next: Generation,
}

/// The device's cursors.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Cursors {
    /// One by one.
    #[n(0)]
    List(#[n(0)] Vec<Cursor>),
    /// Many books: a hash over all ([`crate::cursors_hash`]); the hub asks for the list if it differs.
    #[n(1)]
    Hash(#[cbor(n(0), with = "minicbor::bytes")] [u8; 32]),
}

/// How far a device has read a book's feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Cursor {
    /// The book.
    #[n(0)]
    pub book: BookId,
    /// The feed's epoch: another one after a restore.
    #[n(1)]
    pub epoch: u64,
    /// The last entry read.
    #[n(2)]
    pub seq: u64,
    /// The feed's chained hash at `seq`, its first 8 bytes, big-endian.
    #[n(3)]
    pub check: u64,
}

/// Unsent edits of one document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PushedDocument {
    /// The document. Absent: the one whose history holds the first parent of the first change, which
    /// that change names already. A document the hub may not know is always named.
    #[n(0)]
    pub document: Option<DocumentId>,
    /// Its kind.
    #[n(1)]
    pub kind: Kind,
    /// Its lineage as the device knows it.
    #[n(2)]
    pub lineage: u32,
    /// The book a new document goes into; ignored for a known one.
    #[n(3)]
    pub book: BookId,
    /// The changes, parents first.
    #[n(4)]
    pub changes: Vec<PushedChange>,
    /// Where some of the changes were in history before the hub was restored from an older copy: that
    /// it said so then. They may be anybody's.
    #[n(5)]
    pub proofs: Option<Vec<Proof>>,
}

/// One uncompressed Automerge change (chunk type 1).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PushedChange {
    /// The chunk.
    #[n(0)]
    pub bytes: ByteVec,
    /// The unsent change this one was authored again for.
    #[n(1)]
    pub replaces: Option<ChangeHash>,
}

/// Continue, or begin, the first download of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct DownloadAsk {
    /// The book.
    #[n(0)]
    pub book: BookId,
    /// Where the last page ended; absent to begin.
    #[n(1)]
    pub token: Option<DownloadToken>,
}

/// A place in the frozen order of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct DownloadToken {
    /// The feed position the walk began at.
    #[n(0)]
    pub as_of: Cursor,
    /// Documents used later than this are behind the walk (a feed position of the book).
    #[n(1)]
    pub last_used: u64,
    /// Set once the walk revisits documents touched while it ran: the last one revisited.
    #[n(2)]
    pub revisited: Option<DocumentId>,
}

/// What a device holds of a book whose digest differs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RepairAsk {
    /// The book.
    #[n(0)]
    pub book: BookId,
    /// Every document held of it.
    #[n(1)]
    pub held: Vec<HeldDocument>,
}

/// A document a device holds, by the hash of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct HeldDocument {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// First 8 bytes, big-endian, of the document's digest term.
    #[n(1)]
    pub state: u64,
}

/// Proof that a device carried out a wipe order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WipeReceipt {
    /// The order.
    #[n(0)]
    pub order: ByteVec,
    /// Edits the device still held unsent, sealed for the tray.
    #[n(1)]
    pub unsent: u32,
}

/// The answer to one exchange.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SyncResponse {
    /// [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub protocol: u16,
    /// The hub's clock, milliseconds since the epoch.
    #[n(1)]
    pub hub_time_ms: i64,
    /// What the hub says of the device's stream.
    #[n(2)]
    pub stream: StreamStatus,
    /// One per pushed document, in the order pushed.
    #[n(3)]
    pub results: Vec<PushResult>,
    /// News, by book. Books without news are left out.
    #[n(4)]
    pub books: Vec<BookPage>,
    /// Books the device holds no longer.
    #[n(5)]
    pub gone: Vec<BookId>,
    /// Where the actors named in this response's payloads come from.
    #[n(6)]
    pub origins: Vec<ActorOrigin>,
    /// The cursors' hash differs: send the list.
    #[n(7)]
    pub list_cursors: bool,
    /// An order to wipe this device: its id, to be named in the receipt.
    #[n(8)]
    pub wipe: Option<ByteVec>,
    /// The hub's MAC over all that this response states; absent when it states nothing.
    #[n(9)]
    pub receipt: Option<ByteVec>,
    /// One per closed day of the request, in order; absent where the hub noted none of them this time.
    #[n(10)]
    pub day_results: Option<Vec<DayResult>>,
}

/// What became of the statement that a day is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum DayResult {
    /// It is on record.
    #[n(0)]
    Noted,
    /// The day has not begun, by the hub's clock and the company's zone. Nothing was noted.
    #[n(1)]
    NotYet,
    /// The day is too long over. Nothing was noted.
    #[n(2)]
    TooOld,
    /// The person is no rep. Nothing was noted.
    #[n(3)]
    NotARep,
}

/// What the hub says of the device's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum StreamStatus {
    /// The store is the newest of its line.
    #[n(0)]
    Current,
    /// Another copy of this store has moved on: take a new actor, author unsent edits again.
    #[n(1)]
    Stale,
}

/// What became of one pushed document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PushResult {
    /// Every change is durable and in history (some may have been before).
    #[n(0)]
    Accepted,
    /// Parents are missing: send these changes first. Nothing was stored.
    #[n(1)]
    Need {
        /// The parents.
        #[n(0)]
        parents: Vec<ChangeHash>,
    },
    /// The document has begun a new lineage. Nothing was stored.
    #[n(2)]
    Superseded {
        /// The lineage now.
        #[n(0)]
        lineage: u32,
    },
    /// Some edits are in history already, as themselves or authored again. Nothing was stored.
    #[n(3)]
    Replaced {
        /// Which, by what.
        #[n(0)]
        pairs: Vec<Replacement>,
    },
    /// The actor has another change of this number in history: author again under a new actor.
    #[n(4)]
    Fork,
    /// The stream is stale: author again under a new actor. Nothing was stored.
    #[n(5)]
    StaleStream,
    /// Changes from index `from` on are refused for good; those before are accepted.
    #[n(6)]
    Refused {
        /// Why.
        #[n(0)]
        code: RefusalCode,
        /// The first refused change, by index in the push.
        #[n(1)]
        from: u32,
    },
    /// Kept at the hub for a person's review; it counts for nothing until then.
    #[n(7)]
    Held {
        /// Why.
        #[n(0)]
        code: RefusalCode,
    },
    /// Not this time; push again.
    #[n(8)]
    Retry,
}

/// An edit that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Replacement {
    /// The edit as it was first authored.
    #[n(0)]
    pub replaced: ChangeHash,
    /// The change in history that stands for it (itself, if it arrived as it was).
    #[n(1)]
    pub by: ChangeHash,
}

/// Why edits of a document are refused: only for authorisation, size, version or corruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum RefusalCode {
    /// The document is in none of the books this person may write.
    #[n(1)]
    NotYours,
    /// Only headquarters writes documents of this kind.
    #[n(2)]
    HeadquartersOnly,
    /// The document or the change is too large.
    #[n(3)]
    TooLarge,
    /// The bytes are no change that fits this document.
    #[n(4)]
    Malformed,
    /// The change was written by an actor of another device.
    #[n(5)]
    ForeignActor,
    /// The change rebuilds the document's structure or holds operations the hub cannot judge.
    #[n(6)]
    NotPermitted,
    /// The document was erased.
    #[n(7)]
    Erased,
    /// The document is of another kind.
    #[n(8)]
    WrongKind,
}

impl RefusalCode {
    /// The stable code people and programs see.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotYours => "not_yours",
            Self::HeadquartersOnly => "headquarters_only",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::ForeignActor => "foreign_actor",
            Self::NotPermitted => "not_permitted",
            Self::Erased => "erased",
            Self::WrongKind => "wrong_kind",
        }
    }
}

/// News of one book.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BookPage {
    /// The book.
    #[n(0)]
    pub book: BookId,
    /// Its name, sent with the first page of a download.
    #[n(1)]
    pub title: Option<BookTitle>,
    /// Documents of a first download.
    #[n(2)]
    pub downloaded: Vec<DownloadedDocument>,
    /// Set while a first download is under way: send it with the next request.
    #[n(3)]
    pub download: Option<DownloadToken>,
    /// Feed entries after the device's cursor, in order. The device's own pushes of this very
    /// request are left out: their results stand for them.
    #[n(4)]
    pub entries: Vec<Entry>,
    /// The cursor after these entries; absent while a download is under way.
    #[n(5)]
    pub cursor: Option<Cursor>,
    /// More is waiting: ask again at once.
    #[n(6)]
    pub more: bool,
    /// On the last page: the sum over all documents of the book.
    #[n(7)]
    pub digest: Option<Digest>,
}

/// What a book is called and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct BookTitle {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// True for a book nobody but headquarters writes.
    #[n(1)]
    pub read_only: bool,
}

/// One document of a first download.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DownloadedDocument {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its kind.
    #[n(1)]
    pub kind: Kind,
    /// Its lineage.
    #[n(2)]
    pub lineage: u32,
    /// The saved Automerge document.
    #[n(3)]
    pub snapshot: ByteVec,
    /// Who sold it, if it is a policy.
    #[n(4)]
    pub selling_rep: Option<UnitCode>,
}

/// One entry of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// Its number.
    #[n(0)]
    pub seq: u64,
    /// The document it is about; absent if `pushed` says it.
    #[n(1)]
    pub document: Option<DocumentId>,
    /// The document's lineage.
    #[n(2)]
    pub lineage: u32,
    /// What happened.
    #[n(3)]
    pub body: EntryBody,
    /// The document it is about, as a place in the pushes of the request that is answered: the device
    /// knows what it pushed.
    #[n(4)]
    pub pushed: Option<u32>,
}

/// What a feed entry says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum EntryBody {
    /// An edit.
    #[n(0)]
    Changes {
        /// When the hub stored it, milliseconds since the epoch.
        #[n(0)]
        arrived_ms: i64,
        /// The edit itself.
        #[n(1)]
        payload: Payload,
    },
    /// The document as a whole: older entries were folded, or a new lineage began.
    #[n(1)]
    Snapshot {
        /// The document's kind.
        #[n(0)]
        kind: Kind,
        /// The saved document.
        #[n(1)]
        snapshot: ByteVec,
    },
    /// The document came into the book.
    #[n(2)]
    Joined {
        /// The document's kind.
        #[n(0)]
        kind: Kind,
        /// Its heads when it joined; none when it was born here.
        #[n(1)]
        heads: Vec<ChangeHash>,
        /// What a reader lacks: the saved document, when it was not born here.
        #[n(2)]
        snapshot: Option<ByteVec>,
        /// Who sold it, if it is a policy.
        #[n(3)]
        selling_rep: Option<UnitCode>,
    },
    /// The document left the book.
    #[n(3)]
    Left,
    /// The document was merged into another.
    #[n(4)]
    Redirected {
        /// Into which.
        #[n(0)]
        to: DocumentId,
    },
    /// The document was erased: forget it.
    #[n(5)]
    Erased,
}

/// Changes in the smallest form the device reads.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Payload {
    /// Uncompressed changes, one after the other.
    #[n(0)]
    Raw(#[n(0)] Vec<ByteVec>),
    /// An Automerge bundle, only to devices that announced its version.
    #[n(1)]
    Bundle(#[n(0)] ByteVec),
    /// A saved document that holds them.
    #[n(2)]
    Snapshot(#[n(0)] ByteVec),
    /// The device's own stream made them earlier.
    #[n(3)]
    Known(#[n(0)] Vec<ChangeHash>),
}

/// Whose an actor is, by the hub's record. What a change claims counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ActorOrigin {
    /// The actor.
    #[n(0)]
    pub actor: Actor,
    /// The account that writes with it.
    #[n(1)]
    pub user: String,
    /// The device.
    #[n(2)]
    pub device: DeviceId,
}

/// "Look again": the only thing that travels on the WebSocket, hub to device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Poke {
    /// The book.
    #[n(0)]
    pub book: BookId,
    /// Its newest entry.
    #[n(1)]
    pub seq: u64,
}
