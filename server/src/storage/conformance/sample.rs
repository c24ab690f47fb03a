//! Records to write, and the check of everything that follows from what was written.

use std::collections::BTreeMap;

use document_model::sales::{EntryKind, LedgerKey, Measure, PolicyFacts, Posting, UnitPath};
use document_model::{Actor, BookId, ChangeHash, Date, DeviceId, DocumentId, Kind, RecordFacts, parse_date};
use sync_protocol::{Digest, FeedChain};

use crate::storage::{
    Commit, CommitOutcome, CommittedChange, Counted, DocumentCommit, Entries, FeedBody, FeedRow, LedgerEntry,
    Storage, StoredBook, StoredDocument,
};

/// The book most cases write to.
pub(crate) const BOOK: BookId = BookId([0xb1; 16]);
/// Another one.
pub(crate) const OTHER: BookId = BookId([0xb2; 16]);
/// When everything arrives.
pub(crate) const ARRIVED_MS: i64 = 1_780_000_000_123;

pub(crate) fn id(n: u8) -> DocumentId {
    DocumentId([n; 16])
}

pub(crate) fn actor(n: u8) -> Actor {
    Actor([n; 16])
}

pub(crate) fn device(n: u8) -> DeviceId {
    DeviceId([n; 16])
}

pub(crate) fn hash(document: u8, n: u8) -> ChangeHash {
    let mut bytes = [document; 32];
    bytes[31] = n;
    ChangeHash(bytes)
}

pub(crate) fn day(text: &str) -> Date {
    parse_date(text).expect("a case names a real day")
}

pub(crate) fn path(rep: &str, branch: &str, region: &str) -> UnitPath {
    UnitPath { rep: rep.into(), branch: branch.into(), region: region.into() }
}

/// One policy sold, at 10,000 won.
pub(crate) fn sale(on: &str, product: &str, path: UnitPath) -> Posting {
    let key = LedgerKey { day: day(on), path, product: product.into(), measure: Measure::Sold };
    Posting { key, kind: EntryKind::Sold, count: 1, won: 10_000, ape_won: 120_000 }
}

/// The posting that undoes one.
pub(crate) fn undone(posting: &Posting) -> Posting {
    let kind = EntryKind::Uncounted;
    let Posting { count, won, ape_won, .. } = *posting;
    Posting { key: posting.key.clone(), kind, count: -count, won: -won, ape_won: -ape_won }
}

/// Bytes that do not begin as sealed ones do.
pub(crate) fn payload(n: u8, bytes: usize) -> Vec<u8> {
    vec![0x80 | n; bytes]
}

/// A document nobody has stored. The numbers only the storage may set hold nonsense.
pub(crate) fn state(n: u8) -> StoredDocument {
    StoredDocument {
        id: id(n),
        kind: Kind::Customer,
        book: BOOK,
        lineage: 1,
        version: 77,
        last_seq: 777,
        joined_seq: 7_777,
        heads: vec![hash(n, 1)],
        actors: vec![actor(n)],
        saved: payload(n, 100),
        created_on: day("2026-06-01"),
        judged_on: day("2026-06-02"),
        imported: false,
        selling_rep: None,
        record: RecordFacts::default(),
        awaiting_sale_date: None,
        counted: None,
    }
}

/// A policy with everything set that may be absent.
pub(crate) fn policy(n: u8) -> StoredDocument {
    let facts = PolicyFacts {
        product: "WL01".into(),
        premium_won: -9_000_000_000_000,
        payment_mode: "monthly".to_owned(),
        ape_won: -108_000_000_000_000,
        lapsed_on: Some(day("2027-06-09")),
        sale_date: day("2026-05-31"),
        withdrawn_on: Some(day("2026-06-09")),
    };
    StoredDocument {
        kind: Kind::Policy,
        lineage: 3,
        heads: vec![hash(n, 1), hash(n, 9)],
        actors: vec![actor(n), actor(200)],
        imported: true,
        selling_rep: Some("P1".into()),
        record: RecordFacts {
            lapsed_on: Some(day("2027-06-09")),
            approved_sale_date: Some(day("2026-03-09")),
        },
        awaiting_sale_date: Some(day("2026-03-10")),
        counted: Some(Counted { facts, path: path("P1", "B1", "R1") }),
        ..state(n)
    }
}

