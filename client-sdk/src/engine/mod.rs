//! The engine of a device: what an edit, a sync and an answer of the hub do to its records.
//!
//! Pure: state and records in, writes and messages out. It reads no clock, draws no randomness and
//! touches no store; the client around it loads the records an event needs ([`Engine::needed`]),
//! calls [`Engine::step`], commits the writes and only then does what else the effects say.
//!
//! Per document there is a *base*, what the hub acknowledged, and a *tail*, what it has not.
//! Nothing leaves the tail but by acknowledgement or into the tray.

mod compose;
mod desk;
mod edit;
mod lineage;
mod open;
mod reauthor;
mod reply;
mod restored;
mod retry;
mod working;

use std::collections::{BTreeMap, BTreeSet};

use document_model::{
    Actor, BookId, Catalogue, Date, DocumentId, EditError, Entropy, Intent, Kind, Moment, Operation, Product,
    SaleRules, civil_date,
};
use jiff::tz::TimeZone;
use sync_protocol::{Digest, Poke, SyncRequest, SyncResponse, WireError};

pub use open::OpenedSnapshot;
pub(crate) use open::{clashes_shown, load_base, load_full};
pub use retry::Retry;

use crate::records::{
    BookRecord, DeviceRecord, DocumentRecord, IndexRecord, OnTheirWay, ReceiptRecord, RecordState, TrayItem,
    encode, keys,
};
use crate::store::Batch;

/// Documents up to which copying the engine costs less than reading it again.
const CHEAP_COPY: usize = 2_000;

/// Something that happens to the device.
#[derive(Debug)]
pub enum Event {
    /// A person edits a document, or makes one.
    Edit {
        /// The document.
        document: DocumentId,
        /// The kind of a new document; `None` to edit one that is there.
        create: Option<Kind>,
        /// What is done.
        operations: Vec<Operation>,
    },
    /// It is time to sync: compose a request.
    Sync {
        /// What the hub once vouched for; needed only while it lacks what it acknowledged.
        receipts: Vec<ReceiptRecord>,
    },
    /// The hub answered.
    Reply {
        /// What was asked.
        request: Box<Outgoing>,
        /// The answer.
        response: Box<SyncResponse>,
        /// Its downloaded documents, opened, in the order of the answer.
        opened: Vec<Result<OpenedSnapshot, EngineError>>,
    },
    /// The exchange failed.
    Failed {
        /// How.
        failure: Failure,
        /// What was asked.
        request: Box<Outgoing>,
    },
    /// A person applies a tray item again.
    ApplyTray(Box<TrayItem>),
    /// A person drops a tray item.
    DropTray(DocumentId),
}

/// A request on its way, and what its pushes are about: on the wire, most are named by their history.
#[derive(Debug)]
pub struct Outgoing {
    /// The message.
    pub request: SyncRequest,
    /// The documents of its pushes, in their order.
    pub documents: Vec<DocumentId>,
}

/// How an exchange failed. Nothing is dropped, whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The hub was not reached: what was to be sent is still here alone.
    Unreachable,
    /// The connection was lost, or the answer: the hub may or may not have what was sent.
    NoAnswer,
    /// The hub said no.
    Hub(WireError),
}

impl Failure {
    /// True when nothing of what was to be sent can be in the hub's history.
    fn before_any_edit(self) -> bool {
        match self {
            Self::Unreachable => true,
            Self::NoAnswer => false,
            Self::Hub(error) => error.code.before_any_edit(),
        }
    }
}

/// Records an event needs, by document; `None` for documents the device does not hold.
pub type Records = BTreeMap<DocumentId, Option<DocumentRecord>>;

/// What a step does. `writes` are committed first; the rest only after they are durable.
#[derive(Debug, Default)]
pub struct Effects {
    /// Writes to commit, in order: a later batch only after the one before is durable.
    pub writes: Vec<Batch>,
    /// A request to send.
    pub send: Option<Box<Outgoing>>,
    /// True when another exchange should follow at once.
    pub again: bool,
    /// What an exchange did.
    pub report: Report,
}

