//! Documents changing books.

use document_model::{BookId, DocumentId};

use super::cases;
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, birth, book, check, commit, done, edit, feed, id, ledger, path, policy,
    posting_birth, sale, state, stored, whole, with_books,
};
use crate::storage::{CommitOutcome, DocumentCommit, FeedBody, MoveOrder, Storage, StoredDocument};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_move_leaves_and_joins,
        a_move_that_does_not_fit_moves_nothing,
        a_document_lives_on_in_its_new_book,
        a_move_to_no_book_fails_whole,
    );
}

fn order(documents: &[(DocumentId, u64)]) -> MoveOrder {
    MoveOrder { documents: documents.to_vec(), from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS + 1 }
}

/// Documents 1 (a policy with a ledger entry) and 2 in [`BOOK`], 3 in [`OTHER`].
async fn three<S: Storage>(storage: S) -> S {
    let storage = with_books(storage).await;
    let first = posting_birth(1, &[sale("2026-06-01", "WL01", path("P1", "B1", "R1"))]);
    let first = DocumentCommit { state: policy(1), ..first };
    done(&storage, commit(BOOK, vec![first, birth(2)])).await;
    done(&storage, commit(OTHER, vec![birth(3)])).await;
    storage
}

async fn a_move_leaves_and_joins<S: Storage>(storage: S) {
    let storage = three(storage).await;
    let before = stored(&storage, 1).await;
    let outcome = storage.move_documents(order(&[(id(2), 1), (id(1), 1)])).await;
    assert_eq!(outcome, Ok(CommitOutcome::Done { seq: 4 }), "the number is that of the new book");
    let after = StoredDocument { book: OTHER, version: 2, last_seq: 4, joined_seq: 4, ..before };
    assert_eq!(stored(&storage, 1).await, after);
    let left = feed(&storage, BOOK).await;
    assert_eq!(left.len(), 6);
    let last = left.last().expect("there are entries");
    assert_eq!((last.document, last.lineage, &last.body), (id(1), 3, &FeedBody::Left));
    assert_eq!(last.arrived_ms, ARRIVED_MS + 1);
    let joined = feed(&storage, OTHER).await;
    let StoredDocument { kind, heads, saved, .. } = after;
    assert_eq!(joined[3].body, FeedBody::Joined { kind, heads, saved: Some(saved) });
    assert_eq!((joined[2].document, joined[3].document, joined[3].lineage), (id(2), id(1), 3));
    assert_eq!(book(&storage, BOOK).await.digest, sync_protocol::Digest::default(), "nothing is left");
    assert_eq!(
        (ledger(&storage, BOOK).await.len(), ledger(&storage, OTHER).await.len()),
        (1, 0),
        "entries stay"
    );
    check(&storage).await;
}

async fn a_move_that_does_not_fit_moves_nothing<S: Storage>(storage: S) {
    let storage = three(storage).await;
    done(&storage, commit(BOOK, vec![edit(state(2), 1, &[2])])).await;
    let before = whole(&storage).await;
    let documents = [(id(1), 1), (id(2), 1), (id(3), 1), (id(9), 1)];
    let outcome = storage.move_documents(order(&documents)).await;
    let expected = CommitOutcome::Conflict(vec![id(2), id(3), id(9)]);
    assert_eq!(outcome, Ok(expected), "moved on, in another book, unknown");
    assert_eq!(whole(&storage).await, before, "the one that fitted did not move either");
}

async fn a_document_lives_on_in_its_new_book<S: Storage>(storage: S) {
    let storage = three(storage).await;
    storage.move_documents(order(&[(id(2), 1)])).await.expect("a document moves");
    let outcome = storage.commit(commit(BOOK, vec![edit(state(2), 2, &[2])])).await;
    assert_eq!(outcome, Ok(CommitOutcome::Conflict(vec![id(2)])), "the old book has it no longer");
    done(&storage, commit(OTHER, vec![edit(state(2), 2, &[2])])).await;
    let expected = StoredDocument { book: OTHER, version: 3, last_seq: 4, joined_seq: 3, ..state(2) };
    assert_eq!(stored(&storage, 2).await, expected);
    let back = MoveOrder { from: OTHER, to: BOOK, ..order(&[(id(2), 3)]) };
    storage.move_documents(back).await.expect("it moves back");
    assert_eq!(stored(&storage, 2).await.book, BOOK);
    check(&storage).await;
}

async fn a_move_to_no_book_fails_whole<S: Storage>(storage: S) {
    let storage = three(storage).await;
    let before = whole(&storage).await;
    let nowhere = MoveOrder { to: BookId([9; 16]), ..order(&[(id(2), 1)]) };
    let outcome = storage.move_documents(nowhere).await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(whole(&storage).await, before);
}