pub(crate) fn change(document: u8, n: u8) -> CommittedChange {
    let bytes = payload(n, usize::from(n) * 10);
    CommittedChange { hash: hash(document, n), actor: actor(document), bytes, replaces: None }
}

/// An entry of every kind, with everything set that may be absent and without it, in [`BOOK`].
#[cfg(test)]
pub(crate) fn every_entry() -> Vec<(BookId, FeedRow)> {
    use crate::storage::Carried;
    let carried = Carried::Snapshot { kind: Kind::Schema, saved: vec![9] };
    let heads = vec![hash(1, 1), hash(1, 2)];
    let bodies = [
        FeedBody::Change { hash: hash(1, 1), actor: actor(1), carried: Carried::Change(vec![1, 2, 3]) },
        FeedBody::Change { hash: hash(1, 2), actor: actor(1), carried: Carried::Nothing },
        FeedBody::Change { hash: hash(1, 3), actor: actor(1), carried },
        FeedBody::Snapshot { kind: Kind::Policy, saved: Some(vec![4; 5_000]) },
        FeedBody::Snapshot { kind: Kind::Policy, saved: None },
        FeedBody::Joined { kind: Kind::Schema, heads, saved: Some(Vec::new()) },
        FeedBody::Joined { kind: Kind::Product, heads: Vec::new(), saved: None },
        FeedBody::Left,
        FeedBody::Redirected { to: DocumentId([8; 16]) },
        FeedBody::Erased,
    ];
    let chain = FeedChain([9; 32]);
    let entry = |(seq, body)| {
        (BOOK, FeedRow { seq, document: id(1), lineage: u32::MAX, arrived_ms: -ARRIVED_MS, body, chain })
    };
    (1..).zip(bodies).map(entry).collect()
}

/// The first commit of document `n`, with one change.
pub(crate) fn birth(n: u8) -> DocumentCommit {
    DocumentCommit { expected_version: 0, state: state(n), changes: vec![change(n, 1)], postings: Vec::new() }
}

/// The first commit of one of more documents than a byte counts.
pub(crate) fn numbered(n: u16) -> DocumentCommit {
    let mut document = birth(1);
    document.state.id.0[..2].copy_from_slice(&n.to_be_bytes());
    document
}

/// The commit of `state` over the version given, with the changes of these numbers.
pub(crate) fn edit(state: StoredDocument, expected_version: u64, changes: &[u8]) -> DocumentCommit {
    let n = state.id.0[0];
    let changes = changes.iter().map(|number| change(n, *number)).collect();
    DocumentCommit { expected_version, state, changes, postings: Vec::new() }
}

/// The first commit of document `n`, posting these.
pub(crate) fn posting_birth(n: u8, postings: &[Posting]) -> DocumentCommit {
    DocumentCommit { postings: postings.to_vec(), ..birth(n) }
}

/// A commit to a book; its documents say that they are in it.
pub(crate) fn commit(book: BookId, mut documents: Vec<DocumentCommit>) -> Commit {
    documents.iter_mut().for_each(|document| document.state.book = book);
    Commit {
        book,
        stream: None,
        rules: 1,
        changes_rules: false,
        arrived_ms: ARRIVED_MS,
        documents,
        keys: Vec::new(),
    }
}

/// Commits and expects success; the feed's newest number.
pub(crate) async fn done<S: Storage>(storage: &S, commit: Commit) -> u64 {
    match storage.commit(commit).await {
        Ok(CommitOutcome::Done { seq }) => seq,
        other => panic!("a commit that fits is done, not {other:?}"),
    }
}

/// Makes [`BOOK`] and [`OTHER`].
pub(crate) async fn with_books<S: Storage>(storage: S) -> S {
    let books =
        vec![(BOOK, "Book".to_owned(), Some("P1".into())), (OTHER, "Other".to_owned(), Some("P2".into()))];
    storage.create_books(books).await.expect("books are made");
    storage
}

pub(crate) async fn book<S: Storage>(storage: &S, id: BookId) -> StoredBook {
    storage.book(id).await.expect("a book is read").expect("the book exists")
}

pub(crate) async fn stored<S: Storage>(storage: &S, n: u8) -> StoredDocument {
    maybe_stored(storage, n).await.expect("the document exists")
}

