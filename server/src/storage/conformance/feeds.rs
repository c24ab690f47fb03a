//! Feeds, chains, first downloads.

use document_model::{BookId, DocumentId, Kind};
use sync_protocol::FeedChain;

use super::cases;
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, birth, check, commit, done, edit, feed, hash, id, policy, state, with_books,
};
use crate::storage::{
    Carried, Compaction, DocumentCommit, DownloadPart, Entries, EntrySnapshot, FeedBody, FeedRow, MoveOrder,
    Storage, StoredDocument, WholeDocument,
};

/// More than any page holds.
const ALL: usize = usize::MAX;

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        the_chain_is_known_at_every_number,
        a_feed_comes_in_pages,
        a_feed_page_ends_by_bytes,
        a_download_goes_from_newest_to_oldest,
        a_download_page_ends_by_bytes,
        a_download_meets_what_was_used_meanwhile,
        documents_of_a_book_come_by_id,
        documents_are_counted_by_book_and_kind,
        compacted_entries_keep_all_but_what_they_carried,
        what_changed_meanwhile_is_not_compacted,
        books_are_due_by_entries_and_age,
    );
}

/// Documents 1 to 5, each with two entries, document 1 the oldest.
async fn five<S: Storage>(storage: S) -> S {
    let storage = with_books(storage).await;
    for n in 1..=5 {
        done(&storage, commit(BOOK, vec![birth(n)])).await;
    }
    done(&storage, commit(OTHER, vec![birth(6)])).await;
    storage
}

async fn the_chain_is_known_at_every_number<S: Storage>(storage: S) {
    let storage = five(storage).await;
    assert_eq!(storage.chain_at(BOOK, 0).await, Ok(Some(FeedChain::default())));
    for entry in feed(&storage, BOOK).await {
        assert_eq!(storage.chain_at(BOOK, entry.seq).await, Ok(Some(entry.chain)));
    }
    assert_eq!(storage.chain_at(BOOK, 11).await, Ok(None), "the feed is shorter");
    assert_eq!(storage.chain_at(BOOK, u64::MAX).await, Ok(None));
    assert_eq!(
        storage.chain_at(BookId::SHARED, 1).await,
        Ok(None),
        "another book's entries count for nothing"
    );
    check(&storage).await;
}

async fn a_feed_comes_in_pages<S: Storage>(storage: S) {
    let storage = five(storage).await;
    let all = feed(&storage, BOOK).await;
    assert_eq!(all.len(), 10);
    let page = async |after, upto, max| {
        storage.feed(BOOK, Entries::All, (after, upto), max, ALL).await.expect("a feed is read")
    };
    assert_eq!(page(0, u64::MAX, 3).await, all[..3]);
    assert_eq!(page(3, u64::MAX, 3).await, all[3..6]);
    assert_eq!(page(8, u64::MAX, 3).await, all[8..]);
    assert_eq!(page(2, 5, ALL).await, all[2..5], "after is left out, upto is in");
    assert_eq!(
        (page(10, u64::MAX, 3).await, page(5, 5, 3).await, page(u64::MAX, u64::MAX, 3).await),
        Default::default()
    );
    assert_eq!(storage.feed(BookId::SHARED, Entries::All, (0, 9), 9, ALL).await, Ok(Vec::new()));
}

async fn a_feed_page_ends_by_bytes<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    // One entry without payload, then 20, 30, 40 and 50 bytes.
    let mut document = birth(1);
    document.changes = edit(state(1), 0, &[2, 3, 4, 5]).changes;
    done(&storage, commit(BOOK, vec![document])).await;
    let numbers = async |after, bytes| {
        let rows =
            storage.feed(BOOK, Entries::All, (after, u64::MAX), ALL, bytes).await.expect("a feed is read");
        rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(numbers(1, 20).await, [2], "the page ends once the bytes are reached");
    assert_eq!(numbers(1, 21).await, [2, 3]);
    assert_eq!(numbers(0, 50).await, [1, 2, 3]);
    assert_eq!((numbers(4, 1).await, numbers(4, 0).await), (vec![5], vec![5]), "one entry at least");
    assert_eq!(numbers(0, 1_000).await, [1, 2, 3, 4, 5]);
}

async fn download<S: Storage>(
    storage: &S,
    part: DownloadPart,
    documents: usize,
    bytes: usize,
) -> (Vec<DocumentId>, bool) {
    let rows = storage.download(BOOK, part, documents, bytes).await.expect("a download is read");
    (rows.documents.iter().map(|document| document.id).collect(), rows.finished)
}

