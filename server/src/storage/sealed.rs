//! A storage whose payloads are sealed on their way into another one and opened on their way out.
//!
//! Which master key new documents' keys are wrapped by is said by the database, and checked where a commit is
//! decided: once another one is named there, no commit adds a key under an older one. What was stored before
//! sealing was is read as it lies, and sealed when it is next written. A payload that does not open is given
//! out as it lies: whoever reads it finds a damaged document, and leaves that one alone.

mod rotation;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use document_model::sales::Sums;
use document_model::{Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, Entropy, Kind, UnitCode};
use moka::sync::Cache;
use sync_protocol::{FeedChain, Replacement};

pub use rotation::Rotated;

use super::engine::{
    account_calls, audit_calls, figure_calls, history_calls, organisation_calls, setting_calls,
};
use super::sealing::{DocumentKey, KeyRing, MasterId, MasterKey, RawKey, WrappedKey, is_sealed};
use super::{
    AccountStorage, AdminOrder, AdminOutcome, AuditStorage, AuditStretch, Carried, CellKey, Closing,
    ClosingOrder, ClosingOutcome, Commit, CommitOutcome, Compaction, Contact, DocumentStorage, DownloadPart,
    DownloadRows, EndOutcome, Entries, EntryQuery, Exception, ExceptionEnd, ExceptionOrder, ExceptionOutcome,
    FeedBody, FeedRow, FigureAnswer, FigureQuery, FigureStorage, FinalOutcome, Folded, HistoryStorage,
    KeyStorage, LedgerEntry, MoveOrder, OrganisationStorage, Rebuilt, SetUp, SetUpOutcome, SettingChanges,
    SettingStorage, SetupLink, Storage, StorageError, Stored, StoredBook, StoredDocument, StoredEdit,
    StoredSettings, StoredStream,
};
use crate::audit::{AuditEntry, AuditFact};
use crate::auth::{Account, Device, Invitation, Session};
use crate::organisation::{Absence, CalendarDay, DayStatement, ReportingDevice, Roster, Target};

/// Documents whose keys are kept open; each takes about 200 bytes.
const OPEN_KEYS: u64 = 100_000;

/// How long a key is kept open. A key destroyed by another hub is of use no longer than this.
const OPEN_FOR: Duration = Duration::from_secs(600);

/// How often a commit is tried while the master key changes under it.
const ATTEMPTS: u32 = 3;

/// Where the master keys come from. It is asked again when one turns up that was not there before.
pub type KeySource = Box<dyn Fn() -> Result<KeyRing, String> + Send + Sync>;

/// A storage that seals. Clones share it.
pub struct Sealed<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S: Clone> Clone for Sealed<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), shared: self.shared.clone() }
    }
}

struct Shared {
    source: KeySource,
    masters: RwLock<Arc<Masters>>,
    open: Cache<DocumentId, DocumentKey>,
    entropy: Mutex<Box<dyn Entropy + Send>>,
}

/// The master keys at hand, and the one the database names.
struct Masters {
    ring: KeyRing,
    current: MasterKey,
}

impl<S: Storage + KeyStorage> Sealed<S> {
    /// Seals what goes into `inner`. A storage that names no master key gets the newest one.
    ///
    /// # Errors
    /// `MasterKey` when one is not at hand that something is sealed under.
    pub async fn open(inner: S, source: KeySource, entropy: Box<dyn Entropy + Send>) -> Stored<Self> {
        if inner.master().await?.is_none() {
            let ring = source().map_err(StorageError::MasterKey)?;
            let newest = ring.newest().ok_or_else(|| StorageError::MasterKey("there is none".to_owned()))?;
            // Another hub may be first; then its one holds.
            inner.name_master(None, newest.id()).await?;
        }
        let in_use = inner.masters().await?;
        let masters = Masters::of(&inner, &source).await?;
        if let Some(lacking) = in_use.into_iter().find(|master| masters.ring.find(*master).is_none()) {
            return Err(absent(lacking));
        }
        let masters = RwLock::new(Arc::new(masters));
        let open = Cache::builder().max_capacity(OPEN_KEYS).time_to_live(OPEN_FOR).build();
        let shared = Shared { source, masters, open, entropy: Mutex::new(entropy) };
        Ok(Self { inner, shared: Arc::new(shared) })
    }

