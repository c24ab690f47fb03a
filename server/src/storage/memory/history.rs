//! What happened to single documents, in memory.

use document_model::{BookId, ChangeHash, DocumentId};

use super::{MemoryStorage, State};
use crate::storage::{FeedBody, FeedRow, HistoryStorage, LedgerEntry, Stored, StoredEdit};

impl HistoryStorage for MemoryStorage {
    async fn edits(&self, edits: &[(DocumentId, ChangeHash)]) -> Stored<Vec<StoredEdit>> {
        let find = |state: &mut State| {
            let told = |book: BookId, row: &FeedRow| match &row.body {
                FeedBody::Change { hash, actor, .. } => Some(StoredEdit {
                    arrived_ms: row.arrived_ms,
                    book,
                    seq: row.seq,
                    document: row.document,
                    hash: *hash,
                    actor: *actor,
                }),
                _ => None,
            };
            let of_book = |(book, rows): (&BookId, &Vec<FeedRow>)| {
                let book = *book;
                rows.iter().filter_map(move |row| told(book, row)).collect::<Vec<_>>()
            };
            let all = state.feeds.iter().flat_map(of_book);
            let mut found: Vec<_> = all.filter(|edit| edits.contains(&(edit.document, edit.hash))).collect();
            found.sort();
            found
        };
        Ok(self.with(find).await)
    }

    async fn entries_about(
        &self,
        document: DocumentId,
        books: &[BookId],
        max: usize,
    ) -> Stored<Vec<LedgerEntry>> {
        let find = |state: &mut State| {
            let about = |entry: &&LedgerEntry| entry.document == document && books.contains(&entry.book);
            let mut found: Vec<_> = state.ledger.iter().filter(about).cloned().collect();
            found.sort_by_key(|entry| (entry.arrived_ms, entry.book, entry.number));
            found.truncate(max);
            found
        };
        Ok(self.with(find).await)
    }
}