async fn a_download_goes_from_newest_to_oldest<S: Storage>(storage: S) {
    let storage = five(storage).await;
    done(&storage, commit(BOOK, vec![edit(state(2), 1, &[2])])).await;
    let before = |seq| DownloadPart::Before(seq);
    let (ids, finished) = download(&storage, before(u64::MAX), 2, ALL).await;
    assert_eq!((ids, finished), (vec![id(2), id(5)], false), "recently used first");
    assert_eq!(download(&storage, before(10), 2, ALL).await, (vec![id(4), id(3)], false));
    assert_eq!(download(&storage, before(6), 1, ALL).await, (vec![id(1)], true), "the last page says so");
    assert_eq!(download(&storage, before(2), 9, ALL).await, (vec![], true));
    let whole = storage.download(BOOK, before(u64::MAX), ALL, ALL).await.expect("a download is read");
    assert_eq!(whole.documents.len(), 5);
    let same = storage.documents(&[id(2)]).await.expect("documents are read");
    let same = same.into_iter().next().flatten().map(WholeDocument::from);
    assert_eq!(whole.documents.first().cloned(), same, "the same as asked for by id");
}

async fn a_download_page_ends_by_bytes<S: Storage>(storage: S) {
    let storage = five(storage).await;
    let before = DownloadPart::Before(u64::MAX);
    assert_eq!(download(&storage, before, 9, 100).await, (vec![id(5)], false), "each has 100 bytes");
    assert_eq!(download(&storage, before, 9, 101).await, (vec![id(5), id(4)], false));
    for bytes in [0, 1] {
        assert_eq!(download(&storage, before, 9, bytes).await, (vec![id(5)], false), "one at least");
    }
    assert_eq!(download(&storage, DownloadPart::Before(3), 9, 1).await, (vec![id(1)], true));
    assert!(download(&storage, before, 9, 500).await.1, "all, and nothing is left");
    let meanwhile = DownloadPart::UsedAfter { as_of: 9, after: None };
    assert_eq!(download(&storage, meanwhile, 9, 1).await, (vec![id(5)], true));
}

