//! The engine a hub runs on, chosen when it starts.
//!
//! One type for the whole program: the hub, its routes and commands are compiled once, and a method a
//! trait gains is missing here until it is passed on.

use std::path::Path;

use document_model::sales::Sums;
use document_model::{Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, Kind, UnitCode};
use sync_protocol::{FeedChain, Replacement};

use super::postgres::PostgresStorage;
use super::sealing::{MasterId, WrappedKey};
use super::sqlite::{SqliteStorage, file_in};
use super::{
    AccountStorage, AdminOrder, AdminOutcome, AuditStorage, AuditStretch, CellKey, Closing, ClosingOrder,
    ClosingOutcome, Commit, CommitOutcome, Compaction, Contact, DocumentStorage, DownloadPart, DownloadRows,
    EndOutcome, Entries, EntryQuery, Exception, ExceptionEnd, ExceptionOrder, ExceptionOutcome, FeedRow,
    FigureAnswer, FigureQuery, FigureStorage, FinalOutcome, Folded, HistoryStorage, KeyStorage, LedgerEntry,
    MoveOrder, OrganisationStorage, Rebuilt, SetUp, SetUpOutcome, SettingChanges, SettingStorage, SetupLink,
    Stored, StoredBook, StoredDocument, StoredEdit, StoredSettings, StoredStream,
};
use crate::audit::{AuditEntry, AuditFact};
use crate::auth::{Account, Device, Invitation, Session};
use crate::organisation::{Absence, CalendarDay, DayStatement, ReportingDevice, Roster, Target};

/// Storage in one database or another. Clones share connections.
#[derive(Clone)]
pub enum Engine {
    /// SQLite, in a folder of this machine.
    Sqlite(SqliteStorage),
    /// PostgreSQL, wherever it runs.
    Postgres(PostgresStorage),
}

impl Engine {
    /// Whether writes are taken, as far as the newest one showed.
    ///
    /// # Errors
    /// Why they are not.
    pub fn writable(&self) -> Stored<()> {
        match self {
            Self::Sqlite(storage) => storage.writable(),
            Self::Postgres(storage) => storage.writable(),
        }
    }

    /// Whether what is written now becomes durable. Where no write has shown it lately, one is made.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ready(&self) -> Stored<()> {
        match self {
            Self::Sqlite(storage) => storage.ready().await,
            Self::Postgres(storage) => storage.ready().await,
        }
    }
}

/// Backups: one SQLite file, whatever the engine.
impl Engine {
    /// Writes everything, as it is at one moment, into a new SQLite database in `folder`. The hub goes on.
    ///
    /// # Errors
    /// As reads here, and writes there.
    pub async fn copy_to(&self, folder: &Path) -> Stored<()> {
        match self {
            Self::Sqlite(storage) => storage.copy_to(&file_in(folder)).await,
            Self::Postgres(storage) => storage.copy_into(&SqliteStorage::open(folder).await?).await,
        }
    }
}

/// Passes the calls of a trait on to the engine.
macro_rules! to_engine {
    ($storage:ident { $(fn $call:ident($($given:ident: $kind:ty),*) -> $answer:ty;)+ }) => {
        impl $storage for Engine {
            $(
                async fn $call(&self, $($given: $kind),*) -> Stored<$answer> {
                    match self {
                        Self::Sqlite(storage) => storage.$call($($given),*).await,
                        Self::Postgres(storage) => storage.$call($($given),*).await,
                    }
                }
            )+
        }
    };
}

to_engine!(DocumentStorage {
    fn documents(ids: &[DocumentId]) -> Vec<Option<StoredDocument>>;
    fn documents_with(changes: &[ChangeHash]) -> Vec<Option<DocumentId>>;
    fn replacements(edits: &[(DocumentId, ChangeHash)]) -> Vec<(DocumentId, Replacement)>;
    fn known_changes(edits: &[(DocumentId, ChangeHash)]) -> Vec<(DocumentId, ChangeHash, u32)>;
    fn commit(commit: Commit) -> CommitOutcome;
    fn move_documents(order: MoveOrder) -> CommitOutcome;
    fn streams(actors: &[Actor]) -> Vec<Option<StoredStream>>;
    fn register_stream(stream: StoredStream) -> ();
    fn book(book: BookId) -> Option<StoredBook>;
    fn books_of(owner: &UnitCode) -> Vec<StoredBook>;
    fn books() -> Vec<StoredBook>;
    fn create_books(books: Vec<(BookId, String, Option<UnitCode>)>) -> ();
    fn chain_at(book: BookId, seq: u64) -> Option<FeedChain>;
    fn feed(book: BookId, entries: Entries, stretch: (u64, u64), max_entries: usize, max_bytes: usize) -> Vec<FeedRow>;
    fn to_compact(least: u64, before_ms: i64) -> Vec<BookId>;
    fn compact(book: BookId, upto: u64, compactions: Vec<Compaction>) -> usize;
    fn download(book: BookId, part: DownloadPart, max_documents: usize, max_bytes: usize) -> DownloadRows;
    fn documents_of(book: BookId, after: Option<DocumentId>, max: usize) -> Vec<StoredDocument>;
    fn count_of(book: BookId, kind: Kind) -> u64;
    fn documents_awaiting(after: Option<DocumentId>, max: usize) -> Vec<StoredDocument>;
});

