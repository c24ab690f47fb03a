//! Pages of feeds and of first downloads.

use document_model::BookId;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use sqlx::sqlite::SqliteRow;
use sync_protocol::FeedChain;

use super::SqliteStorage;
use super::columns::{Columns, bounded};
use super::fault::Outcome;
use super::rows::{self, document_columns, feed_columns};
use super::script::Script;
use crate::storage::{DownloadPart, DownloadRows, FeedRow};

/// Documents last used before a number, newest first.
const USED_BEFORE: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM documents INDEXED BY documents_by_use WHERE book = ? AND last_seq < ? ORDER BY last_seq DESC LIMIT ?"
);

/// Documents used since a number that had joined by then, in order of id. Few were used during one
/// download, so they are found by use and sorted before anything large is read.
const USED_AFTER: &str = concat!(
    "SELECT ",
    document_columns!(),
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
        (after, upto): (u64, u64),
        max_entries: usize,
        max_bytes: usize,
    ) -> Outcome<Vec<FeedRow>> {
        let sql = concat!(
            "SELECT ",
            feed_columns!(),
            " FROM feed WHERE book = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        );
        let query = sqlx::query(sql).bind(book.as_bytes()).bind(bounded(after)).bind(bounded(upto));
        let mut found = query.bind(bounded(max_entries)).fetch(&self.readers);
        let page = take_page(&mut found, max_bytes, rows::feed_row, |entry| entry.body.size());
        Ok(page.await?.0)
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
        let mut found = query.bind(limit).fetch(&self.readers);
        let page = take_page(&mut found, max_bytes, rows::document, |document| document.saved.len());
        let (mut documents, mut finished) = page.await?;
        if documents.len() > max_documents {
            documents.truncate(max_documents);
            finished = false;
        }
        Ok(DownloadRows { documents, finished })
    }
}

/// Takes rows until `max_bytes` are reached, at least one; true when there were no more.
async fn take_page<T>(
    found: &mut BoxStream<'_, sqlx::Result<SqliteRow>>,
    max_bytes: usize,
    read: fn(&SqliteRow) -> Outcome<T>,
    size: impl Fn(&T) -> usize,
) -> Outcome<(Vec<T>, bool)> {
    let (mut page, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.try_next().await? {
        if !page.is_empty() && bytes >= max_bytes {
            return Ok((page, false));
        }
        let item = read(&row)?;
        bytes += size(&item);
        page.push(item);
    }
    Ok((page, true))
}