async fn a_download_meets_what_was_used_meanwhile<S: Storage>(storage: S) {
    let storage = five(storage).await;
    let as_of = 10;
    let (first, _) = download(&storage, DownloadPart::Before(as_of + 1), 2, ALL).await;
    assert_eq!(first, [id(5), id(4)]);
    // Meanwhile 1 and 3 are edited, 7 is born and 4 leaves the book; the walk has not reached 3, 2, 1.
    done(&storage, commit(BOOK, vec![edit(state(3), 1, &[2]), edit(state(1), 1, &[2]), birth(7)])).await;
    let order = MoveOrder { documents: vec![(id(4), 1)], from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
    storage.move_documents(order).await.expect("a document moves");
    assert_eq!(download(&storage, DownloadPart::Before(8), 9, ALL).await, (vec![id(2)], true));
    let meanwhile = |after| DownloadPart::UsedAfter { as_of, after };
    assert_eq!(
        download(&storage, meanwhile(None), 9, ALL).await,
        (vec![id(1), id(3)], true),
        "by id, without 7"
    );
    assert_eq!(download(&storage, meanwhile(None), 1, ALL).await, (vec![id(1)], false));
    assert_eq!(download(&storage, meanwhile(Some(id(1))), 1, ALL).await, (vec![id(3)], true));
    assert_eq!(download(&storage, meanwhile(Some(id(3))), 9, ALL).await, (vec![], true));
    assert_eq!(
        download(&storage, DownloadPart::UsedAfter { as_of: 99, after: None }, 9, ALL).await,
        (vec![], true)
    );
    check(&storage).await;
}

async fn documents_of_a_book_come_by_id<S: Storage>(storage: S) {
    let storage = five(storage).await;
    let page = async |after, max| {
        let documents = storage.documents_of(BOOK, after, max).await.expect("documents are listed");
        documents.iter().map(|document: &StoredDocument| document.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, [id(1), id(2)]);
    assert_eq!(page(Some(id(2)), 2).await, [id(3), id(4)]);
    assert_eq!(page(Some(id(4)), 2).await, [id(5)], "another book's are not among them");
    assert_eq!(page(Some(id(5)), 2).await, []);
}

async fn documents_are_counted_by_book_and_kind<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let of_policy = DocumentCommit { state: policy(4), ..birth(4) };
    done(&storage, commit(BOOK, vec![birth(1), birth(2), of_policy])).await;
    done(&storage, commit(OTHER, vec![birth(3)])).await;
    let count = async |book, kind| storage.count_of(book, kind).await.expect("documents are counted");
    assert_eq!((count(BOOK, Kind::Customer).await, count(BOOK, Kind::Policy).await), (2, 1));
    assert_eq!((count(OTHER, Kind::Customer).await, count(OTHER, Kind::Policy).await), (1, 0));
    let order = MoveOrder { documents: vec![(id(1), 1)], from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
    storage.move_documents(order).await.expect("a document moves");
    assert_eq!((count(BOOK, Kind::Customer).await, count(OTHER, Kind::Customer).await), (1, 2));
    assert_eq!(count(BookId([9; 16]), Kind::Customer).await, 0, "of a book that is not there");
}

fn compaction(n: u8, expected_version: u64, emptied: &[u64], seq: Option<u64>) -> Compaction {
    let StoredDocument { id, kind, .. } = state(n);
    let snapshot = seq.map(|seq| EntrySnapshot { seq, kind, saved: vec![n; 7] });
    Compaction { document: id, expected_version, emptied: emptied.to_vec(), snapshot }
}

async fn telling<S: Storage>(storage: &S, book: BookId) -> Vec<FeedRow> {
    storage.feed(book, Entries::Telling, (0, u64::MAX), ALL, ALL).await.expect("a feed is read")
}

async fn compacted_entries_keep_all_but_what_they_carried<S: Storage>(storage: S) {
    let storage = five(storage).await;
    done(&storage, commit(BOOK, vec![edit(state(2), 1, &[2, 3]), edit(state(1), 1, &[2])])).await;
    let order = MoveOrder { documents: vec![(id(1), 2)], from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
    storage.move_documents(order).await.expect("a document moves");
    let before = feed(&storage, BOOK).await;
    let all = vec![compaction(2, 2, &[4, 11], Some(12)), compaction(1, 3, &[2, 13], None)];
    assert_eq!(storage.compact(BOOK, 14, all).await, Ok(2));
    let mut due = before;
    for seq in [4, 11, 2, 13] {
        due[seq - 1].body.carry(None);
    }
    let EntrySnapshot { kind, saved, .. } = compaction(2, 0, &[], Some(12)).snapshot.expect("given");
    let FeedBody::Change { carried, .. } = &mut due[11].body else { panic!("entry 12 is a change") };
    *carried = Carried::Snapshot { kind, saved };
    assert_eq!(feed(&storage, BOOK).await, due, "numbers, hashes, authors and chains stay");
    due.retain(|row| ![2, 4, 11, 13].contains(&row.seq));
    assert_eq!(telling(&storage, BOOK).await, due, "readers are told what says something");
    let page = storage.feed(BOOK, Entries::Telling, (1, 12), 2, ALL).await.expect("a feed is read");
    assert_eq!(page, due[1..3], "a page is full of entries that say something");
    let joined = compaction(1, 3, &[], Some(3));
    assert_eq!(storage.compact(OTHER, 3, vec![joined]).await, Ok(1));
    let FeedBody::Joined { saved, .. } = feed(&storage, OTHER).await[2].body.clone() else {
        panic!("joined")
    };
    assert_eq!(saved, Some(vec![1; 7]), "an entry of another sort carries a snapshot too");
    // Compacted again, a snapshot goes as a change does.
    done(&storage, commit(BOOK, vec![edit(state(2), 2, &[4])])).await;
    assert_eq!(storage.compact(BOOK, 15, vec![compaction(2, 3, &[12], Some(15))]).await, Ok(1));
    assert!(feed(&storage, BOOK).await[11].body.is_silent());
    assert_eq!(storage.documents_with(&[hash(2, 2)]).await, Ok(vec![Some(id(2))]));
    check(&storage).await;
}

async fn what_changed_meanwhile_is_not_compacted<S: Storage>(storage: S) {
    let storage = five(storage).await;
    done(&storage, commit(BOOK, vec![edit(state(2), 1, &[2]), edit(state(3), 1, &[2])])).await;
    let before = feed(&storage, BOOK).await;
    let all = vec![
        compaction(2, 1, &[4], Some(11)),
        compaction(9, 1, &[1], Some(2)),
        compaction(3, 2, &[6], Some(12)),
    ];
    assert_eq!(storage.compact(BOOK, 12, all).await, Ok(1), "one has the version expected");
    let after = feed(&storage, BOOK).await;
    assert_eq!(after[..5], before[..5]);
    assert!(after[5].body.is_silent());
    assert_eq!(after[6..11], before[6..11]);
}

async fn books_are_due_by_entries_and_age<S: Storage>(storage: S) {
    let storage = five(storage).await;
    let due = async |least, before| storage.to_compact(least, before).await.expect("books are listed");
    assert_eq!(due(2, ARRIVED_MS + 1).await, [BOOK, OTHER]);
    assert_eq!(due(3, ARRIVED_MS + 1).await, [BOOK], "the other one has two entries");
    assert_eq!(due(2, ARRIVED_MS).await, [], "they are not old enough");
    storage.compact(BOOK, 9, Vec::new()).await.expect("nothing to do is done");
    storage.compact(BOOK, 3, Vec::new()).await.expect("an older sweep changes nothing");
    assert_eq!(due(2, ARRIVED_MS + 1).await, [OTHER], "one entry is new");
    done(&storage, commit(BOOK, vec![birth(7)])).await;
    assert_eq!(due(2, ARRIVED_MS + 1).await, [BOOK, OTHER]);
    check(&storage).await;
}
