//! What happened to single documents.

use document_model::{BookId, ChangeHash, DocumentId};

use super::PostgresStorage;
use super::script::Query;
use crate::storage::codec::{self, edit_columns, ledger_columns};
use crate::storage::columns::{Fill, bounded};
use crate::storage::{HistoryStorage, LedgerEntry, Stored, StoredEdit};

impl HistoryStorage for PostgresStorage {
    async fn edits(&self, edits: &[(DocumentId, ChangeHash)]) -> Stored<Vec<StoredEdit>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            edit_columns!(),
            " FROM (SELECT DISTINCT * FROM unnest($1::bytea[], $2::bytea[]) AS one (wanted_document, wanted)) AS all_wanted \
             JOIN feed ON document = wanted_document AND chained = wanted \
             WHERE body = 0 ORDER BY arrived_ms, book, seq"
        ));
        query.ids(edits.iter().map(|(document, _)| document.as_bytes()));
        query.ids(edits.iter().map(|(_, change)| change.as_bytes()));
        codec::all(&self.read(query).await?, codec::stored_edit)
    }

    async fn entries_about(
        &self,
        document: DocumentId,
        books: &[BookId],
        max: usize,
    ) -> Stored<Vec<LedgerEntry>> {
        // A book's ledger is short beside all of them: it is looked through, and no index is kept for it.
        let mut query = Query::of(concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE book = ANY($1) AND document = $2 ORDER BY arrived_ms, book, number LIMIT $3"
        ));
        query.ids(books.iter().map(BookId::as_bytes));
        query.bytes(document.as_bytes()).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::ledger_entry)
    }
}