/// What exchanges did, in numbers for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Edits acknowledged.
    pub sent: u64,
    /// Changes and documents taken in.
    pub received: u64,
    /// Edits that went into the tray.
    pub refused: u64,
    /// Times the device found its store to be an older copy and took a new stream.
    pub renewed: u64,
    /// Exchanges in which the hub itself said that another copy of this store had moved on.
    pub stale: u64,
    /// Documents whose edits the hub found forked: history held others under the same numbers.
    pub forked: u64,
    /// Changes given back to a hub that was restored from an older copy.
    pub given_back: u64,
    /// Documents asked for again because digests differed.
    pub repaired: u64,
    /// Documents that came in a form nobody can read: damaged at the hub.
    pub unreadable: u64,
    /// Days the person said are complete that are on record now.
    pub days_noted: u64,
    /// Such days the hub did not take.
    pub days_refused: u64,
}

impl Report {
    /// Adds another report.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.received += other.received;
        self.refused += other.refused;
        self.renewed += other.renewed;
        self.stale += other.stale;
        self.forked += other.forked;
        self.given_back += other.given_back;
        self.repaired += other.repaired;
        self.unreadable += other.unreadable;
        self.days_noted += other.days_noted;
        self.days_refused += other.days_refused;
    }
}

/// Why a step could not be taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The document is not in any book of this device.
    #[error("no such document in your books")]
    UnknownDocument,
    /// A day that has not begun is not complete.
    #[error("that day has not begun; nothing was noted")]
    DayToCome,
    /// More days are said to be complete than wait here.
    #[error("too many days said to be complete wait for the hub already; nothing was noted; sync first")]
    TooManyDays,
    /// Only headquarters writes it.
    #[error("only headquarters changes this")]
    ReadOnly,
    /// The edit cannot be made.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// A stored record cannot be read.
    #[error("a stored document cannot be read: {0}")]
    Damaged(String),
    /// The hub's answer does not fit the request.
    #[error("the hub's answer does not fit the request: {0}")]
    Answer(&'static str),
    /// The device has no book of its own to put a new document into.
    #[error("no book has arrived yet; sync once before the first edit")]
    NoBook,
}

/// A device's state in memory; everything in it is stored too.
#[derive(Debug, Clone)]
pub struct Engine {
    device: DeviceRecord,
    books: BTreeMap<BookId, BookRecord>,
    index: BTreeMap<DocumentId, IndexRecord>,
    digests: BTreeMap<BookId, Digest>,
    catalogue: Catalogue,
    sale_rules: SaleRules,
    zone: TimeZone,
    retry: Retry,
    /// Documents the hub could not take as part of a message; the others go on without them.
    set_aside: BTreeSet<DocumentId>,
    push_limit: usize,
    list_cursors: bool,
    /// The time of contact as it is stored.
    contact_stored_ms: i64,
    page_bytes: u32,
    /// Streams the hub itself writes with: documents that begin with one were imported.
    hub_actors: BTreeSet<Actor>,
    /// Streams this store wrote with before, to be written down as its owner's own.
    former_actors: Vec<Actor>,
    /// What the hub may or may not have: carried by requests whose outcome nobody told.
    on_their_way: OnTheirWay,
    /// The same before the present request: what still holds when that turns out not to have been sent.
    on_their_way_before: OnTheirWay,
}

impl Engine {
    /// An engine over what a store holds.
    #[must_use]
    pub fn new(
        device: DeviceRecord,
        books: BTreeMap<BookId, BookRecord>,
        index: BTreeMap<DocumentId, IndexRecord>,
        products: impl IntoIterator<Item = Product>,
        hub_actors: BTreeSet<Actor>,
        zone: TimeZone,
    ) -> Self {
        let mut digests: BTreeMap<BookId, Digest> = BTreeMap::new();
        for entry in index.values() {
            for (book, term) in entry.books.iter().zip(entry.term.into_iter().cycle()) {
                let sum = digests.entry(*book).or_default();
                *sum = sum.plus(term);
            }
        }
        let contact_stored_ms = device.last_contact_ms;
        Self {
            device,
            books,
            index,
            digests,
            catalogue: products.into_iter().collect(),
            sale_rules: SaleRules::default(),
            zone,
            retry: Retry::default(),
            set_aside: BTreeSet::new(),
            push_limit: sync_protocol::limits::PUSHED_DOCUMENTS,
            list_cursors: false,
            contact_stored_ms,
            page_bytes: sync_protocol::limits::PAGE_BYTES as u32,
            hub_actors,
            former_actors: Vec::new(),
            on_their_way: OnTheirWay::default(),
            on_their_way_before: OnTheirWay::default(),
        }
    }

