//! Documents, books and streams; commits, moves and feeds are in files of their own.

use std::collections::BTreeMap;

use document_model::{Actor, BookId, ChangeHash, DocumentId, UnitCode};
use futures::FutureExt;
use sync_protocol::{FeedChain, Replacement};

use super::columns::{Columns, bounded, listed};
use super::fault::Outcome;
use super::rows::{self, book_columns, document_columns};
use super::script::Script;
use super::{SqliteStorage, commit};
use crate::storage::{
    Commit, CommitOutcome, DocumentStorage, DownloadPart, DownloadRows, FeedRow, MoveOrder, Stored,
    StoredBook, StoredDocument, StoredStream,
};

impl DocumentStorage for SqliteStorage {
    async fn documents(&self, ids: &[DocumentId]) -> Stored<Vec<Option<StoredDocument>>> {
        let mut script = Script::default();
        script.statement(rows::DOCUMENTS_LISTED).bind(listed(ids));
        let found = self.read(script).await?;
        let found = found.iter().map(|row| rows::document(row).map(|document| (document.id, document)));
        let found: BTreeMap<_, _> = found.collect::<Outcome<_>>()?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn documents_with(&self, changes: &[ChangeHash]) -> Stored<Vec<Option<DocumentId>>> {
        let mut script = Script::default();
        let sql = "SELECT chained, document FROM (SELECT unhex(value) AS wanted FROM json_each(?)) \
            CROSS JOIN feed INDEXED BY feed_by_change ON chained = wanted WHERE body = 0";
        script.statement(sql).bind(listed(changes));
        let pair = |row| {
            let mut columns = Columns::of(row);
            Ok((ChangeHash(columns.array()?), DocumentId(columns.array()?)))
        };
        let found: BTreeMap<_, _> = self.read(script).await?.iter().map(pair).collect::<Outcome<_>>()?;
        Ok(changes.iter().map(|change| found.get(change).copied()).collect())
    }

    async fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, Replacement)>> {
        let mut script = Script::default();
        let sql = "SELECT document, replaced, by FROM (SELECT unhex(substr(value, 1, 32)) AS wanted_document, \
            unhex(substr(value, 33)) AS wanted FROM json_each(?)) \
            CROSS JOIN replacements ON document = wanted_document AND replaced = wanted";
        let wanted = edits.iter().map(|(document, hash)| format!("{document}{hash}"));
        script.statement(sql).bind(listed(wanted));
        let pair = |row| {
            let mut columns = Columns::of(row);
            let document = DocumentId(columns.array()?);
            let (replaced, by) = (ChangeHash(columns.array()?), ChangeHash(columns.array()?));
            Ok((document, Replacement { replaced, by }))
        };
        Ok(self.read(script).await?.iter().map(pair).collect::<Outcome<_>>()?)
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
        let found = found.iter().map(|row| rows::stream(row).map(|stream| (stream.actor, stream)));
        let found: BTreeMap<_, _> = found.collect::<Outcome<_>>()?;
        Ok(actors.iter().map(|actor| found.get(actor).cloned()).collect())
    }

    async fn register_stream(&self, stream: StoredStream) -> Stored<()> {
        self.write(|connection| commit::register_stream(connection, stream).boxed()).await
    }

    async fn book(&self, book: BookId) -> Stored<Option<StoredBook>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", book_columns!(), " FROM books WHERE id = ?");
        script.statement(sql).bind(book.as_bytes());
        Ok(self.read(script).await?.first().map(rows::book).transpose()?)
    }

    async fn books_of(&self, owner: &UnitCode) -> Stored<Vec<StoredBook>> {
        let mut script = Script::default();
        let sql = concat!("SELECT ", book_columns!(), " FROM books WHERE owner = ? OR id = ? ORDER BY id");
        script.statement(sql).bind(owner.as_str()).bind(BookId::SHARED.as_bytes());
        Ok(self.read(script).await?.iter().map(rows::book).collect::<Outcome<_>>()?)
    }

    async fn books(&self) -> Stored<Vec<StoredBook>> {
        let mut script = Script::default();
        script.statement(concat!("SELECT ", book_columns!(), " FROM books ORDER BY id"));
        Ok(self.read(script).await?.iter().map(rows::book).collect::<Outcome<_>>()?)
    }

    async fn create_books(&self, books: Vec<(BookId, String, Option<UnitCode>)>) -> Stored<()> {
        let mut script = Script::default();
        let into = concat!("INSERT INTO books (", book_columns!(), ")");
        let row = "(?, ?, ?, 1, 0, zeroblob(32), zeroblob(16), 0, zeroblob(32))";
        script.insert(into, row, " ON CONFLICT (id) DO NOTHING", &books, |script, (id, name, owner)| {
            script.bind(id.as_bytes()).bind(name.as_str()).bind(owner.as_ref().map(UnitCode::as_str));
        });
        self.write(|connection| script.run(connection).boxed()).await
    }

    async fn chain_at(&self, book: BookId, seq: u64) -> Stored<Option<FeedChain>> {
        Ok(self.find_chain(book, seq).await?)
    }

    async fn feed(
        &self,
        book: BookId,
        after: u64,
        upto: u64,
        max_entries: usize,
        max_bytes: usize,
    ) -> Stored<Vec<FeedRow>> {
        Ok(self.feed_page(book, (after, upto), max_entries, max_bytes).await?)
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
        Ok(self.read(script).await?.iter().map(rows::document).collect::<Outcome<_>>()?)
    }
}
