//! Compaction in SQL: entries lose what they carry, one carries the document instead.

use std::collections::BTreeSet;

use document_model::{BookId, DocumentId};
use sqlx::PgConnection;

use super::PostgresStorage;
use super::fault::Outcome;
use super::rows;
use super::script::Query;
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::{Compaction, EntrySnapshot, Stored};

impl PostgresStorage {
    pub(super) async fn books_to_compact(&self, least: u64, before_ms: i64) -> Outcome<Vec<BookId>> {
        let sql = "SELECT id FROM books JOIN feed ON feed.book = id AND feed.seq = compacted + $1 \
            WHERE arrived_ms < $2 ORDER BY id";
        let mut query = Query::of(sql);
        query.integer(bounded(least)).integer(before_ms);
        let found = self.read(query).await?;
        let books = found.iter().map(|row| Columns::of(row).array().map(BookId));
        Ok(books.collect::<Stored<_>>()?)
    }
}

/// Compacts those documents that have the version expected, under the book's lock.
pub(super) async fn apply(
    connection: &mut PgConnection,
    book: BookId,
    upto: u64,
    compactions: &[Compaction],
) -> Outcome<usize> {
    let mut lock = Query::of(rows::BOOKS_TO_WRITE);
    lock.ids([book.as_bytes()]);
    lock.fetch(connection).await?;
    let mut query = Query::of("SELECT id, version FROM documents WHERE id = ANY($1)");
    query.ids(compactions.iter().map(|compaction| compaction.document.as_bytes()));
    let version = |row| {
        let mut columns = Columns::of(row);
        Ok((DocumentId(columns.array()?), columns.number()?))
    };
    let versions: BTreeSet<_> = query.fetch(connection).await?.iter().map(version).collect::<Stored<_>>()?;
    let current =
        |compaction: &&Compaction| versions.contains(&(compaction.document, compaction.expected_version));
    let compactions: Vec<_> = compactions.iter().filter(current).collect();
    let emptied = compactions.iter().flat_map(|compaction| &compaction.emptied);
    let mut query = Query::of("UPDATE feed SET payload = NULL WHERE book = $1 AND seq = ANY($2)");
    query.bytes(book.as_bytes()).bind(emptied.map(|seq| bounded(*seq)).collect::<Vec<i64>>());
    query.run(connection).await?;
    let snapshots: Vec<&EntrySnapshot> =
        compactions.iter().filter_map(|compaction| compaction.snapshot.as_ref()).collect();
    let mut query = Query::of(
        "UPDATE feed SET payload = new.payload, kind = new.kind \
         FROM unnest($2::bigint[], $3::bigint[], $4::bytea[]) AS new (seq, kind, payload) \
         WHERE feed.book = $1 AND feed.seq = new.seq",
    );
    query.bytes(book.as_bytes());
    query.bind(snapshots.iter().map(|snapshot| bounded(snapshot.seq)).collect::<Vec<i64>>());
    query.bind(snapshots.iter().map(|snapshot| i64::from(snapshot.kind.number())).collect::<Vec<i64>>());
    query.ids(snapshots.iter().map(|snapshot| &snapshot.saved[..]));
    query.run(connection).await?;
    let mut query = Query::of("UPDATE books SET compacted = greatest(compacted, $2) WHERE id = $1");
    query.bytes(book.as_bytes()).integer(bounded(upto));
    query.run(connection).await?;
    Ok(compactions.len())
}