pub(crate) async fn maybe_stored<S: Storage>(storage: &S, n: u8) -> Option<StoredDocument> {
    storage.documents(&[id(n)]).await.expect("documents are read").remove(0)
}

pub(crate) async fn feed<S: Storage>(storage: &S, book: BookId) -> Vec<FeedRow> {
    storage.feed(book, Entries::All, (0, u64::MAX), usize::MAX, usize::MAX).await.expect("a feed is read")
}

pub(crate) async fn ledger<S: Storage>(storage: &S, book: BookId) -> Vec<LedgerEntry> {
    storage.ledger(book, 0, usize::MAX).await.expect("a ledger is read")
}

/// Everything that can be listed, to see that nothing changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Whole {
    books: Vec<StoredBook>,
    feeds: Vec<Vec<FeedRow>>,
    documents: Vec<StoredDocument>,
    ledger: Vec<LedgerEntry>,
    rules: u64,
}

pub(crate) async fn whole<S: Storage>(storage: &S) -> Whole {
    let books = storage.books().await.expect("books are listed");
    let (mut feeds, mut documents, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for book in &books {
        feeds.push(feed(storage, book.id).await);
        documents
            .extend(storage.documents_of(book.id, None, usize::MAX).await.expect("documents are listed"));
        entries.extend(ledger(storage, book.id).await);
    }
    let rules = storage.rules_version().await.expect("the rules' version is read");
    Whole { books, feeds, documents, ledger: entries, rules }
}

/// Works out from the feeds and ledgers what every book's and document's numbers, chains and digests
/// must be, and compares.
pub(crate) async fn check<S: Storage>(storage: &S) {
    for book in storage.books().await.expect("books are listed") {
        let entries = feed(storage, book.id).await;
        check_feed(&book, &entries);
        check_ledger(&book, &ledger(storage, book.id).await);
        let documents = storage.documents_of(book.id, None, usize::MAX).await.expect("documents are listed");
        check_documents(&book, &entries, &documents);
    }
}

fn check_feed(book: &StoredBook, entries: &[FeedRow]) {
    let mut chain = FeedChain::default();
    for (number, entry) in (1..).zip(entries) {
        assert_eq!(entry.seq, number, "numbers of a feed follow each other");
        chain = chain.link(number, &entry.document, entry.body.number(), &entry.body.chained());
        assert_eq!(entry.chain, chain, "the chain at entry {number}");
    }
    assert_eq!((book.seq, book.chain), (entries.len() as u64, chain), "the book's row is at the feed's end");
}

fn check_ledger(book: &StoredBook, entries: &[LedgerEntry]) {
    let mut chain = FeedChain::default();
    for (number, entry) in (1..).zip(entries) {
        assert_eq!((entry.book, entry.number), (book.id, number), "numbers of a ledger follow each other");
        chain = entry.link(chain);
        assert_eq!(entry.chain, chain, "the ledger's chain at entry {number}");
    }
    let end = (book.ledger_number, book.ledger_chain);
    assert_eq!(end, (entries.len() as u64, chain), "the book's row is at the ledger's end");
}

fn check_documents(book: &StoredBook, entries: &[FeedRow], documents: &[StoredDocument]) {
    let (mut joined, mut newest) = (BTreeMap::new(), BTreeMap::new());
    for entry in entries {
        newest.insert(entry.document, entry.seq);
        match entry.body {
            FeedBody::Joined { .. } => _ = joined.insert(entry.document, entry.seq),
            FeedBody::Left => _ = joined.remove(&entry.document),
            _ => {}
        }
    }
    let mut digest = Digest::default();
    for document in documents {
        let numbers = (Some(&document.joined_seq), Some(&document.last_seq));
        let expected = (joined.remove(&document.id).as_ref().copied(), newest.get(&document.id));
        assert_eq!((numbers.0.copied(), numbers.1), expected, "feed numbers of {}", document.id);
        digest = digest.plus(Digest::of_document(&document.id, document.lineage, &document.heads));
    }
    assert!(joined.is_empty(), "every document that joined and did not leave is stored: {joined:?}");
    assert_eq!(book.digest, digest, "the digest is the sum over the documents");
}