    /// The same engine, in the middle of a request whose outcome nobody has told it.
    #[must_use]
    pub(crate) fn with_on_their_way(mut self, on_their_way: OnTheirWay) -> Self {
        self.on_their_way = on_their_way;
        self
    }

    /// The same engine, knowing these products.
    #[must_use]
    pub fn with_products(mut self, products: impl IntoIterator<Item = Product>) -> Self {
        products.into_iter().for_each(|product| self.catalogue.insert(product));
        self
    }

    /// The same engine, judging sale days and withdrawals by these rules.
    #[must_use]
    pub fn with_sale_rules(self, sale_rules: SaleRules) -> Self {
        Self { sale_rules, ..self }
    }

    /// A copy to go back to when an edit turns out to be impossible; other events are rare to fail
    /// and make the engine anew from the store.
    pub(crate) fn clone_if_cheap(&self, event: &Event) -> Option<Self> {
        matches!(event, Event::Edit { .. } if self.index.len() < CHEAP_COPY).then(|| self.clone())
    }

    /// The documents whose records an event needs.
    #[must_use]
    pub fn needed(&self, event: &Event) -> BTreeSet<DocumentId> {
        match event {
            Event::Edit { document, .. } => BTreeSet::from([*document]),
            Event::Sync { .. } => self.needed_to_compose(),
            Event::Reply { request, response, .. } => self.needed_for_reply(request, response),
            Event::ApplyTray(item) => BTreeSet::from([item.document]),
            Event::Failed { .. } | Event::DropTray(_) => BTreeSet::new(),
        }
    }

    /// Takes one step. After an error, or when the writes could not be committed, this engine is to
    /// be thrown away and made anew from the store.
    pub fn step(
        &mut self,
        event: Event,
        records: Records,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) -> Result<Effects, EngineError> {
        match event {
            Event::Edit { document, create, operations } => {
                self.edit(document, create, &operations, records, now, entropy)
            }
            Event::Sync { receipts } => self.compose(&receipts, records, now, entropy),
            Event::Reply { request, response, opened } => {
                self.reply(&request, *response, opened, records, now, entropy)
            }
            Event::Failed { failure, request } => {
                let mut batch = Batch::new();
                self.failed(failure, &request, now, entropy);
                if failure.before_any_edit() {
                    let before = std::mem::take(&mut self.on_their_way_before);
                    self.set_on_their_way(before, &mut batch);
                }
                Ok(Effects { writes: vec![batch], ..Effects::default() })
            }
            Event::ApplyTray(item) => self.apply_tray(&item, records, now, entropy),
            Event::DropTray(id) => {
                let mut batch = Batch::new();
                batch.delete(keys::tray(id));
                Ok(Effects { writes: vec![batch], ..Effects::default() })
            }
        }
    }

    /// Who signed in, and the stream of edits.
    #[must_use]
    pub fn device(&self) -> &DeviceRecord {
        &self.device
    }

    /// Changes the device's record (tokens, server); gives the write to commit.
    pub(crate) fn update_device(&mut self, change: impl FnOnce(&mut DeviceRecord)) -> Batch {
        change(&mut self.device);
        self.retry.signed_in();
        let mut batch = Batch::new();
        batch.put(keys::DEVICE, encode(&self.device));
        batch
    }

    /// The books held.
    #[must_use]
    pub fn books(&self) -> &BTreeMap<BookId, BookRecord> {
        &self.books
    }

    /// Whether a poke tells of entries that were not read yet. The hub pokes for a device's own edits too.
    #[must_use]
    pub fn is_news(&self, poke: &Poke) -> bool {
        let cursor = self.books.get(&poke.book).and_then(|book| book.cursor);
        cursor.is_none_or(|cursor| cursor.seq < poke.seq)
    }

