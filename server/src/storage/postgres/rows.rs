//! Statements that several parts of this engine use: what is listed, what is put.

use document_model::{BookId, DocumentId};

use super::script::{Present, Script};
use crate::storage::codec::{
    self, book_columns, document_columns, feed_columns, key_columns, ledger_columns, stream_columns,
};
use crate::storage::sealing::WrappedKey;
use crate::storage::{FeedRow, LedgerEntry, StoredBook, StoredDocument, StoredStream};

/// Books of the ids listed, in order of id, with the rules' version and the master key in use. The books are this transaction's
/// until it ends; locked in order, two transactions never wait for each other.
pub(super) const BOOKS_TO_WRITE: &str = concat!(
    "SELECT ",
    book_columns!(),
    ", (SELECT rules FROM hub), (SELECT master FROM hub) FROM books WHERE id = ANY($1) ORDER BY id FOR UPDATE"
);

/// Documents of the ids listed, in any order.
pub(super) const DOCUMENTS_LISTED: &str =
    concat!("SELECT ", document_columns!(), " FROM documents WHERE id = ANY($1)");

/// Streams of the actors listed, in any order.
pub(super) const STREAMS_LISTED: &str =
    concat!("SELECT ", stream_columns!(), " FROM streams WHERE actor = ANY($1)");

/// The same, this transaction's until it ends.
pub(super) const STREAMS_TO_WRITE: &str =
    concat!("SELECT ", stream_columns!(), " FROM streams WHERE actor = ANY($1) ORDER BY actor FOR UPDATE");

/// Writes the counters commits moved; what a book is called and whose it is stays.
pub(super) fn put_books(script: &mut Script, books: &[&StoredBook]) {
    let counters = "seq, chain, digest, ledger_number, ledger_chain";
    script.update("books", book_columns!(), counters, books, |row, book| codec::fill_book(row, book));
}

/// Adds documents nobody had.
pub(super) fn add_documents(script: &mut Script, documents: &[&StoredDocument]) {
    script.insert("documents", document_columns!(), Present::Crossed, documents, |row, document| {
        codec::fill_document(row, document);
    });
}

/// Writes documents whole, over what was there.
pub(super) fn replace_documents(script: &mut Script, documents: &[&StoredDocument]) {
    script.update("documents", document_columns!(), document_columns!(), documents, |row, document| {
        codec::fill_document(row, document);
    });
}

/// Appends entries to books' feeds.
pub(super) fn append_feed(script: &mut Script, entries: &[(BookId, FeedRow)]) {
    script.insert("feed", feed_columns!(), Present::Fails, entries, |row, (book, entry)| {
        codec::fill_feed_row(row, *book, entry);
    });
}

/// Adds keys of documents that had none.
pub(super) fn add_keys(script: &mut Script, keys: &[(DocumentId, WrappedKey)]) {
    script.insert("document_keys", key_columns!(), Present::Crossed, keys, codec::fill_key);
}

/// Appends entries of the ledger.
pub(super) fn append_ledger(script: &mut Script, entries: &[LedgerEntry]) {
    script.insert("ledger", ledger_columns!(), Present::Fails, entries, |row, entry| {
        codec::fill_ledger_entry(row, entry);
    });
}

/// Adds streams.
pub(super) fn add_streams(script: &mut Script, streams: &[&StoredStream], present: Present) {
    script.insert("streams", stream_columns!(), present, streams, |row, stream| {
        codec::fill_stream(row, stream);
    });
}

/// Moves streams on.
pub(super) fn advance_streams(script: &mut Script, streams: &[&StoredStream]) {
    script.update("streams", stream_columns!(), "generation", streams, |row, stream| {
        codec::fill_stream(row, stream);
    });
}