to_engine!(KeyStorage {
    fn document_keys(documents: &[DocumentId]) -> Vec<(DocumentId, WrappedKey)>;
    fn keys_under(master: MasterId, after: Option<DocumentId>, max: usize) -> Vec<(DocumentId, WrappedKey)>;
    fn rewrap(from: MasterId, keys: Vec<(DocumentId, WrappedKey)>) -> usize;
    fn master() -> Option<MasterId>;
    fn name_master(expected: Option<MasterId>, master: MasterId) -> bool;
    fn masters() -> Vec<MasterId>;
});

/// The calls of [`HistoryStorage`], for whoever passes them on.
macro_rules! history_calls {
    ($to:ident) => {
        $to!(HistoryStorage {
            fn edits(edits: &[(DocumentId, ChangeHash)]) -> Vec<StoredEdit>;
            fn entries_about(document: DocumentId, books: &[BookId], max: usize) -> Vec<LedgerEntry>;
        });
    };
}

/// The calls of [`FigureStorage`], for whoever passes them on.
macro_rules! figure_calls {
    ($to:ident) => {
        $to!(FigureStorage {
            fn figures(query: &FigureQuery) -> FigureAnswer;
            fn fold(max: usize, at_ms: i64) -> Folded;
            fn moment_at(at_ms: i64) -> u64;
            fn entries(query: &EntryQuery, max: usize) -> Vec<LedgerEntry>;
            fn close(order: ClosingOrder) -> ClosingOutcome;
            fn finalise(day: Date, units: Vec<UnitCode>) -> FinalOutcome;
            fn open_exception(order: ExceptionOrder) -> ExceptionOutcome;
            fn end_exception(end: ExceptionEnd) -> EndOutcome;
            fn exceptions(only_open: bool, max: usize) -> Vec<Exception>;
            fn closings(from: Date, to: Date) -> Vec<Closing>;
            fn ledger(book: BookId, after: u64, max: usize) -> Vec<LedgerEntry>;
            fn rebuild_cells() -> Rebuilt;
            fn fill_blocks() -> bool;
            fn wrong_blocks() -> Option<u64>;
            fn cells() -> Vec<(CellKey, Sums)>;
        });
    };
}

/// The calls of [`AccountStorage`], for whoever passes them on.
macro_rules! account_calls {
    ($to:ident) => {
        $to!(AccountStorage {
            fn account(name: &str) -> Option<Account>;
            fn accounts() -> Vec<Account>;
            fn add_device(device: Device) -> ();
            fn device(id: DeviceId) -> Option<Device>;
            fn devices() -> Vec<Device>;
            fn devices_of(account: &str) -> Vec<Device>;
            fn revoke_device(id: DeviceId) -> bool;
            fn touch_devices(contacts: Vec<Contact>) -> ();
            fn reporting_devices() -> Vec<ReportingDevice>;
            fn session(device: DeviceId) -> Option<Session>;
            fn replace_session(expected: Option<Session>, session: Session) -> bool;
            fn end_session(device: DeviceId) -> ();
            fn invitations() -> Vec<Invitation>;
            fn invitation(code: [u8; 32]) -> Option<Invitation>;
            fn open_invitations(at_ms: i64) -> u64;
        });
    };
}

/// The calls of [`OrganisationStorage`], for whoever passes them on.
macro_rules! organisation_calls {
    ($to:ident) => {
        $to!(OrganisationStorage {
            fn roster() -> (Roster, u64);
            fn rules_version() -> u64;
            fn judged() -> u64;
            fn set_judged(rules: u64) -> ();
            fn absences() -> Vec<Absence>;
            fn calendar() -> Vec<CalendarDay>;
            fn state_days(statements: Vec<DayStatement>) -> ();
            fn day_statements(from: Date, to: Date) -> Vec<DayStatement>;
            fn targets() -> Vec<Target>;
            fn targets_of(unit: &UnitCode) -> Vec<Target>;
        });
    };
}

/// The calls of [`SettingStorage`], for whoever passes them on.
macro_rules! setting_calls {
    ($to:ident) => {
        $to!(SettingStorage {
            fn settings() -> StoredSettings;
            fn put_settings(expected: u64, changes: SettingChanges) -> bool;
            fn has_accounts() -> bool;
            fn has_administrator() -> bool;
            fn setup_link() -> Option<SetupLink>;
            fn put_setup_link(link: Option<SetupLink>) -> ();
            fn set_up(order: SetUp) -> SetUpOutcome;
        });
    };
}

/// The calls of [`AuditStorage`], for whoever passes them on.
macro_rules! audit_calls {
    ($to:ident) => {
        $to!(AuditStorage {
            fn administer(order: AdminOrder) -> AdminOutcome;
            fn note(facts: Vec<AuditFact>) -> ();
            fn audit(stretch: AuditStretch) -> Vec<AuditEntry>;
            fn audit_after(after: u64, max: usize) -> Vec<AuditEntry>;
        });
    };
}

history_calls!(to_engine);
figure_calls!(to_engine);
account_calls!(to_engine);
organisation_calls!(to_engine);
setting_calls!(to_engine);
audit_calls!(to_engine);

pub(super) use {account_calls, audit_calls, figure_calls, history_calls, organisation_calls, setting_calls};