    /// What is known of each document.
    #[must_use]
    pub fn index(&self) -> &BTreeMap<DocumentId, IndexRecord> {
        &self.index
    }

    /// The catalogue as this device knows it.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// How far back sales may be dated and how long customers may withdraw, as the hub last published it.
    #[must_use]
    pub fn sale_rules(&self) -> SaleRules {
        self.sale_rules
    }

    /// Unsent edits.
    #[must_use]
    pub fn unsent(&self) -> u64 {
        self.index.values().map(|entry| u64::from(entry.unsent)).sum()
    }

    /// How far a document of this device has come.
    #[must_use]
    pub fn state_of(&self, document: DocumentId) -> RecordState {
        let unsent = self.index.get(&document).map_or(0, |entry| entry.unsent);
        match self.on_their_way.edits.get(&document) {
            _ if unsent == 0 => RecordState::Confirmed,
            Some(sent) if *sent >= unsent => RecordState::Sent,
            _ => RecordState::Saved,
        }
    }

    fn set_on_their_way(&mut self, on_their_way: OnTheirWay, batch: &mut Batch) {
        if self.on_their_way != on_their_way {
            match on_their_way.edits.is_empty() {
                true => batch.delete(keys::ON_THEIR_WAY),
                false => batch.put(keys::ON_THEIR_WAY, encode(&on_their_way)),
            };
            self.on_their_way = on_their_way;
        }
    }

    /// A request goes out with so many of each document's unsent edits.
    fn goes_out(&mut self, edits: &BTreeMap<DocumentId, u32>, batch: &mut Batch) {
        let mut with_these = self.on_their_way.clone();
        for (document, count) in edits {
            let known = with_these.edits.entry(*document).or_default();
            *known = (*known).max(*count);
        }
        self.on_their_way_before = self.on_their_way.clone();
        self.set_on_their_way(with_these, batch);
    }

    /// What became of these documents' edits is known; and nothing is said of edits that are gone.
    fn outcome_known(&mut self, documents: &[DocumentId], batch: &mut Batch) {
        let mut rest = self.on_their_way.clone();
        let unsent = |document: &_| self.index.get(document).is_some_and(|entry| entry.unsent > 0);
        rest.edits.retain(|document, _| !documents.contains(document) && unsent(document));
        self.set_on_their_way(rest, batch);
    }

    /// When the next exchange is due, if one is: unsent work, a failed try, unread pages.
    #[must_use]
    pub fn next_sync(&self) -> Option<Moment> {
        let work = self.unsent() > 0
            || self
                .books
                .values()
                .any(|book| book.download.is_some() || book.repair.is_some() || book.behind);
        self.retry.due(work)
    }

    /// Payload bytes to ask for in one answer: less on a thin link, so that each page is soon useful.
    pub fn set_page_bytes(&mut self, bytes: u32) {
        self.page_bytes = bytes;
    }

    /// The business day of an instant.
    #[must_use]
    pub fn day(&self, now: Moment) -> Date {
        civil_date(now, &self.zone)
    }

    /// The book new documents go into: the first one this device may write.
    pub(crate) fn home_book(&self) -> Option<BookId> {
        self.books.iter().find(|(_, book)| !book.read_only).map(|(id, _)| *id)
    }
}

/// The words of a tray reason that is not a refusal code.
pub(crate) mod reasons {
    pub(crate) const LEFT: &str = "left_your_books";
    pub(crate) const SUPERSEDED: &str = "new_lineage";
    pub(crate) const ERASED: &str = "erased";
    pub(crate) const HELD: &str = "held_for_review";
    pub(crate) const LOST_PLACE: &str = "lost_its_place";
    pub(crate) const LOST_BY_HUB: &str = "lost_by_hub";
}

/// Intents of several changes as one list, the first old and the last new value of each field.
pub(crate) fn fold_intents(intents: Vec<Intent>) -> Vec<Intent> {
    let mut folded: Vec<Intent> = Vec::new();
    for intent in intents {
        match folded.iter_mut().find(|known| known.field == intent.field) {
            Some(known) => {
                known.new = intent.new;
                known.made_at_s = intent.made_at_s;
            }
            None => folded.push(intent),
        }
    }
    folded
}
