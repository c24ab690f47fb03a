//! Storage in the hub's words: a few small traits, one conformance suite, several engines.
//!
//! A commit is data, computed outside and applied all or nothing; it names the version of every
//! document and rule set it was computed from, and an engine refuses it when one has moved on.
//! `Ok` means durable. Reads see committed state only; each read is one snapshot.

use std::future::Future;

use document_model::{Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, Kind, UnitCode};
use sync_protocol::{FeedChain, Replacement};

mod admin;
mod bi;
mod blocks;
mod closing;
mod codec;
mod columns;
pub mod conformance;
mod engine;
mod exception;
mod figures;
pub mod memory;
mod plan;
pub mod postgres;
mod records;
pub mod sealed;
pub mod sealing;
mod settings;
pub mod sqlite;
mod standing;
mod tables;

pub use engine::Engine;

/// What a hub runs on: a database whose payloads are sealed.
pub type SealedEngine = sealed::Sealed<Engine>;

pub use admin::{AdminChange, AdminOrder, AdminOutcome, AuditStretch, ContentHash};
pub use closing::{Closing, ClosingOrder, ClosingOutcome, OrderedAbove, Reported, Stamps};
pub use exception::{
    EndOutcome, Ended, Exception, ExceptionEnd, ExceptionOrder, ExceptionOutcome, FinalOutcome,
};
pub(crate) use exception::{OPEN_EXCEPTIONS, hindering};
pub use figures::{
    CellKey, EntryQuery, FigureAnswer, FigureQuery, FigureRow, Folded, Placement, Rebuilt, SplitBy, View,
};
pub use records::{
    Carried, Commit, CommitOutcome, CommittedChange, Compaction, Contact, Counted, DocumentCommit,
    DownloadPart, DownloadRows, Entries, EntrySnapshot, FeedBody, FeedRow, LedgerEntry, MoveOrder,
    StoredBook, StoredDocument, StoredEdit, StoredStream, StreamAdvance, WholeDocument,
};

pub use settings::{SetUp, SetUpOutcome, SettingChanges, SetupLink, StoredSettings};

use sealing::{MasterId, WrappedKey};

use crate::audit::{AuditEntry, AuditFact};
use crate::auth::{Account, Device, Invitation, Session};
use crate::organisation::{Absence, CalendarDay, DayStatement, ReportingDevice, Roster, Target};

/// Why storage could not do its work. Nothing was changed, but for [`StorageError::Unsure`] and
/// [`StorageError::Unsynced`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The disk is full.
    #[error("the disk is full; nothing was stored")]
    Full,
    /// The place of the database cannot be written.
    #[error("the database cannot be written: {0}; nothing was stored")]
    Unwritable(String),
    /// The disk failed.
    #[error("the disk failed: {0}; nothing was stored")]
    Disk(String),
    /// The disk did not keep what was written to it. Whether it has all the same shows when the database is
    /// opened again.
    #[error("the disk did not keep what was written: {0}")]
    Unsynced(String),
    /// The database is not there.
    #[error("the database cannot be reached: {0}; nothing was stored")]
    Lost(String),
    /// Others hold the database, or a part of it, for too long.
    #[error("the database is busy; nothing was stored")]
    Busy,
    /// The data cannot be read as what it should be.
    #[error("the data is damaged: {0}")]
    Damaged(String),
    /// The database was lost while it stored. Whether it has is not known; what is asked again is
    /// answered from what is there.
    #[error("the database was lost while it stored: {0}")]
    Unsure(String),
    /// A master key is not at hand, or not the one in use.
    #[error("the master key: {0}; nothing was stored")]
    MasterKey(String),
    /// Anything else the engine says.
    #[error("the storage failed: {0}")]
    Failed(String),
}

impl StorageError {
    /// Whether any other write would fail as well. The storage logs such trouble once, when it begins and when
    /// it ends; whoever is told of it need not.
    #[must_use]
    pub fn is_everybodys(&self) -> bool {
        match self {
            Self::Full
            | Self::Unwritable(_)
            | Self::Disk(_)
            | Self::Unsynced(_)
            | Self::Lost(_)
            | Self::Unsure(_) => true,
            Self::Busy | Self::Damaged(_) | Self::MasterKey(_) | Self::Failed(_) => false,
        }
    }

