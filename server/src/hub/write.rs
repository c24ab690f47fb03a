//! What the hub itself writes: headquarters' documents, imports, moves, judging again. The same gate
//! and commit as a device's push, without a device.

use std::collections::{BTreeMap, BTreeSet};

use document_model::{
    Actor, Assignment, Author, BookId, Document, DocumentId, EditError, Entropy, FieldValue, Kind, Moment,
    Operation, RecordFacts,
};
use sha2::{Digest, Sha256};

use super::gate::{Gate, GateJob, GateVerdict, JobChange};
use super::{COMMIT_ATTEMPTS, Hub, HubError, project};
use crate::storage::{
    Commit, CommitOutcome, CommittedChange, DocumentCommit, MoveOrder, Storage, StorageError, StoredBook,
    StoredDocument, StoredStream,
};

/// Documents one commit of the hub's own writes carries.
const WRITE_BATCH: usize = 500;
/// Documents judged again at a time.
const REJUDGE_PAGE: usize = 1_000;
/// The device id that stands for the hub itself.
const HUB_DEVICE: document_model::DeviceId = document_model::DeviceId([0; 16]);

/// A document headquarters or an import wants to have these fields.
#[derive(Debug, Clone)]
pub struct HubWrite {
    /// The document.
    pub document: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// The book a new one goes into.
    pub book: BookId,
    /// The fields; others stay.
    pub fields: Vec<(String, FieldValue)>,
    /// History taken over from elsewhere: never late.
    pub imported: bool,
    /// True to leave a document that exists already exactly as it is.
    pub only_new: bool,
}

/// What became of one write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteResult {
    /// It did not exist before.
    Created,
    /// It has new values.
    Changed,
    /// It was so already.
    Unchanged,
}

/// Cuts writes into commits. A document is in each of them once: a second write of it starts from what the
/// first one made.
fn batches(indexes: &[usize], document: impl Fn(usize) -> DocumentId) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut within = BTreeSet::new();
    for &index in indexes {
        let full = batches.last().is_none_or(|batch| batch.len() == WRITE_BATCH);
        if full || within.contains(&document(index)) {
            batches.push(Vec::new());
            within.clear();
        }
        within.insert(document(index));
        if let Some(batch) = batches.last_mut() {
            batch.push(index);
        }
    }
    batches
}

/// Why a field of a hub write cannot be stored.
fn unusable(error: EditError) -> HubError {
    HubError::Storage(StorageError::Failed(error.to_string()))
}

/// Who writes, and when.
struct Pen<'e> {
    actor: Actor,
    now: Moment,
    entropy: &'e mut (dyn Entropy + Send),
}

