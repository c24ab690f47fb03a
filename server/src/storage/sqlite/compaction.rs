//! Compaction in SQL: entries lose what they carry, one carries the document instead.

use std::collections::BTreeSet;

use document_model::{BookId, DocumentId};
use sqlx::SqliteConnection;

use super::SqliteStorage;
use super::columns::listed;
use super::fault::Outcome;
use super::script::Script;
use crate::storage::columns::{Columns, bounded};
use crate::storage::{Compaction, Stored};

impl SqliteStorage {
    pub(super) async fn books_to_compact(&self, least: u64, before_ms: i64) -> Outcome<Vec<BookId>> {
        let mut script = Script::default();
        let sql = "SELECT id FROM books JOIN feed ON feed.book = id AND feed.seq = compacted + ? \
            WHERE arrived_ms < ? ORDER BY id";
        script.statement(sql).bind(bounded(least)).bind(before_ms);
        let found = self.read(script).await?;
        let books = found.iter().map(|row| Columns::of(row).array().map(BookId));
        Ok(books.collect::<Stored<_>>()?)
    }
}

/// Compacts those documents that have the version expected.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    book: BookId,
    upto: u64,
    mut compactions: Vec<Compaction>,
) -> Outcome<usize> {
    let mut script = Script::default();
    let sql = "SELECT id, version FROM (SELECT unhex(value) AS wanted FROM json_each(?)) \
        CROSS JOIN documents ON id = wanted";
    script.statement(sql).bind(listed(compactions.iter().map(|compaction| compaction.document)));
    let version = |row| {
        let mut columns = Columns::of(row);
        Ok((DocumentId(columns.array()?), columns.number()?))
    };
    let versions: BTreeSet<_> = script.fetch(connection).await?.iter().map(version).collect::<Stored<_>>()?;
    compactions.retain(|compaction| versions.contains(&(compaction.document, compaction.expected_version)));
    let emptied = compactions.iter().flat_map(|compaction| &compaction.emptied);
    let mut script = Script::default();
    script.statement(
        "UPDATE feed SET payload = NULL WHERE book = ? AND seq IN (SELECT value FROM json_each(?))",
    );
    script.bind(book.as_bytes()).bind(serde_json::Value::from_iter(emptied.copied()).to_string());
    script.statement("UPDATE books SET compacted = max(compacted, ?) WHERE id = ?");
    script.bind(bounded(upto)).bind(book.as_bytes());
    script.run(connection).await?;
    for snapshot in compactions.iter().filter_map(|compaction| compaction.snapshot.as_ref()) {
        let mut script = Script::default();
        script.statement("UPDATE feed SET payload = ?, kind = ? WHERE book = ? AND seq = ?");
        script.bind(&snapshot.saved[..]).bind(i64::from(snapshot.kind.number()));
        script.bind(book.as_bytes()).bind(bounded(snapshot.seq));
        script.run(connection).await?;
    }
    Ok(compactions.len())
}