    /// Whether work that comes again by itself has nothing to tell of it: everybody is told anyway, or another
    /// program had the database for a while.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy) || self.is_everybodys()
    }
}

/// Result of a storage call.
pub type Stored<T> = Result<T, StorageError>;

/// Books, documents and feeds.
pub trait DocumentStorage: Clone + Send + Sync + 'static {
    /// The documents of these ids, in order; `None` for unknown ones.
    fn documents(
        &self,
        ids: &[DocumentId],
    ) -> impl Future<Output = Stored<Vec<Option<StoredDocument>>>> + Send;

    /// The documents whose history holds these changes, in order; `None` for changes nobody knows, and for
    /// those that several documents hold: edits that are alike to the byte, made in the same second, are
    /// one change.
    fn documents_with(
        &self,
        changes: &[ChangeHash],
    ) -> impl Future<Output = Stored<Vec<Option<DocumentId>>>> + Send;

    /// Which of these edits of documents were authored again, and as what; in any order.
    fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> impl Future<Output = Stored<Vec<(DocumentId, Replacement)>>> + Send;

    /// Which of these edits of documents entries of feeds are about, and of which lineage; in any order.
    fn known_changes(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> impl Future<Output = Stored<Vec<(DocumentId, ChangeHash, u32)>>> + Send;

    /// Applies a commit all or nothing. The book's row gives the feed numbers, so numbers are in
    /// commit order.
    fn commit(&self, commit: Commit) -> impl Future<Output = Stored<CommitOutcome>> + Send;

    /// Moves documents between books: all of them, or none and `Conflict`.
    fn move_documents(&self, order: MoveOrder) -> impl Future<Output = Stored<CommitOutcome>> + Send;

    /// The registrations of these actors, in order.
    fn streams(&self, actors: &[Actor]) -> impl Future<Output = Stored<Vec<Option<StoredStream>>>> + Send;

    /// Registers a stream the hub itself writes with, unless it is known.
    fn register_stream(&self, stream: StoredStream) -> impl Future<Output = Stored<()>> + Send;

    /// The book's row.
    fn book(&self, book: BookId) -> impl Future<Output = Stored<Option<StoredBook>>> + Send;

    /// The books a unit owns, and the shared one, by id.
    fn books_of(&self, owner: &UnitCode) -> impl Future<Output = Stored<Vec<StoredBook>>> + Send;

    /// All books, by id.
    fn books(&self) -> impl Future<Output = Stored<Vec<StoredBook>>> + Send;

    /// Makes books that do not exist yet; existing ones stay as they are.
    fn create_books(
        &self,
        books: Vec<(BookId, String, Option<UnitCode>)>,
    ) -> impl Future<Output = Stored<()>> + Send;

    /// The chain of a feed at `seq` (the empty chain at 0); `None` when the feed is shorter.
    fn chain_at(&self, book: BookId, seq: u64) -> impl Future<Output = Stored<Option<FeedChain>>> + Send;

    /// Entries of a stretch, `after < seq <= upto`, in order, up to `max_entries`, ending once `max_bytes`
    /// of payload are reached (at least one entry).
    fn feed(
        &self,
        book: BookId,
        entries: Entries,
        stretch: (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> impl Future<Output = Stored<Vec<FeedRow>>> + Send;

    /// Books with at least `least` entries since they were last compacted that arrived before an instant.
    fn to_compact(&self, least: u64, before_ms: i64) -> impl Future<Output = Stored<Vec<BookId>>> + Send;

    /// Compacts documents' entries in a book, each in its own right, and remembers that entries up to `upto`
    /// were looked at. The number of documents done: those that changed meanwhile are left as they are.
    fn compact(
        &self,
        book: BookId,
        upto: u64,
        compactions: Vec<Compaction>,
    ) -> impl Future<Output = Stored<usize>> + Send;

    /// One page of a first download.
    fn download(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> impl Future<Output = Stored<DownloadRows>> + Send;

    /// Documents of a book by id after `after`, up to `max`: for repair, re-judging and `verify`.
    fn documents_of(
        &self,
        book: BookId,
        after: Option<DocumentId>,
        max: usize,
    ) -> impl Future<Output = Stored<Vec<StoredDocument>>> + Send;

    /// How many documents of a kind a book has.
    fn count_of(&self, book: BookId, kind: Kind) -> impl Future<Output = Stored<u64>> + Send;

    /// Policies of all books that wait for headquarters' approval, by id after `after`, up to `max`.
    fn documents_awaiting(
        &self,
        after: Option<DocumentId>,
        max: usize,
    ) -> impl Future<Output = Stored<Vec<StoredDocument>>> + Send;
}

/// The ledger and the cells.
pub trait FigureStorage: Clone + Send + Sync + 'static {
    /// Answers a query from cells plus pending entries in one snapshot.
    fn figures(&self, query: &FigureQuery) -> impl Future<Output = Stored<FigureAnswer>> + Send;

    /// Moves up to `max` pending entries into the cells and gives the batch a moment, which comes at this
    /// instant, or with the one before where a clock went back.
    fn fold(&self, max: usize, at_ms: i64) -> impl Future<Output = Stored<Folded>> + Send;

    /// The last moment that came before an instant or at it; 0 where none had come.
    fn moment_at(&self, at_ms: i64) -> impl Future<Output = Stored<u64>> + Send;

    /// Ledger entries by moment, book and number, those that are pending last; at most `max`.
    fn entries(
        &self,
        query: &EntryQuery,
        max: usize,
    ) -> impl Future<Output = Stored<Vec<LedgerEntry>>> + Send;

    /// Closes a day of units: folds all that is pending and stamps what the cells hold then.
    fn close(&self, order: ClosingOrder) -> impl Future<Output = Stored<ClosingOutcome>> + Send;

    /// Says that closings of a day are the last word.
    fn finalise(&self, day: Date, units: Vec<UnitCode>) -> impl Future<Output = Stored<FinalOutcome>> + Send;

    /// Opens an exception to a closing.
    fn open_exception(&self, order: ExceptionOrder) -> impl Future<Output = Stored<ExceptionOutcome>> + Send;

    /// Ends an exception: folds all that is pending and stamps what came in time, which is before its instant, or
    /// by now where that has not come.
    fn end_exception(&self, end: ExceptionEnd) -> impl Future<Output = Stored<EndOutcome>> + Send;

    /// Up to `max` exceptions, the newest first: all, or those that are open.
    fn exceptions(&self, only_open: bool, max: usize) -> impl Future<Output = Stored<Vec<Exception>>> + Send;

    /// The closings of these days, by day, unit and stamp.
    fn closings(&self, from: Date, to: Date) -> impl Future<Output = Stored<Vec<Closing>>> + Send;

    /// A book's ledger entries after `after`, in order, up to `max`.
    fn ledger(
        &self,
        book: BookId,
        after: u64,
        max: usize,
    ) -> impl Future<Output = Stored<Vec<LedgerEntry>>> + Send;

    /// Adds the cells up anew from the ledger's folded entries and puts them in place of those there are; the sums
    /// of several days as well. Nothing else is written meanwhile.
    fn rebuild_cells(&self) -> impl Future<Output = Stored<Rebuilt>> + Send;

    /// Adds the sums of several days up from the cells where they do not stand, a few units at a time, so that
    /// others who write get their turn; whether they stand now. Answers are the same with and without them.
    fn fill_blocks(&self) -> impl Future<Output = Stored<bool>> + Send;

    /// The number of sums of several days that the cells do not add up to; `None` where they do not stand, or the
    /// storage has none.
    fn wrong_blocks(&self) -> impl Future<Output = Stored<Option<u64>>> + Send;

    /// All cells, in order of key.
    fn cells(&self) -> impl Future<Output = Stored<Vec<(CellKey, document_model::sales::Sums)>>> + Send;
}

/// Accounts, devices, sessions.
pub trait AccountStorage: Clone + Send + Sync + 'static {
    /// The account of a name.
    fn account(&self, name: &str) -> impl Future<Output = Stored<Option<Account>>> + Send;

    /// All accounts, by name.
    fn accounts(&self) -> impl Future<Output = Stored<Vec<Account>>> + Send;

    /// Registers a device.
    fn add_device(&self, device: Device) -> impl Future<Output = Stored<()>> + Send;

    /// The device of an id.
    fn device(&self, id: DeviceId) -> impl Future<Output = Stored<Option<Device>>> + Send;

    /// All devices, by id.
    fn devices(&self) -> impl Future<Output = Stored<Vec<Device>>> + Send;

    /// The devices of an account, by id.
    fn devices_of(&self, account: &str) -> impl Future<Output = Stored<Vec<Device>>> + Send;

    /// Revokes a device; `false` when there is none.
    fn revoke_device(&self, id: DeviceId) -> impl Future<Output = Stored<bool>> + Send;

    /// Notes what devices were heard of, many at once; older times change nothing.
    fn touch_devices(&self, contacts: Vec<Contact>) -> impl Future<Output = Stored<()>> + Send;

    /// The devices of reps' accounts that may sign in, in any order.
    fn reporting_devices(&self) -> impl Future<Output = Stored<Vec<ReportingDevice>>> + Send;

    /// The session of a device.
    fn session(&self, device: DeviceId) -> impl Future<Output = Stored<Option<Session>>> + Send;

    /// Stores a session if the stored one still equals `expected`; `false` when it does not.
    fn replace_session(
        &self,
        expected: Option<Session>,
        session: Session,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// Ends a device's session.
    fn end_session(&self, device: DeviceId) -> impl Future<Output = Stored<()>> + Send;

    /// The newest invitation of each account that ever had one, by account.
    fn invitations(&self) -> impl Future<Output = Stored<Vec<Invitation>>> + Send;

    /// The invitation by a code of this hash, open or not.
    fn invitation(&self, code: [u8; 32]) -> impl Future<Output = Stored<Option<Invitation>>> + Send;

    /// How many invitations are open at an instant.
    fn open_invitations(&self, at_ms: i64) -> impl Future<Output = Stored<u64>> + Send;
}

/// The organisation, absences, the calendar, targets, and the rules' version.
pub trait OrganisationStorage: Clone + Send + Sync + 'static {
    /// All units with their spans, and the rules' version of the same snapshot.
    fn roster(&self) -> impl Future<Output = Stored<(Roster, u64)>> + Send;

    /// The rules' version.
    fn rules_version(&self) -> impl Future<Output = Stored<u64>> + Send;

    /// The rules' version that every policy has been judged by.
    fn judged(&self) -> impl Future<Output = Stored<u64>> + Send;

    /// Notes that every policy has been judged by a version; an older one changes nothing.
    fn set_judged(&self, rules: u64) -> impl Future<Output = Stored<()>> + Send;

    /// All absences, by rep and first day.
    fn absences(&self) -> impl Future<Output = Stored<Vec<Absence>>> + Send;

    /// What the company said of days of its calendar, by day.
    fn calendar(&self) -> impl Future<Output = Stored<Vec<CalendarDay>>> + Send;

    /// Notes that reps said their days are complete, each day of a rep named once; the first statement of it stays.
    fn state_days(&self, statements: Vec<DayStatement>) -> impl Future<Output = Stored<()>> + Send;

    /// The statements of these days, by day and rep.
    fn day_statements(&self, from: Date, to: Date) -> impl Future<Output = Stored<Vec<DayStatement>>> + Send;

    /// All targets, by unit, type of product, measure and first day; those of all types together come first.
    fn targets(&self) -> impl Future<Output = Stored<Vec<Target>>> + Send;

    /// The targets of one unit, by line and first day.
    fn targets_of(&self, unit: &UnitCode) -> impl Future<Output = Stored<Vec<Target>>> + Send;
}

/// What an administrator set, and the link that makes the first one.
pub trait SettingStorage: Clone + Send + Sync + 'static {
    /// What an administrator set in place of defaults.
    fn settings(&self) -> impl Future<Output = Stored<StoredSettings>> + Send;

    /// Changes some of it, and moves its version on; `false` where that is not `expected` any more.
    fn put_settings(
        &self,
        expected: u64,
        changes: SettingChanges,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// Whether there is any account.
    fn has_accounts(&self) -> impl Future<Output = Stored<bool>> + Send;

    /// Whether somebody may sign in as an administrator.
    fn has_administrator(&self) -> impl Future<Output = Stored<bool>> + Send;

    /// The link that makes the first administrator.
    fn setup_link(&self) -> impl Future<Output = Stored<Option<SetupLink>>> + Send;

    /// Puts another one, or none, in its place.
    fn put_setup_link(&self, link: Option<SetupLink>) -> impl Future<Output = Stored<()>> + Send;

    /// Makes the first administrator with a link, which is used up by it, and sets what comes with it: all or nothing.
    /// Of several at once, one is.
    fn set_up(&self, order: SetUp) -> impl Future<Output = Stored<SetUpOutcome>> + Send;
}

/// The keys that stored payloads are sealed with, wrapped, and the name of the master key for new ones.
pub trait KeyStorage: Clone + Send + Sync + 'static {
    /// The keys of those documents that have one, in any order.
    fn document_keys(
        &self,
        documents: &[DocumentId],
    ) -> impl Future<Output = Stored<Vec<(DocumentId, WrappedKey)>>> + Send;

    /// Keys wrapped by a master key, of documents after `after`, in order of id, up to `max`.
    fn keys_under(
        &self,
        master: MasterId,
        after: Option<DocumentId>,
        max: usize,
    ) -> impl Future<Output = Stored<Vec<(DocumentId, WrappedKey)>>> + Send;

    /// Replaces keys that are still wrapped by `from`; their number.
    fn rewrap(
        &self,
        from: MasterId,
        keys: Vec<(DocumentId, WrappedKey)>,
    ) -> impl Future<Output = Stored<usize>> + Send;

    /// The master key that new keys are wrapped by. A commit that brings keys under another one fails.
    fn master(&self) -> impl Future<Output = Stored<Option<MasterId>>> + Send;

    /// Names another one, where the one named is `expected`; `false` where it is not.
    fn name_master(
        &self,
        expected: Option<MasterId>,
        master: MasterId,
    ) -> impl Future<Output = Stored<bool>> + Send;

    /// The master keys that keys are wrapped by.
    fn masters(&self) -> impl Future<Output = Stored<Vec<MasterId>>> + Send;
}

