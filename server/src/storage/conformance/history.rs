//! What happened to single documents.

use document_model::{BookId, ChangeHash, DocumentId};

use super::cases;
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, actor, birth, commit, done, edit, hash, id, ledger, path, policy, posting_birth,
    sale, state, undone, with_books,
};
use crate::storage::{Commit, Compaction, DocumentCommit, MoveOrder, Storage, StoredEdit};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        edits_are_found_in_whichever_feed_has_them,
        what_was_compacted_is_found_all_the_same,
        entries_about_a_document_are_those_of_the_books_named,
    );
}

/// A policy that was edited in [`BOOK`], moved, and edited in [`OTHER`]; and a customer beside it with a change of
/// the same hash.
async fn moved<S: Storage>(storage: S) -> S {
    let storage = with_books(storage).await;
    let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
    let first = DocumentCommit { state: policy(1), ..posting_birth(1, std::slice::from_ref(&posting)) };
    let mut beside = birth(2);
    beside.changes[0].hash = hash(1, 1);
    done(&storage, commit(BOOK, vec![first, beside])).await;
    let order = MoveOrder { documents: vec![(id(1), 1)], from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS + 1 };
    storage.move_documents(order).await.expect("a document moves");
    let later = DocumentCommit {
        postings: vec![undone(&posting), sale("2026-06-02", "WL01", path("P1", "B1", "R1"))],
        ..edit(policy(1), 2, &[2, 3])
    };
    done(&storage, Commit { arrived_ms: ARRIVED_MS + 2, ..commit(OTHER, vec![later]) }).await;
    storage
}

fn told(arrived_ms: i64, book: BookId, seq: u64, document: u8, change: u8) -> StoredEdit {
    let (hash, document, actor) = (hash(1, change), id(document), actor(document));
    StoredEdit { arrived_ms, book, seq, document, hash, actor }
}

/// All edits that [`moved`] made, in the order they are told.
fn all_edits() -> Vec<(DocumentId, ChangeHash)> {
    vec![
        (id(1), hash(1, 3)),
        (id(1), hash(1, 1)),
        (id(1), hash(1, 2)),
        (id(2), hash(1, 1)),
        (id(9), hash(1, 1)),
    ]
}

async fn edits_are_found_in_whichever_feed_has_them<S: Storage>(storage: S) {
    let storage = moved(storage).await;
    let first = [told(ARRIVED_MS, BOOK, 2, 1, 1), told(ARRIVED_MS, BOOK, 4, 2, 1)];
    let second = [told(ARRIVED_MS + 2, OTHER, 2, 1, 2), told(ARRIVED_MS + 2, OTHER, 3, 1, 3)];
    assert_eq!(storage.edits(&all_edits()).await, Ok([first, second].concat()));
    let of_one = vec![(id(1), hash(1, 1)), (id(1), hash(1, 1)), (id(1), hash(1, 7))];
    assert_eq!(storage.edits(&of_one).await, Ok(vec![first[0]]), "a hash and its document, once");
    assert_eq!(storage.edits(&[(id(2), hash(1, 2))]).await, Ok(Vec::new()), "another document's edit");
    assert_eq!(storage.edits(&[]).await, Ok(Vec::new()));
}

async fn what_was_compacted_is_found_all_the_same<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1)])).await;
    done(&storage, commit(BOOK, vec![edit(state(1), 1, &[2])])).await;
    let asked = [(id(1), hash(1, 1)), (id(1), hash(1, 2))];
    let before = storage.edits(&asked).await.expect("edits are found");
    assert_eq!(before.len(), 2);
    let compaction = Compaction { document: id(1), expected_version: 2, emptied: vec![2], snapshot: None };
    assert_eq!(storage.compact(BOOK, 3, vec![compaction]).await, Ok(1));
    assert_eq!(storage.edits(&asked).await, Ok(before));
}

async fn entries_about_a_document_are_those_of_the_books_named<S: Storage>(storage: S) {
    let storage = moved(storage).await;
    let other = posting_birth(3, &[sale("2026-06-01", "TL01", path("P2", "B1", "R1"))]);
    done(&storage, commit(OTHER, vec![other])).await;
    let [first, second] = [ledger(&storage, BOOK).await, ledger(&storage, OTHER).await];
    assert_eq!((first.len(), second.len()), (1, 3));
    let about = async |n: u8, books: &[BookId], max| storage.entries_about(id(n), books, max).await;
    let all = [first.clone(), second[..2].to_vec()].concat();
    assert_eq!(about(1, &[OTHER, BOOK], 9).await, Ok(all.clone()), "in order of arrival");
    assert_eq!(about(1, &[OTHER, BOOK], 2).await, Ok(all[..2].to_vec()));
    assert_eq!(about(1, &[BOOK], 9).await, Ok(first));
    assert_eq!(about(3, &[OTHER, OTHER], 9).await, Ok(second[2..].to_vec()));
    assert_eq!(about(1, &[], 9).await, Ok(Vec::new()));
    assert_eq!(about(9, &[OTHER, BOOK], 9).await, Ok(Vec::new()));
}
