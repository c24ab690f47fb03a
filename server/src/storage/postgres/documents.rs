//! Documents, books and streams; commits, moves and feeds are in files of their own.

use std::collections::BTreeMap;

use document_model::{Actor, BookId, ChangeHash, DocumentId, Kind, UnitCode};
use futures::FutureExt;
use sync_protocol::{FeedChain, Replacement};

use super::script::{Present, Query, Script};
use super::writer::Begin;
use super::{PostgresStorage, commit, compaction, rows};
use crate::storage::codec::{self, book_columns, document_columns, replacement_columns};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::{
    Commit, CommitOutcome, Compaction, DocumentStorage, DownloadPart, DownloadRows, Entries, FeedRow,
    MoveOrder, Stored, StoredBook, StoredDocument, StoredStream,
};

impl DocumentStorage for PostgresStorage {
    async fn documents(&self, ids: &[DocumentId]) -> Stored<Vec<Option<StoredDocument>>> {
        let mut query = Query::of(rows::DOCUMENTS_LISTED);
        query.ids(ids.iter().map(DocumentId::as_bytes));
        let found = self.read(query).await?;
        let found = found.iter().map(|row| codec::document(row).map(|document| (document.id, document)));
        let found: BTreeMap<_, _> = found.collect::<Stored<_>>()?;
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    async fn documents_with(&self, changes: &[ChangeHash]) -> Stored<Vec<Option<DocumentId>>> {
        let sql = "SELECT (array_agg(document))[1], chained FROM feed WHERE body = 0 AND chained = ANY($1) \
            GROUP BY chained HAVING count(DISTINCT document) = 1";
        let mut query = Query::of(sql);
        query.ids(changes.iter().map(ChangeHash::as_bytes));
        codec::documents_with(changes, &self.read(query).await?)
    }

    async fn replacements(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, Replacement)>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            replacement_columns!(),
            " FROM unnest($1::bytea[], $2::bytea[]) AS wanted (wanted_document, wanted_change) \
             JOIN replacements ON document = wanted_document AND replaced = wanted_change"
        ));
        query.ids(edits.iter().map(|(document, _)| document.as_bytes()));
        query.ids(edits.iter().map(|(_, change)| change.as_bytes()));
        codec::all(&self.read(query).await?, codec::replacement)
    }

    async fn known_changes(
        &self,
        edits: &[(DocumentId, ChangeHash)],
    ) -> Stored<Vec<(DocumentId, ChangeHash, u32)>> {
        let mut query = Query::of(
            "SELECT DISTINCT document, chained, lineage FROM unnest($1::bytea[], $2::bytea[]) \
             AS wanted (wanted_document, wanted_change) \
             JOIN feed ON document = wanted_document AND chained = wanted_change WHERE body = 0",
        );
        query.ids(edits.iter().map(|(document, _)| document.as_bytes()));
        query.ids(edits.iter().map(|(_, change)| change.as_bytes()));
        codec::all(&self.read(query).await?, codec::edit)
    }

    async fn commit(&self, commit: Commit) -> Stored<CommitOutcome> {
        self.writer.commit(commit).await
    }

    async fn move_documents(&self, order: MoveOrder) -> Stored<CommitOutcome> {
        self.writer
            .write("move", Begin::Write, order, |connection, order| {
                commit::apply_move(connection, order).boxed()
            })
            .await
    }

    async fn streams(&self, actors: &[Actor]) -> Stored<Vec<Option<StoredStream>>> {
        let mut query = Query::of(rows::STREAMS_LISTED);
        query.ids(actors.iter().map(Actor::as_bytes));
        let found = self.read(query).await?;
        let found = found.iter().map(|row| codec::stream(row).map(|stream| (stream.actor, stream)));
        let found: BTreeMap<_, _> = found.collect::<Stored<_>>()?;
        Ok(actors.iter().map(|actor| found.get(actor).cloned()).collect())
    }

    async fn register_stream(&self, stream: StoredStream) -> Stored<()> {
        let fill = move |script: &mut Script| rows::add_streams(script, &[&stream], Present::Stays);
        self.put("register stream", fill).await
    }

    async fn book(&self, book: BookId) -> Stored<Option<StoredBook>> {
        let mut query = Query::of(concat!("SELECT ", book_columns!(), " FROM books WHERE id = $1"));
        query.bytes(book.as_bytes());
        self.read(query).await?.first().map(codec::book).transpose()
    }

    async fn books_of(&self, owner: &UnitCode) -> Stored<Vec<StoredBook>> {
        let sql = concat!("SELECT ", book_columns!(), " FROM books WHERE owner = $1 OR id = $2 ORDER BY id");
        let mut query = Query::of(sql);
        query.text(owner.as_str()).bytes(BookId::SHARED.as_bytes());
        codec::all(&self.read(query).await?, codec::book)
    }

    async fn books(&self) -> Stored<Vec<StoredBook>> {
        let query = Query::of(concat!("SELECT ", book_columns!(), " FROM books ORDER BY id"));
        codec::all(&self.read(query).await?, codec::book)
    }

    async fn create_books(&self, books: Vec<(BookId, String, Option<UnitCode>)>) -> Stored<()> {
        let fill = move |script: &mut Script| {
            script.insert("books", book_columns!(), Present::Stays, &books, |row, (id, name, owner)| {
                codec::fill_new_book(row, *id, name, owner.as_ref());
            });
        };
        self.put("create books", fill).await
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
        self.writer
            .write("compact", Begin::Write, (book, upto, compactions), |connection, (book, upto, all)| {
                compaction::apply(connection, *book, *upto, all).boxed()
            })
            .await
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
        let mut query = Query::of(concat!(
            "SELECT ",
            document_columns!(),
            " FROM documents WHERE book = $1 AND id > $2 ORDER BY id LIMIT $3"
        ));
        // Nothing sorts before the empty id.
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        query.bytes(book.as_bytes()).bytes(&after[..]).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::document)
    }

    async fn count_of(&self, book: BookId, kind: Kind) -> Stored<u64> {
        let mut query = Query::of("SELECT count(*) FROM documents WHERE book = $1 AND kind = $2");
        query.bytes(book.as_bytes()).integer(i64::from(kind.number()));
        Columns::only(&self.read(query).await?)?.number()
    }

    async fn documents_awaiting(&self, after: Option<DocumentId>, max: usize) -> Stored<Vec<StoredDocument>> {
        let mut query = Query::of(concat!(
            "SELECT ",
            document_columns!(),
            " FROM documents WHERE awaiting_sale_date IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
        ));
        let after = after.map_or(Vec::new(), |id| id.0.to_vec());
        query.bytes(&after[..]).integer(bounded(max));
        codec::all(&self.read(query).await?, codec::document)
    }
}

impl PostgresStorage {
    /// Writes what `fill` puts into a script, in a transaction of its own.
    pub(super) async fn put(
        &self,
        name: &'static str,
        fill: impl Fn(&mut Script) + Send + Sync + 'static,
    ) -> Stored<()> {
        self.writer
            .write(name, Begin::Write, fill, |connection, fill| {
                let mut script = Script::default();
                fill(&mut script);
                script.run(connection).boxed()
            })
            .await
    }
}
