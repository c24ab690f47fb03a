//! Pages of feeds and of first downloads.

use document_model::BookId;
use sync_protocol::FeedChain;

use super::PostgresStorage;
use super::fault::Outcome;
use super::script::Query;
use crate::storage::codec::{self, feed_columns, whole_columns};
use crate::storage::columns::{Columns, Fill, bounded};
use crate::storage::sealing::opened_len;
use crate::storage::{DownloadPart, DownloadRows, Entries, FeedRow, WholeDocument};

/// Documents last used before a number, newest first.
const USED_BEFORE: &str = concat!(
    "SELECT ",
    whole_columns!(),
    " FROM documents WHERE book = $1 AND last_seq < $2 ORDER BY last_seq DESC LIMIT $3"
);

/// Documents used since a number that had joined by then, in order of id.
const USED_AFTER: &str = concat!(
    "SELECT ",
    whole_columns!(),
    " FROM documents WHERE book = $1 AND last_seq > $2 AND joined_seq <= $2 AND id > $3 ORDER BY id LIMIT $4"
);

impl PostgresStorage {
    pub(super) async fn find_chain(&self, book: BookId, seq: u64) -> Outcome<Option<FeedChain>> {
        if seq == 0 {
            return Ok(Some(FeedChain::default()));
        }
        let mut query = Query::of("SELECT chain FROM feed WHERE book = $1 AND seq = $2");
        query.bytes(book.as_bytes()).integer(bounded(seq));
        let found = self.read(query).await?;
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
        let mut query = Query::of(match entries {
            Entries::All => concat!(
                "SELECT ",
                feed_columns!(),
                " FROM feed WHERE book = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4"
            ),
            Entries::Telling => concat!(
                "SELECT ",
                feed_columns!(),
                " FROM feed WHERE book = $1 AND seq > $2 AND seq <= $3 \
                 AND (body > 1 OR payload IS NOT NULL) ORDER BY seq LIMIT $4"
            ),
        });
        query.bytes(book.as_bytes()).integer(bounded(after)).integer(bounded(upto));
        query.integer(bounded(max_entries));
        Ok(self.page(query, max_bytes, codec::feed_row, |entry| entry.body.size()).await?.0)
    }

    pub(super) async fn download_page(
        &self,
        book: BookId,
        part: DownloadPart,
        max_documents: usize,
        max_bytes: usize,
    ) -> Outcome<DownloadRows> {
        let mut query = match part {
            DownloadPart::Before(seq) => {
                let mut query = Query::of(USED_BEFORE);
                query.bytes(book.as_bytes()).integer(bounded(seq));
                query
            }
            DownloadPart::UsedAfter { as_of, after } => {
                let after = after.map_or(Vec::new(), |id| id.0.to_vec());
                let mut query = Query::of(USED_AFTER);
                query.bytes(book.as_bytes()).integer(bounded(as_of)).bytes(&after[..]);
                query
            }
        };
        // One more than wanted shows whether the walk goes on.
        query.integer(bounded(max_documents.saturating_add(1)));
        let size = |document: &WholeDocument| opened_len(&document.saved);
        let (mut documents, mut finished) = self.page(query, max_bytes, codec::whole_document, size).await?;
        if documents.len() > max_documents {
            documents.truncate(max_documents);
            finished = false;
        }
        Ok(DownloadRows { documents, finished })
    }
}