/// What happened to single documents, for people who look into one.
pub trait HistoryStorage: Clone + Send + Sync + 'static {
    /// The entries of feeds about these edits of documents, in order of arrival, book and number. An edit that no
    /// feed has is left out.
    fn edits(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> impl Future<Output = Stored<Vec<StoredEdit>>> + Send;

    /// The entries about a document in the ledgers of these books, in order of arrival, book and number; at most
    /// `max`.
    fn entries_about(
        &self,
        document: DocumentId,
        books: &[BookId],
        max: usize,
    ) -> impl Future<Output = Stored<Vec<LedgerEntry>>> + Send;
}

/// What administrators change, each change with its note in the audit log, and that log. Rows of it are only ever
/// appended, and numbered in the order they become visible in.
pub trait AuditStorage: Clone + Send + Sync + 'static {
    /// Carries an order out and notes it: both or neither.
    fn administer(&self, order: AdminOrder) -> impl Future<Output = Stored<AdminOutcome>> + Send;

    /// Notes what was done otherwise, in this order.
    fn note(&self, facts: Vec<AuditFact>) -> impl Future<Output = Stored<()>> + Send;

    /// Rows of the log, the newest first.
    fn audit(&self, stretch: AuditStretch) -> impl Future<Output = Stored<Vec<AuditEntry>>> + Send;

    /// Rows after a number, in order, up to `max`.
    fn audit_after(&self, after: u64, max: usize) -> impl Future<Output = Stored<Vec<AuditEntry>>> + Send;
}

/// Everything the hub stores.
pub trait Storage:
    DocumentStorage
    + HistoryStorage
    + FigureStorage
    + AccountStorage
    + OrganisationStorage
    + SettingStorage
    + AuditStorage
{
}

impl<T> Storage for T where
    T: DocumentStorage
        + HistoryStorage
        + FigureStorage
        + AccountStorage
        + OrganisationStorage
        + SettingStorage
        + AuditStorage
{
}