    /// The storage underneath.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The same sealing over another storage: a copy of this one, or one it is a copy of.
    #[must_use]
    pub fn over(&self, inner: S) -> Self {
        Self { inner, shared: self.shared.clone() }
    }

    fn masters(&self) -> Arc<Masters> {
        // It is replaced whole or not at all.
        self.shared.masters.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for the master keys and the one in use once more.
    async fn look_again(&self) -> Stored<Arc<Masters>> {
        let masters = Arc::new(Masters::of(&self.inner, &self.shared.source).await?);
        *self.shared.masters.write().unwrap_or_else(PoisonError::into_inner) = masters.clone();
        Ok(masters)
    }

    fn entropy(&self) -> MutexGuard<'_, Box<dyn Entropy + Send>> {
        // A source of random bytes has no state that a panic could leave half changed.
        self.shared.entropy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys of those documents that have one.
    async fn keys_of(
        &self,
        documents: impl IntoIterator<Item = DocumentId>,
    ) -> Stored<BTreeMap<DocumentId, DocumentKey>> {
        let (mut keys, mut asked) = (BTreeMap::new(), Vec::new());
        for document in documents.into_iter().collect::<BTreeSet<_>>() {
            match self.shared.open.get(&document) {
                Some(key) => _ = keys.insert(document, key),
                None => asked.push(document),
            }
        }
        if asked.is_empty() {
            return Ok(keys);
        }
        for (document, wrapped) in self.inner.document_keys(&asked).await? {
            let Some(raw) = self.unwrap(document, &wrapped).await? else { continue };
            let key = raw.key();
            self.shared.open.insert(document, key.clone());
            keys.insert(document, key);
        }
        Ok(keys)
    }

    /// Opens a document's key; `None` when it is damaged.
    async fn unwrap(&self, document: DocumentId, wrapped: &WrappedKey) -> Stored<Option<RawKey>> {
        let mut masters = self.masters();
        if masters.ring.find(wrapped.master).is_none() {
            masters = self.look_again().await?;
        }
        let master = masters.ring.find(wrapped.master).ok_or_else(|| absent(wrapped.master))?;
        let raw = master.unwrap(document, wrapped);
        if raw.is_none() {
            tracing::warn!(%document, "the key of a document is damaged");
        }
        Ok(raw)
    }

    /// Opens payloads in place. One that does not open stays as it lies.
    async fn open_payloads<'p>(
        &self,
        payloads: impl Iterator<Item = (DocumentId, &'p mut Vec<u8>)> + Send,
    ) -> Stored<()> {
        let mut sealed: Vec<_> = payloads.filter(|(_, payload)| is_sealed(payload)).collect();
        for first in [true, false] {
            if !first {
                // The database may have been put back to a copy, and the document have been born again since.
                sealed.iter().for_each(|(document, _)| self.shared.open.invalidate(document));
            }
            if sealed.is_empty() {
                return Ok(());
            }
            let keys = self.keys_of(sealed.iter().map(|(document, _)| *document)).await?;
            sealed.retain_mut(|(document, payload)| {
                let opened = keys.get(document).and_then(|key| key.open(*document, payload));
                let opens = opened.is_some();
                if let Some(opened) = opened {
                    **payload = opened;
                }
                !opens
            });
        }
        for (document, _) in sealed {
            tracing::warn!(%document, "a stored payload cannot be opened: it or its key is damaged or gone");
        }
        Ok(())
    }

    /// Seals a commit. Keys of documents that have none are made and go with it.
    async fn seal_commit(&self, commit: &mut Commit) -> Stored<Vec<(DocumentId, RawKey)>> {
        let stored = commit.documents.iter().filter(|document| document.expected_version > 0);
        let mut keys = self.keys_of(stored.map(|document| document.state.id)).await?;
        let mut entropy = self.entropy();
        let mut new = Vec::new();
        for document in &mut commit.documents {
            let id = document.state.id;
            let key = keys.entry(id).or_insert_with(|| {
                let raw = RawKey::new(&mut **entropy);
                let key = raw.key();
                new.push((id, raw));
                key
            });
            document.state.saved = key.seal(id, &document.state.saved, &mut **entropy);
            for change in &mut document.changes {
                change.bytes = key.seal(id, &change.bytes, &mut **entropy);
            }
        }
        Ok(new)
    }
}

impl Masters {
    async fn of<S: KeyStorage>(storage: &S, source: &KeySource) -> Stored<Self> {
        let unnamed = || StorageError::Damaged("the hub names no master key".to_owned());
        // In this order: a key is at hand before the database names it.
        let current = storage.master().await?.ok_or_else(unnamed)?;
        let ring = source().map_err(StorageError::MasterKey)?;
        let current = ring.find(current).cloned().ok_or_else(|| absent(current))?;
        Ok(Self { ring, current })
    }
}

fn absent(master: MasterId) -> StorageError {
    StorageError::MasterKey(format!("{master} is not among those at hand"))
}

fn saved_of(document: &mut StoredDocument) -> (DocumentId, &mut Vec<u8>) {
    (document.id, &mut document.saved)
}

/// What an entry carries, and of which document.
fn carried_by(row: &mut FeedRow) -> Option<(DocumentId, &mut Vec<u8>)> {
    let payload = match &mut row.body {
        FeedBody::Change { carried: Carried::Change(payload), .. }
        | FeedBody::Change { carried: Carried::Snapshot { saved: payload, .. }, .. } => Some(payload),
        FeedBody::Snapshot { saved, .. } | FeedBody::Joined { saved, .. } => saved.as_mut(),
        FeedBody::Change { carried: Carried::Nothing, .. }
        | FeedBody::Left
        | FeedBody::Redirected { .. }
        | FeedBody::Erased => None,
    };
    Some((row.document, payload?))
}

impl<S: Storage + KeyStorage> DocumentStorage for Sealed<S> {
    async fn documents(&self, ids: &[DocumentId]) -> Stored<Vec<Option<StoredDocument>>> {
        let mut found = self.inner.documents(ids).await?;
        self.open_payloads(found.iter_mut().flatten().map(saved_of)).await?;
        Ok(found)
    }

