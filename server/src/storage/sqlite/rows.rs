//! Statements that several parts of this engine use: what is listed, what is put.

use document_model::{BookId, DocumentId};

use super::script::Script;
use crate::storage::codec::{
    self, book_columns, document_columns, feed_columns, key_columns, ledger_columns, stream_columns,
};
use crate::storage::sealing::WrappedKey;
use crate::storage::{FeedRow, LedgerEntry, StoredBook, StoredDocument, StoredStream};

/// Books of the ids listed in the parameter, in any order.
pub(super) const BOOKS_LISTED: &str = concat!(
    "SELECT ",
    book_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN books ON id = wanted"
);

/// Documents of the ids listed in the parameter, in any order.
pub(super) const DOCUMENTS_LISTED: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN documents ON id = wanted"
);

/// Streams of the actors listed in the parameter, in any order.
pub(super) const STREAMS_LISTED: &str = concat!(
    "SELECT ",
    stream_columns!(),
    " FROM (SELECT unhex(value) AS wanted FROM json_each(?)) CROSS JOIN streams ON actor = wanted"
);

/// Writes books with the counters commits moved; what a book is called and whose it is stays.
pub(super) fn put_books(script: &mut Script, books: &[&StoredBook]) {
    let over = "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, chain = excluded.chain, \
        digest = excluded.digest, ledger_number = excluded.ledger_number, ledger_chain = excluded.ledger_chain";
    script.insert("books", book_columns!(), over, books, |row, book| codec::fill_book(row, book));
}

/// Writes documents whole, over what was there.
pub(super) fn put_documents(script: &mut Script, documents: &[&StoredDocument]) {
    let over = "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, book = excluded.book, \
        lineage = excluded.lineage, version = excluded.version, last_seq = excluded.last_seq, \
        joined_seq = excluded.joined_seq, heads = excluded.heads, actors = excluded.actors, created_on = excluded.created_on, \
        judged_on = excluded.judged_on, imported = excluded.imported, selling_rep = excluded.selling_rep, \
        lapsed_on = excluded.lapsed_on, approved_sale_date = excluded.approved_sale_date, \
        awaiting_sale_date = excluded.awaiting_sale_date, counted_lapsed_on = excluded.counted_lapsed_on, \
        counted_ape_won = excluded.counted_ape_won, \
        counted_product = excluded.counted_product, counted_premium_won = excluded.counted_premium_won, \
        counted_payment_mode = excluded.counted_payment_mode, counted_sale_date = excluded.counted_sale_date, \
        counted_withdrawn_on = excluded.counted_withdrawn_on, counted_rep = excluded.counted_rep, \
        counted_branch = excluded.counted_branch, counted_region = excluded.counted_region, \
        saved = excluded.saved";
    let fill = |row: &mut Script, document: &&StoredDocument| codec::fill_document(row, document);
    script.insert("documents", document_columns!(), over, documents, fill);
}

/// Appends entries to books' feeds.
pub(super) fn append_feed(script: &mut Script, entries: &[(BookId, FeedRow)]) {
    let fill = |row: &mut Script, (book, entry): &(BookId, FeedRow)| codec::fill_feed_row(row, *book, entry);
    script.insert("feed", feed_columns!(), "", entries, fill);
}

/// Writes documents' keys, over those that were there.
pub(super) fn put_keys(script: &mut Script, keys: &[(DocumentId, WrappedKey)]) {
    let over = "ON CONFLICT (document) DO UPDATE SET master = excluded.master, sealed = excluded.sealed";
    script.insert("document_keys", key_columns!(), over, keys, codec::fill_key);
}

/// Appends entries of the ledger.
pub(super) fn append_ledger(script: &mut Script, entries: &[LedgerEntry]) {
    script.insert("ledger", ledger_columns!(), "", entries, codec::fill_ledger_entry);
}

/// Writes streams; `known` says what becomes of one that is there.
pub(super) fn put_streams(script: &mut Script, streams: &[&StoredStream], known: &str) {
    let known = format!("ON CONFLICT (actor) {known}");
    script.insert("streams", stream_columns!(), &known, streams, |row, stream| {
        codec::fill_stream(row, stream);
    });
}