/// The actor that the hub writes with for a user: a stream has one author.
fn actor_of(own: Actor, user: &str) -> Actor {
    let hash = Sha256::new().chain_update(own.0).chain_update(user).finalize();
    Actor(hash[..16].try_into().expect("sixteen of thirty-two bytes"))
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Writes documents as `user`, in batches; one result each, in order. Done twice it changes
    /// nothing the second time.
    pub async fn write(
        &self,
        user: &str,
        writes: &[HubWrite],
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<Vec<WriteResult>, HubError> {
        let actor = actor_of(self.own_stream, user);
        let stream = StoredStream { actor, device: HUB_DEVICE, user: user.to_owned(), generation: 0 };
        self.storage.register_stream(stream).await?;
        let mut pen = Pen { actor, now, entropy };
        let mut results = vec![WriteResult::Unchanged; writes.len()];
        // Records apart from the rest: what they say of policies must find these as they are stored.
        let mut by_book: BTreeMap<(bool, BookId), Vec<usize>> = BTreeMap::new();
        for (index, write) in writes.iter().enumerate() {
            by_book.entry((write.kind == Kind::PolicyRecord, write.book)).or_default().push(index);
        }
        for ((_, book), indexes) in by_book {
            for batch in batches(&indexes, |index| writes[index].document) {
                self.write_batch(book, writes, &batch, &mut results, &mut pen).await?;
            }
        }
        Ok(results)
    }

    async fn write_batch(
        &self,
        book: BookId,
        writes: &[HubWrite],
        batch: &[usize],
        results: &mut [WriteResult],
        pen: &mut Pen<'_>,
    ) -> Result<(), HubError> {
        let row = self.book_row(book).await?;
        for _ in 0..COMMIT_ATTEMPTS {
            let rules = self.rules.current(&self.storage).await?;
            if self.commit_batch(&row, writes, batch, results, pen, &rules).await? {
                return Ok(());
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Writes documents of one book in one commit, decided on these rules: all of them, or none and `false` when
    /// something is another by now.
    pub async fn write_whole(
        &self,
        user: &str,
        writes: &[HubWrite],
        rules: u64,
        now: Moment,
        entropy: &mut (dyn Entropy + Send),
    ) -> Result<bool, HubError> {
        let current = self.rules.current(&self.storage).await?;
        let Some(first) = writes.first() else { return Ok(current.version == rules) };
        let actor = actor_of(self.own_stream, user);
        let stream = StoredStream { actor, device: HUB_DEVICE, user: user.to_owned(), generation: 0 };
        self.storage.register_stream(stream).await?;
        let row = self.book_row(first.book).await?;
        let all: Vec<_> = (0..writes.len()).collect();
        let mut results = vec![WriteResult::Unchanged; writes.len()];
        let mut pen = Pen { actor, now, entropy };
        Ok(current.version == rules
            && self.commit_batch(&row, writes, &all, &mut results, &mut pen, &current).await?)
    }

    async fn book_row(&self, book: BookId) -> Result<StoredBook, HubError> {
        let row = self.storage.book(book).await?;
        Ok(row.ok_or_else(|| StorageError::Failed(format!("there is no book {book}")))?)
    }

    /// One commit of writes; `false` when another one came first.
    async fn commit_batch(
        &self,
        row: &StoredBook,
        writes: &[HubWrite],
        batch: &[usize],
        results: &mut [WriteResult],
        pen: &mut Pen<'_>,
        rules: &super::Rules,
    ) -> Result<bool, HubError> {
        let now = pen.now;
        let ids: Vec<_> = batch.iter().map(|index| writes[*index].document).collect();
        let stored = self.storage.documents(&ids).await?;
        let mut documents = Vec::new();
        for (&index, stored) in batch.iter().zip(stored) {
            let existed = stored.is_some();
            let commit = self.write_one(row, &writes[index], stored, rules, pen).await?;
            results[index] = match (&commit, existed) {
                (None, _) => WriteResult::Unchanged,
                (Some(_), true) => WriteResult::Changed,
                (Some(_), false) => WriteResult::Created,
            };
            documents.extend(commit);
        }
        if documents.is_empty() {
            return Ok(true);
        }
        let judged = self.judge_by_records(&documents, rules).await?;
        documents.extend(judged.commits);
        let changes_rules =
            documents.iter().any(|document| matches!(document.state.kind, Kind::Product | Kind::Schema));
        let commit = Commit { changes_rules, ..Commit::of_hub(row.id, rules.version, now, documents) };
        let CommitOutcome::Done { seq } = self.storage.commit(commit).await? else { return Ok(false) };
        self.pokes.poke(row.id, seq);
        for policy in judged.elsewhere {
            self.rejudge_page(policy.book, vec![policy], now).await?;
        }
        Ok(true)
    }

    /// The commit of one write; `None` when the document is so already.
    async fn write_one(
        &self,
        book: &StoredBook,
        write: &HubWrite,
        stored: Option<StoredDocument>,
        rules: &super::Rules,
        pen: &mut Pen<'_>,
    ) -> Result<Option<DocumentCommit>, HubError> {
        if stored.is_some() && write.only_new {
            return Ok(None);
        }
        let mut document = match &stored {
            Some(stored) => Document::load(stored.kind, &stored.saved)
                .map_err(|error| StorageError::Damaged(error.to_string()))?,
            None => Document::born(write.kind),
        };
        let set = |(field, value): &(String, FieldValue)| {
            Operation::Set(Assignment { field: field.clone(), value: value.clone() })
        };
        let operations: Vec<_> = write.fields.iter().map(set).collect();
        let author = Author { actor: pen.actor, now: pen.now };
        let Some(edited) = document.edit(author, &operations, &mut *pen.entropy).map_err(unusable)? else {
            return Ok(None);
        };
        let bytes = edited.change.raw_bytes().to_vec();
        let job = GateJob {
            kind: write.kind,
            saved: stored.as_ref().map(|stored| stored.saved.clone()),
            stream: pen.actor,
            vouched: Vec::new(),
            changes: vec![JobChange { bytes: bytes.clone(), replaces: None }],
        };
        let admitted = match self.gate.judge(vec![job]).await?.pop() {
            Some(GateVerdict::Admitted(admitted)) if admitted.refused.is_none() => *admitted,
            verdict => {
                return Err(StorageError::Failed(format!("the gate refused a write: {verdict:?}")).into());
            }
        };
        let today = rules.day(pen.now);
        let stored =
            stored.map(|stored| StoredDocument { judged_on: today, ..stored }).unwrap_or_else(|| {
                StoredDocument {
                    id: write.document,
                    kind: write.kind,
                    book: book.id,
                    lineage: 1,
                    version: 0,
                    last_seq: 0,
                    joined_seq: 0,
                    heads: Vec::new(),
                    actors: Vec::new(),
                    saved: Vec::new(),
                    created_on: today,
                    judged_on: today,
                    imported: write.imported,
                    selling_rep: book.owner.clone(),
                    record: RecordFacts::default(),
                    awaiting_sale_date: None,
                    counted: None,
                }
            });
        let change = CommittedChange { hash: edited.hash, actor: pen.actor, bytes, replaces: None };
        Ok(Some(project::project(stored, admitted, vec![change], rules)))
    }

    /// Moves documents to another book, policies with their records: all or none. A document that changed
    /// meanwhile is moved in its new state.
    pub async fn move_documents(
        &self,
        documents: &[DocumentId],
        from: BookId,
        to: BookId,
        now: Moment,
    ) -> Result<(), HubError> {
        let records = documents.iter().map(|document| RecordFacts::document_of(*document));
        let records: Vec<_> = records.filter(|record| !documents.contains(record)).collect();
        for _ in 0..COMMIT_ATTEMPTS {
            let stored = self.storage.documents(documents).await?;
            let of_them = self.storage.documents(&records).await?;
            let of_them =
                of_them.into_iter().filter(|record| record.as_ref().is_some_and(|one| one.book == from));
            let versions = stored.into_iter().chain(of_them).flatten();
            let versions = versions.map(|document| (document.id, document.version)).collect();
            let order = MoveOrder { documents: versions, from, to, arrived_ms: now.0 };
            if let CommitOutcome::Done { seq } = self.storage.move_documents(order).await? {
                self.pokes.poke(to, seq);
                return Ok(());
            }
        }
        Err(StorageError::Busy.into())
    }

    /// Judges every policy again after the organisation or the catalogue changed, and posts what
    /// that changes. Gives back how many documents changed.
    pub async fn rejudge(&self, now: Moment) -> Result<usize, HubError> {
        let mut changed = 0;
        let version = self.storage.rules_version().await?;
        for book in self.storage.books().await? {
            let mut after = None;
            loop {
                let page = self.storage.documents_of(book.id, after, REJUDGE_PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.id);
                changed += self.rejudge_page(book.id, page, now).await?;
            }
        }
        self.storage.set_judged(version).await?;
        Ok(changed)
    }

    async fn rejudge_page(
        &self,
        book: BookId,
        page: Vec<StoredDocument>,
        now: Moment,
    ) -> Result<usize, HubError> {
        let ids: Vec<_> = page
            .iter()
            .filter(|document| document.kind == Kind::Policy)
            .map(|document| document.id)
            .collect();
        let mut page = page;
        for _ in 0..COMMIT_ATTEMPTS {
            let rules = self.rules.current(&self.storage).await?;
            let records = self.records_of(&ids).await?;
            let mut documents = Vec::new();
            for stored in
                page.into_iter().filter(|document| document.kind == Kind::Policy && document.book == book)
            {
                let document = Document::load(stored.kind, &stored.saved)
                    .map_err(|error| StorageError::Damaged(error.to_string()))?;
                let record = records.get(&stored.id).map(RecordFacts::of_fields).unwrap_or_default();
                documents.extend(project::rejudge(stored, &document.fields(), record, &rules));
            }
            let count = documents.len();
            if count == 0 {
                return Ok(0);
            }
            let commit = Commit::of_hub(book, rules.version, now, documents);
            if let CommitOutcome::Done { .. } = self.storage.commit(commit).await? {
                return Ok(count);
            }
            page = self.storage.documents(&ids).await?.into_iter().flatten().collect();
        }
        Err(StorageError::Busy.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::SystemEntropy;
    use crate::app::tests::app;
    use crate::storage::{DocumentStorage, Entries, FeedBody};

    #[tokio::test]
    async fn whoever_wrote_is_told_apart() {
        let app = app().await;
        let before = app.hub.storage().book(BookId::SHARED).await.unwrap().unwrap().seq;
        for (user, name) in [("han", "Life"), ("mo", "Whole life"), ("han", "Life for ever")] {
            let write = HubWrite {
                document: DocumentId([9; 16]),
                kind: Kind::Product,
                book: BookId::SHARED,
                fields: vec![("code".to_owned(), "XX01".into()), ("name".to_owned(), name.into())],
                imported: false,
                only_new: false,
            };
            let written = app.hub.write(user, &[write], app.clock.now(), &mut SystemEntropy).await.unwrap();
            assert_ne!(written, [WriteResult::Unchanged]);
        }
        let entries = app.hub.storage().feed(BookId::SHARED, Entries::All, (before, u64::MAX), 10, 1 << 20);
        let mut actors = Vec::new();
        for entry in entries.await.unwrap() {
            if let FeedBody::Change { actor, .. } = entry.body {
                actors.push(actor);
            }
        }
        let streams = app.hub.storage().streams(&actors).await.unwrap();
        let users: Vec<_> = streams.iter().flatten().map(|stream| stream.user.as_str()).collect();
        assert_eq!(users, ["han", "mo", "han"]);
        assert_eq!(app.hub.verify(&|_| ()).await.unwrap().found, 0);
    }

    #[test]
    fn a_document_is_in_a_commit_once() {
        let documents = [1, 2, 1, 1, 3].map(|n| DocumentId([n; 16]));
        let cut = batches(&[0, 1, 2, 3, 4], |index| documents[index]);
        assert_eq!(cut, [vec![0, 1], vec![2], vec![3, 4]]);
        let many: Vec<_> = (0..=WRITE_BATCH).collect();
        let cut = batches(&many, |index| DocumentId::derived("many", &index.to_string()));
        assert_eq!(cut.iter().map(Vec::len).collect::<Vec<_>>(), [WRITE_BATCH, 1]);
        assert_eq!(batches(&[], |_| DocumentId([1; 16])), Vec::<Vec<usize>>::new());
    }
}
