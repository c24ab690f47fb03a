//! What happened to single documents.

use document_model::{BookId, ChangeHash, DocumentId};

use super::SqliteStorage;
use super::columns::listed;
use super::script::Script;
use crate::storage::codec::{self, edit_columns, ledger_columns};
use crate::storage::columns::bounded;
use crate::storage::{HistoryStorage, LedgerEntry, Stored, StoredEdit};

impl HistoryStorage for SqliteStorage {
    async fn edits(&self, edits: &[(DocumentId, ChangeHash)]) -> Stored<Vec<StoredEdit>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            edit_columns!(),
            " FROM (SELECT DISTINCT unhex(substr(value, 1, 32)) AS wanted_document, \
             unhex(substr(value, 33)) AS wanted FROM json_each(?)) \
             CROSS JOIN feed INDEXED BY feed_by_change ON chained = wanted AND document = wanted_document \
             WHERE body = 0 ORDER BY arrived_ms, book, seq"
        );
        let wanted = edits.iter().map(|(document, hash)| format!("{document}{hash}"));
        script.statement(sql).bind(listed(wanted));
        codec::all(&self.read(script).await?, codec::stored_edit)
    }

    async fn entries_about(
        &self,
        document: DocumentId,
        books: &[BookId],
        max: usize,
    ) -> Stored<Vec<LedgerEntry>> {
        let mut script = Script::default();
        // A book's ledger is short beside all of them: it is looked through, and no index is kept for it.
        let sql = concat!(
            "SELECT ",
            ledger_columns!(),
            " FROM ledger WHERE book IN (SELECT unhex(value) FROM json_each(?)) AND document = ? \
             ORDER BY arrived_ms, book, number LIMIT ?"
        );
        script.statement(sql).bind(listed(books)).bind(document.as_bytes()).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::ledger_entry)
    }
}
