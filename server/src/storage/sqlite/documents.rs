//! Documents, books and streams; commits, moves and feeds are in files of their own.

use std::collections::BTreeMap;

use document_model::{Actor, BookId, ChangeHash, DocumentId, Kind, UnitCode};
use futures::FutureExt;
use sync_protocol::{FeedChain, Replacement};

use super::columns::listed;
use super::script::Script;
use super::{SqliteStorage, commit, compaction, rows};
use crate::storage::codec::{self, book_columns, document_columns, replacement_columns};
use crate::storage::columns::{Columns, bounded};
use crate::storage::{
    Commit, CommitOutcome, Compaction, DocumentStorage, DownloadPart, DownloadRows, Entries, FeedRow,
    MoveOrder, Stored, StoredBook, StoredDocument, StoredStream,
};

impl DocumentStorage for SqliteStorage {
    async fn documents(&self, ids: &[DocumentId]) -> Stored<Vec<Option<StoredDocument>>> {
        let mut script = Script::default();
        script.statement(rows::DOCUMENTS_LISTED).bind(listed(ids));
        let found = self.read(script).await?;
        let found = found.iter().map(|row| codec::document(row).map(|document| (document.id, document)));
        let found: BTreeMap<_, _> = found.collect::<Stored<_>>()?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn documents_with(&self, changes: &[ChangeHash]) -> Stored<Vec<Option<DocumentId>>> {
        let mut script = Script::default();
        let sql = "SELECT min(document), chained FROM (SELECT unhex(value) AS wanted FROM json_each(?)) \
            CROSS JOIN feed INDEXED BY feed_by_change ON chained = wanted WHERE body = 0 \
            GROUP BY chained HAVING min(document) = max(document)";
        script.statement(sql).bind(listed(changes));
        codec::documents_with(changes, &self.read(script).await?)
    }

    async fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, Replacement)>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            replacement_columns!(),
            " FROM (SELECT unhex(substr(value, 1, 32)) AS wanted_document, \
             unhex(substr(value, 33)) AS wanted FROM json_each(?)) \
             CROSS JOIN replacements ON document = wanted_document AND replaced = wanted"
        );
        let wanted = edits.iter().map(|(document, hash)| format!("{document}{hash}"));
        script.statement(sql).bind(listed(wanted));
        codec::all(&self.read(script).await?, codec::replacement)
    }

    async fn known_changes(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, ChangeHash, u32)>> {
        let mut script = Script::default();
        let sql = "SELECT DISTINCT document, chained, lineage FROM (SELECT unhex(substr(value, 1, 32)) AS wanted_document, \
            unhex(substr(value, 33)) AS wanted FROM json_each(?)) \
            CROSS JOIN feed INDEXED BY feed_by_change ON chained = wanted AND document = wanted_document \
            WHERE body = 0";
        let wanted = edits.iter().map(|(document, hash)| format!("{document}{hash}"));
        script.statement(sql).bind(listed(wanted));
        codec::all(&self.read(script).await?, codec::edit)
    }

    async fn commit(&self, commit: Commit) -> Stored<CommitOutcome> {
        self.writer.commit(commit).await
    }

    async fn move_documents(&self, order: MoveOrder) -> Stored<CommitOutcome> {
        self.write(|connection| commit::apply_move(connection, order).boxed()).await
    }

    async fn streams(&self, actors: &[Actor]) -> Stored<Vec<Option<StoredStream>>> {
        let mut script = Script::default();
        script.statement(rows::STREAMS_LISTED).bind(listed(actors));
        let found = self.read(script).await?;
        let found = found.iter().map(|row| codec::stream(row).map(|stream| (stream.actor, stream)));
        let found: BTreeMap<_, _> = found.collect::<Stored<_>>()?;
        Ok(actors.iter().map(|actor| found.get(actor).cloned()).collect())
    }

    async fn register_stream(&self, stream: StoredStream) -> Stored<()> {
        self.write(|connection| commit::register_stream(connection, stream).boxed()).await
    }

    async fn book(&self, book: BookId) -> Stored<Option<StoredBook>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", book_columns!(), " FROM books WHERE id = ?");
        script.statement(sql).bind(book.as_bytes());
        self.read(script).await?.first().map(codec::book).transpose()
    }

    async fn books_of(&self, owner: &UnitCode) -> Stored<Vec<StoredBook>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", book_columns!(), " FROM books WHERE owner = ? OR id = ? ORDER BY id");
        script.statement(sql).bind(owner.as_str()).bind(BookId::SHARED.as_bytes());
        codec::all(&self.read(script).await?, codec::book)
    }

    async fn books(&self) -> Stored<Vec<StoredBook>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", book_columns!(), " FROM books ORDER BY id"));
        codec::all(&self.read(script).await?, codec::book)
    }

    async fn create_books(&self, books: Vec<(BookId, String, Option<UnitCode>)>) -> Stored<()> {
        let mut script = Script::default();
        let keep = "ON CONFLICT (id) DO NOTHING";
        script.insert("books", book_columns!(), keep, &books, |row, (id, name, owner)| {
            codec::fill_new_book(row, *id, name, owner.as_ref());
        });
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn chain_at(&self, book: BookId, seq: u64) -> Stored<Option<FeedChain>> {
        Ok(self.find_chain(book, seq).await?)
    }

    async fn feed(
        &self,
        book: BookId,
        entries: Entries,
        stretch: (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> Stored<Vec<FeedRow>> {
        Ok(self.feed_page(book, entries, stretch, max_entries, max_bytes).await?)
    }

    async fn to_compact(&self, least: u64, before_ms: i64) -> Stored<Vec<BookId>> {
        Ok(self.books_to_compact(least, before_ms).await?)
    }

    async fn compact(&self, book: BookId, upto: u64, compactions: Vec<Compaction>) -> Stored<usize> {
        self.write(move |connection| compaction::apply(connection, book, upto, compactions).boxed()).await
    }

    async fn download(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> Stored<DownloadRows> {
        Ok(self.download_page(book, part, max_documents, max_bytes).await?)
    }

    async fn documents_of(
        &self,
        book: BookId,
        after: Option<DocumentId>,
        max: usize,
    ) -> Stored<Vec<StoredDocument>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            document_columns!(),
            " FROM documents INDEXED BY documents_by_book WHERE book = ? AND id > ? ORDER BY id LIMIT ?"
        );
        // Nothing sorts before the empty id.
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        script.statement(sql).bind(book.as_bytes()).bind(after).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::document)
    }

    async fn count_of(&self, book: BookId, kind: Kind) -> Stored<u64> {
        let mut script = Script::default();
        let sql = "SELECT count(*) FROM documents INDEXED BY documents_by_book WHERE book = ? AND kind = ?";
        script.statement(sql).bind(book.as_bytes()).bind(i64::from(kind.number()));
        Columns::only(&self.read(script).await?)?.number()
    }

    async fn documents_awaiting(&self, after: Option<DocumentId>, max: usize) -> Stored<Vec<StoredDocument>> {
        let mut script = Script::default();
        let sql = concat!(
            "SELECT ",
            document_columns!(),
            " FROM documents INDEXED BY documents_awaiting WHERE awaiting_sale_date IS NOT NULL AND id > ? \
             ORDER BY id LIMIT ?"
        );
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        script.statement(sql).bind(after).bind(bounded(max));
        codec::all(&self.read(script).await?, codec::document)
    }
}
