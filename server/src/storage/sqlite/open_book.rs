//! A book being written to: feed and ledger go on from the numbers and chains of its row.

use document_model::sales::Posting;
use document_model::{BookId, DocumentId};
use sqlx::sqlite::SqliteRow;
use sync_protocol::Digest;

use super::fault::{Fault, Outcome};
use super::rows;
use super::script::Script;
use crate::storage::{FeedBody, FeedRow, LedgerEntry, StoredBook, StoredDocument, ledger_link};

/// The row of a book as a transaction moves it, and what the transaction adds.
pub(super) struct OpenBook {
    row: StoredBook,
    entries: Vec<FeedRow>,
    ledger: Vec<LedgerEntry>,
    arrived_ms: i64,
}

impl OpenBook {
    /// Opens a book read in this transaction; what is added arrives at `arrived_ms`.
    pub(super) fn of(id: BookId, found: &[SqliteRow], arrived_ms: i64) -> Outcome<Self> {
        let row = found.first().ok_or_else(|| Fault::damaged(format!("book {id} has no row")))?;
        Ok(Self { row: rows::book(row)?, entries: Vec::new(), ledger: Vec::new(), arrived_ms })
    }

    pub(super) fn id(&self) -> BookId {
        self.row.id
    }

    /// The number of the newest entry.
    pub(super) fn seq(&self) -> u64 {
        self.row.seq
    }

    /// Appends to the feed; the entry's number.
    pub(super) fn append(&mut self, document: DocumentId, lineage: u32, body: FeedBody) -> u64 {
        let row = &mut self.row;
        row.seq += 1;
        row.chain = row.chain.link(row.seq, &document, body.number(), &body.chained());
        let arrived_ms = self.arrived_ms;
        self.entries.push(FeedRow { seq: row.seq, document, lineage, arrived_ms, body, chain: row.chain });
        row.seq
    }

    /// Appends a pending entry to the ledger.
    pub(super) fn post(&mut self, document: DocumentId, posting: Posting, cause_seq: u64, rules: u64) {
        let row = &mut self.row;
        row.ledger_number += 1;
        row.ledger_chain = ledger_link(row.ledger_chain, row.ledger_number, &document, &posting);
        self.ledger.push(LedgerEntry {
            book: row.id,
            number: row.ledger_number,
            document,
            posting,
            arrived_ms: self.arrived_ms,
            cause_seq,
            rules,
            chain: row.ledger_chain,
            moment: None,
        });
    }

    /// Counts a document's state into the digest.
    pub(super) fn count_in(&mut self, document: &StoredDocument) {
        let term = Digest::of_document(&document.id, document.lineage, &document.heads);
        self.row.digest = self.row.digest.plus(term);
    }

    /// Takes a document's term out of the digest.
    pub(super) fn count_out(&mut self, term: Digest) {
        self.row.digest = self.row.digest.minus(term);
    }

    /// Writes the row and everything added.
    pub(super) fn write(&self, script: &mut Script) {
        rows::update_book(script, &self.row);
        rows::append_feed(script, self.row.id, &self.entries);
        rows::append_ledger(script, &self.ledger);
    }
}
