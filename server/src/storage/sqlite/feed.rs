//! Pages of feeds and of first downloads.

use document_model::BookId;
use sync_protocol::FeedChain;

use super::SqliteStorage;
use super::fault::{Fault, Outcome};
use super::script::Script;
use crate::storage::codec::{self, feed_columns, whole_columns};
use crate::storage::columns::{Columns, bounded, take_page};
use crate::storage::sealing::opened_len;
use crate::storage::{DownloadPart, DownloadRows, Entries, FeedRow, WholeDocument};

/// Documents last used before a number, newest first.
const USED_BEFORE: &str = concat!(
    "SELECT ",
    whole_columns!(),
    " FROM documents INDEXED BY documents_by_use WHERE book = ? AND last_seq < ? ORDER BY last_seq DESC LIMIT ?"
);

/// Documents used since a number that had joined by then, in order of id. Few were used during one
/// download, so they are found by use and sorted before anything large is read.
const USED_AFTER: &str = concat!(
    "SELECT ",
    whole_columns!(),
    " FROM (SELECT id AS wanted FROM documents INDEXED BY documents_by_use \
     WHERE book = ? AND last_seq > ? AND joined_seq <= ? AND id > ? ORDER BY id LIMIT ?) \
     CROSS JOIN documents ON id = wanted ORDER BY wanted"
);

impl SqliteStorage {
    pub(super) async fn find_chain(&self, book: BookId, seq: u64) -> Outcome<Option<FeedChain>> {
        if seq == 0 {
            return Ok(Some(FeedChain::default()));
        }
        let mut script = Script::default();
        script.statement("SELECT chain FROM feed WHERE book = ? AND seq = ?");
        script.bind(book.as_bytes()).bind(bounded(seq));
        let found = self.read(script).await?;
        found.first().map(|row| Ok(FeedChain(Columns::of(row).array()?))).transpose()
    }

    pub(super) async fn feed_page(
        &self,
        book: BookId,
        entries: Entries,
        (after, upto): (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> Outcome<Vec<FeedRow>> {
        let all = concat!(
            "SELECT ",
            feed_columns!(),
            " FROM feed WHERE book = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        );
        let telling = concat!(
            "SELECT ",
            feed_columns!(),
            " FROM feed WHERE book = ? AND seq > ? AND seq <= ? AND (body > 1 OR payload IS NOT NULL) \
             ORDER BY seq LIMIT ?"
        );
        let sql = if entries == Entries::All { all } else { telling };
        let query = sqlx::query(sql).bind(book.as_bytes()).bind(bounded(after)).bind(bounded(upto));
        let mut connection = self.readers.acquire().await?;
        let mut found = query.bind(bounded(max_entries)).fetch(&mut *connection);
        let size = |entry: &FeedRow| entry.body.size();
        let page = take_page::<_, _, Fault>(&mut found, max_bytes, codec::feed_row, size);
        Ok(page.await.map_err(Fault::while_reading)?.0)
    }

    pub(super) async fn download_page(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> Outcome<DownloadRows> {
        // One more than wanted shows whether the walk goes on.
        let limit = bounded(max_documents.saturating_add(1));
        let query = match part {
            DownloadPart::Before(seq) => sqlx::query(USED_BEFORE).bind(book.as_bytes()).bind(bounded(seq)),
            DownloadPart::UsedAfter { as_of, after } => {
                let after = after.map_or(Vec::new(), |id| id.0.to_vec());
                let query =
                    sqlx::query(USED_AFTER).bind(book.as_bytes()).bind(bounded(as_of)).bind(bounded(as_of));
                query.bind(after)
            }
        };
        let mut connection = self.readers.acquire().await?;
        let mut found = query.bind(limit).fetch(&mut *connection);
        let size = |document: &WholeDocument| opened_len(&document.saved);
        let page = take_page::<_, _, Fault>(&mut found, max_bytes, codec::whole_document, size);
        let (mut documents, mut finished) = page.await.map_err(Fault::while_reading)?;
        if documents.len() > max_documents {
            documents.truncate(max_documents);
            finished = false;
        }
        Ok(DownloadRows { documents, finished })
    }
}