    async fn documents_with(&self, changes: &[ChangeHash]) -> Stored<Vec<Option<DocumentId>>> {
        self.inner.documents_with(changes).await
    }

    async fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, Replacement)>> {
        self.inner.replacements(edits).await
    }

    async fn known_changes(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, ChangeHash, u32)>> {
        self.inner.known_changes(edits).await
    }

    async fn commit(&self, mut commit: Commit) -> Stored<CommitOutcome> {
        let new = self.seal_commit(&mut commit).await?;
        if new.is_empty() {
            return self.inner.commit(commit).await;
        }
        let mut masters = self.masters();
        for _ in 1..ATTEMPTS {
            commit.keys = self.wrap(&masters.current, &new);
            match self.inner.commit(commit.clone()).await {
                Err(StorageError::MasterKey(_)) => masters = self.look_again().await?,
                done => {
                    if let Ok(CommitOutcome::Done { .. }) = done {
                        new.into_iter().for_each(|(id, raw)| self.shared.open.insert(id, raw.key()));
                    }
                    return done;
                }
            }
        }
        commit.keys = self.wrap(&masters.current, &new);
        self.inner.commit(commit).await
    }

    async fn move_documents(&self, order: MoveOrder) -> Stored<CommitOutcome> {
        self.inner.move_documents(order).await
    }

    async fn streams(&self, actors: &[Actor]) -> Stored<Vec<Option<StoredStream>>> {
        self.inner.streams(actors).await
    }

