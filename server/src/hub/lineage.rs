//! New lineages: a document begins anew, its history goes, what it shows stays.
//!
//! Devices read on from a snapshot. Edits they made on the older lineage are written again on the newer one,
//! or wait in the tray; the feed still says which edits there were, whose and when.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use document_model::{Actor, Document, DocumentId, Moment, limits};
use serde::Serialize;

use super::gate::Gate;
use super::{COMMIT_ATTEMPTS, Hub, HubError};
use crate::storage::{Commit, CommitOutcome, DocumentCommit, Storage, StorageError, StoredDocument};

/// What became of a document that was to begin anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BegunAnew {
    /// It has.
    Begun {
        /// Its lineage now.
        lineage: u32,
        /// Bytes before.
        bytes_before: u64,
        /// And after.
        bytes_after: u64,
    },
    /// There is no such document.
    Unknown,
    /// Values of it clash: what is not shown would be lost. A person picks first.
    Clashes,
    /// It would not be much smaller.
    NotWorthIt,
}

/// Documents seen to be large, until somebody looks whether they can begin anew.
#[derive(Debug, Default)]
pub struct Outgrown(Mutex<BTreeSet<DocumentId>>);

impl Outgrown {
    /// Notes those that are large.
    pub(super) fn note<'d>(&self, documents: impl Iterator<Item = &'d StoredDocument>) {
        let large = documents.filter(|document| document.saved.len() >= limits::LINEAGE_BYTES);
        let large: Vec<_> = large.map(|document| document.id).collect();
        if !large.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(large);
        }
    }

    fn take(&self) -> BTreeSet<DocumentId> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Storage, G: Gate> Hub<S, G> {
    /// Begins those documents anew that were seen to be large, where it makes them at most half as large.
    /// Those that cannot, because values clash, come again with their next edit.
    pub async fn begin_outgrown_anew(&self, now: Moment) -> Result<Vec<(DocumentId, BegunAnew)>, HubError> {
        let mut done = Vec::new();
        for document in self.outgrown.take() {
            done.push((document, self.begin(document, 2, now).await?));
        }
        Ok(done)
    }

    /// Begins a document anew, whatever its size.
    pub async fn begin_anew(&self, document: DocumentId, now: Moment) -> Result<BegunAnew, HubError> {
        self.begin(document, 1, now).await
    }

    /// Begins a document anew if `times` what it comes to is less than it was.
    async fn begin(&self, id: DocumentId, times: usize, now: Moment) -> Result<BegunAnew, HubError> {
        for _ in 0..COMMIT_ATTEMPTS {
            let stored = self.storage.documents(&[id]).await?.pop().flatten();
            let Some(stored) = stored else { return Ok(BegunAnew::Unknown) };
            let rules = self.rules.current(&self.storage).await?;
            let (book, before) = (stored.book, stored.saved.len());
            let state = match anew(stored, times)? {
                Ok(state) => state,
                Err(not) => return Ok(not),
            };
            let (lineage, after) = (state.lineage, state.saved.len());
            let commit = Commit::of_hub(book, rules.version, now, vec![DocumentCommit::of_state(state)]);
            if let CommitOutcome::Done { seq } = self.storage.commit(commit).await? {
                self.pokes.poke(book, seq);
                return Ok(BegunAnew::Begun {
                    lineage,
                    bytes_before: before as u64,
                    bytes_after: after as u64,
                });
            }
        }
        Err(StorageError::Busy.into())
    }
}

/// The state of a document begun anew. What it counts is as it was: its fields are.
fn anew(stored: StoredDocument, times: usize) -> Result<Result<StoredDocument, BegunAnew>, StorageError> {
    let damaged = |what: String| StorageError::Damaged(format!("{}: {what}", stored.id));
    let document = Document::load(stored.kind, &stored.saved).map_err(|error| damaged(error.to_string()))?;
    let Some(begun) = document.begun_anew() else { return Ok(Err(BegunAnew::Clashes)) };
    let saved = begun.save();
    if saved.len() * times >= stored.saved.len() {
        return Ok(Err(BegunAnew::NotWorthIt));
    }
    let read = Document::load(stored.kind, &saved).map_err(|error| damaged(error.to_string()))?;
    if (read.heads(), read.fields()) != (begun.heads(), document.fields()) {
        return Err(damaged("begun anew it does not read as it was".to_owned()));
    }
    let mut actors: Vec<Actor> =
        begun.changes_after(&[]).iter().filter_map(|change| Actor::of(change.actor_id())).collect();
    actors.sort_unstable();
    actors.dedup();
    Ok(Ok(StoredDocument { lineage: stored.lineage + 1, heads: begun.heads(), actors, saved, ..stored }))
}
