//! Storage in memory: what the simulation and fast tests run on. Same contract as the databases.
//!
//! Every call gives way once before it looks at the state and once after, so that a scheduler can
//! interleave calls, or drop a caller between a commit and its answer, at every point a database
//! would allow.

mod accounts;
mod audit;
mod documents;
mod figures;
mod history;
mod keys;
mod organisation;
mod settings;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use document_model::sales::Sums;
use document_model::{Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, UnitCode};
use sync_protocol::{Digest, FeedChain};

use super::sealing::{MasterId, WrappedKey};
use super::{
    CellKey, Closing, Exception, FeedRow, LedgerEntry, SetupLink, StorageError, Stored, StoredBook,
    StoredDocument, StoredSettings, StoredStream,
};
use crate::audit::AuditEntry;
use crate::auth::{Account, Device, Invitation, Session};
use crate::organisation::{Absence, CalendarDay, DayStatement, Roster, Targets};

/// Storage in memory. Clones share their state.
#[derive(Clone)]
pub struct MemoryStorage {
    state: Arc<Mutex<State>>,
}

/// Everything stored.
#[derive(Clone)]
struct State {
    documents: BTreeMap<DocumentId, StoredDocument>,
    books: BTreeMap<BookId, StoredBook>,
    feeds: BTreeMap<BookId, Vec<FeedRow>>,
    /// How far each feed was compacted.
    compacted: BTreeMap<BookId, u64>,
    changes: BTreeMap<ChangeHash, Option<DocumentId>>,
    replacements: BTreeMap<(DocumentId, ChangeHash), ChangeHash>,
    streams: BTreeMap<Actor, StoredStream>,
    ledger: Vec<LedgerEntry>,
    cells: BTreeMap<CellKey, Sums>,
    moment: u64,
    /// When the cells came to each moment.
    moments: BTreeMap<u64, i64>,
    closings: BTreeMap<(Date, UnitCode, u32), Closing>,
    exceptions: BTreeMap<u64, Exception>,
    accounts: BTreeMap<String, Account>,
    devices: BTreeMap<DeviceId, Device>,
    sessions: BTreeMap<DeviceId, Session>,
    invitations: BTreeMap<String, Invitation>,
    roster: Roster,
    absences: BTreeMap<UnitCode, Vec<Absence>>,
    statements: BTreeMap<(Date, UnitCode), DayStatement>,
    calendar: BTreeMap<Date, CalendarDay>,
    targets: Targets,
    rules: u64,
    judged: u64,
    keys: BTreeMap<DocumentId, WrappedKey>,
    master: Option<MasterId>,
    settings: StoredSettings,
    setup: Option<SetupLink>,
    audit: Vec<AuditEntry>,
    failing_commits: u32,
}

impl Default for MemoryStorage {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStorage {
    /// An empty storage, as a fresh database is: rules version 1 and the shared book.
    #[must_use]
    pub fn new() -> Self {
        let mut state = State {
            documents: BTreeMap::new(),
            books: BTreeMap::new(),
            feeds: BTreeMap::new(),
            compacted: BTreeMap::new(),
            changes: BTreeMap::new(),
            replacements: BTreeMap::new(),
            streams: BTreeMap::new(),
            ledger: Vec::new(),
            cells: BTreeMap::new(),
            moment: 0,
            moments: BTreeMap::new(),
            closings: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            accounts: BTreeMap::new(),
            devices: BTreeMap::new(),
            sessions: BTreeMap::new(),
            invitations: BTreeMap::new(),
            roster: Roster::default(),
            absences: BTreeMap::new(),
            statements: BTreeMap::new(),
            calendar: BTreeMap::new(),
            targets: Targets::default(),
            rules: 1,
            judged: 0,
            keys: BTreeMap::new(),
            master: None,
            settings: StoredSettings::default(),
            setup: None,
            audit: Vec::new(),
            failing_commits: 0,
        };
        state.add_book(BookId::SHARED, "Shared".to_owned(), None);
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// A copy of the present state under a handle of its own: a backup.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { state: Arc::new(Mutex::new(self.lock().clone())) }
    }

    /// Makes the next `count` commits fail before they change anything, as a full disk would.
    pub fn fail_commits(&self, count: u32) {
        self.lock().failing_commits = count;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while holding the lock can only come from a broken invariant of this module, and
        // every change below is made on data checked before: the state is usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the state, giving way before and after.
    async fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        give_way().await;
        let done = work(&mut self.lock());
        give_way().await;
        done
    }
}

impl State {
    fn add_book(&mut self, id: BookId, name: String, owner: Option<UnitCode>) {
        self.books.entry(id).or_insert_with(|| StoredBook {
            id,
            name,
            owner,
            epoch: 1,
            seq: 0,
            chain: FeedChain::default(),
            digest: Digest::default(),
            ledger_number: 0,
            ledger_chain: FeedChain::default(),
        });
    }

    fn check_writable(&mut self) -> Stored<()> {
        if self.failing_commits == 0 {
            return Ok(());
        }
        self.failing_commits -= 1;
        Err(StorageError::Full)
    }
}

/// Lets other tasks run once.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|context| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