    async fn register_stream(&self, stream: StoredStream) -> Stored<()> {
        self.inner.register_stream(stream).await
    }

    async fn book(&self, book: BookId) -> Stored<Option<StoredBook>> {
        self.inner.book(book).await
    }

    async fn books_of(&self, owner: &UnitCode) -> Stored<Vec<StoredBook>> {
        self.inner.books_of(owner).await
    }

    async fn books(&self) -> Stored<Vec<StoredBook>> {
        self.inner.books().await
    }

    async fn create_books(&self, books: Vec<(BookId, String, Option<UnitCode>)>) -> Stored<()> {
        self.inner.create_books(books).await
    }

    async fn chain_at(&self, book: BookId, seq: u64) -> Stored<Option<FeedChain>> {
        self.inner.chain_at(book, seq).await
    }

    async fn feed(
        &self,
        book: BookId,
        entries: Entries,
        stretch: (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> Stored<Vec<FeedRow>> {
        let mut rows = self.inner.feed(book, entries, stretch, max_entries, max_bytes).await?;
        self.open_payloads(rows.iter_mut().filter_map(carried_by)).await?;
        Ok(rows)
    }

    async fn to_compact(&self, least: u64, before_ms: i64) -> Stored<Vec<BookId>> {
        self.inner.to_compact(least, before_ms).await
    }

    async fn compact(&self, book: BookId, upto: u64, mut compactions: Vec<Compaction>) -> Stored<usize> {
        let carried = compactions.iter().filter(|compaction| compaction.snapshot.is_some());
        let keys = self.keys_of(carried.map(|compaction| compaction.document)).await?;
        for compaction in &mut compactions {
            let document = compaction.document;
            if let (Some(snapshot), Some(key)) = (&mut compaction.snapshot, keys.get(&document)) {
                snapshot.saved = key.seal(document, &snapshot.saved, &mut **self.entropy());
            }
        }
        self.inner.compact(book, upto, compactions).await
    }

    async fn download(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> Stored<DownloadRows> {
        let mut page = self.inner.download(book, part, max_documents, max_bytes).await?;
        let saved = page.documents.iter_mut().map(|document| (document.id, &mut document.saved));
        self.open_payloads(saved).await?;
        Ok(page)
    }

    async fn documents_of(
        &self,
        book: BookId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<StoredDocument>> {
        let mut documents = self.inner.documents_of(book, after, max).await?;
        self.open_payloads(documents.iter_mut().map(saved_of)).await?;
        Ok(documents)
    }

    async fn count_of(&self, book: BookId, kind: Kind) -> Stored<u64> {
        self.inner.count_of(book, kind).await
    }

    async fn documents_awaiting(&self, after: Option<DocumentId>, max: usize) -> Stored<Vec<StoredDocument>> {
        let mut documents = self.inner.documents_awaiting(after, max).await?;
        self.open_payloads(documents.iter_mut().map(saved_of)).await?;
        Ok(documents)
    }
}

/// Passes the calls of a trait on to the storage underneath.
macro_rules! to_inner {
    ($storage:ident { $(fn $call:ident($($given:ident: $kind:ty),*) -> $answer:ty;)+ }) => {
        impl<S: Storage + KeyStorage> $storage for Sealed<S> {
            $(
                async fn $call(&self, $($given: $kind),*) -> Stored<$answer> {
                    self.inner.$call($($given),*).await
                }
            )+
        }
    };
}

history_calls!(to_inner);
figure_calls!(to_inner);
account_calls!(to_inner);
organisation_calls!(to_inner);
setting_calls!(to_inner);
audit_calls!(to_inner);

impl<S: Storage + KeyStorage> Sealed<S> {
    fn wrap(&self, master: &MasterKey, new: &[(DocumentId, RawKey)]) -> Vec<(DocumentId, WrappedKey)> {
        let mut entropy = self.entropy();
        new.iter().map(|(id, raw)| (*id, master.wrap(*id, raw, &mut **entropy))).collect()
    }
}
