//! Commits: what one writes, and what makes it write nothing.

use document_model::BookId;
use sync_protocol::Replacement;

use super::cases;
use super::sample::{
    ARRIVED_MS, BOOK, OTHER, actor, birth, book, change, check, commit, device, done, edit, feed, hash, id,
    ledger, maybe_stored, numbered, path, policy, sale, state, stored, whole, with_books,
};
use crate::storage::{
    Carried, Commit, CommitOutcome, CommittedChange, DocumentCommit, FeedBody, MoveOrder, Storage,
    StoredDocument, StoredStream, StreamAdvance,
};

pub(super) async fn run<S: Storage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_fresh_storage_has_the_shared_book_alone,
        books_are_made_once,
        a_birth_is_a_joined_entry_and_its_changes,
        an_edit_replaces_the_state_and_goes_on_in_the_feed,
        a_commit_without_changes_keeps_the_feed,
        many_documents_in_one_commit,
        a_conflict_names_all_that_differ_and_writes_nothing,
        rules_that_moved_on_stop_a_commit,
        a_stream_moves_on_with_its_push,
        a_stale_stream_writes_nothing,
        a_registered_stream_stays_as_it_was,
        replacements_are_kept_once,
        a_change_leads_to_its_document,
        a_new_lineage_is_told_by_a_snapshot,
        documents_come_in_the_order_asked,
        policies_that_wait_are_found_in_all_books,
        text_may_hold_any_letter,
        a_commit_to_no_book_fails_whole,
    );
}

async fn a_new_lineage_is_told_by_a_snapshot<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    let anew = StoredDocument { lineage: 2, saved: vec![8; 9], heads: vec![hash(1, 7)], ..state(1) };
    assert_eq!(done(&storage, commit(BOOK, vec![edit(anew.clone(), 1, &[])])).await, 5);
    let expected = StoredDocument { version: 2, last_seq: 5, joined_seq: 1, ..anew.clone() };
    assert_eq!(stored(&storage, 1).await, expected);
    let entries = feed(&storage, BOOK).await;
    let StoredDocument { kind, saved, .. } = anew.clone();
    assert_eq!((&entries[4].body, entries[4].lineage), (&FeedBody::Snapshot { kind, saved: Some(saved) }, 2));
    done(&storage, commit(BOOK, vec![edit(anew, 2, &[2])])).await;
    assert_eq!(feed(&storage, BOOK).await.len(), 6, "the lineage it has is not begun again");
    let asked = [(id(1), hash(1, 1)), (id(1), hash(1, 2)), (id(2), hash(1, 1)), (id(1), hash(1, 9))];
    let mut known = storage.known_changes(&asked).await.expect("changes are looked up");
    known.sort_unstable();
    assert_eq!(known, [(id(1), hash(1, 1), 1), (id(1), hash(1, 2), 2)]);
    check(&storage).await;
}

async fn policies_that_wait_are_found_in_all_books<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let of = |n: u8, waits: bool| {
        let awaiting_sale_date = policy(n).awaiting_sale_date.filter(|_| waits);
        DocumentCommit { state: StoredDocument { awaiting_sale_date, ..policy(n) }, ..birth(n) }
    };
    done(&storage, commit(BOOK, vec![of(5, true), of(2, false), of(3, true)])).await;
    done(&storage, commit(OTHER, vec![of(4, true), birth(6)])).await;
    let waiting = async |after: Option<u8>, max| {
        let found = storage.documents_awaiting(after.map(id), max).await.expect("who waits is listed");
        found.into_iter().map(|document| (document.id, document.book)).collect::<Vec<_>>()
    };
    let (three, four, five) = ((id(3), BOOK), (id(4), OTHER), (id(5), BOOK));
    assert_eq!(waiting(None, 9).await, [three, four, five]);
    assert_eq!(waiting(None, 2).await, [three, four]);
    assert_eq!(waiting(Some(4), 2).await, [five]);
    let answered = StoredDocument { awaiting_sale_date: None, ..stored(&storage, 4).await };
    done(&storage, commit(OTHER, vec![edit(answered, 1, &[])])).await;
    assert_eq!(waiting(None, 9).await, [three, five]);
    check(&storage).await;
}

async fn a_fresh_storage_has_the_shared_book_alone<S: Storage>(storage: S) {
    let books = storage.books().await.expect("books are listed");
    assert_eq!(books.len(), 1);
    let shared = book(&storage, BookId::SHARED).await;
    assert_eq!(shared, books[0]);
    assert_eq!((shared.name.as_str(), &shared.owner, shared.epoch, shared.seq), ("Shared", &None, 1, 0));
    assert_eq!(storage.rules_version().await, Ok(1));
    assert_eq!(storage.book(BOOK).await, Ok(None));
    check(&storage).await;
}

async fn books_are_made_once<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1)])).await;
    let before = storage.books().await.expect("books are listed");
    let again =
        vec![(BOOK, "Renamed".to_owned(), None), (BookId([1; 16]), "Third".to_owned(), Some("P1".into()))];
    storage.create_books(again).await.expect("books are made");
    storage.create_books(Vec::new()).await.expect("no books are made");
    let after = storage.books().await.expect("books are listed");
    assert_eq!(
        after.iter().map(|book| book.id).collect::<Vec<_>>(),
        [BookId::SHARED, BookId([1; 16]), BOOK, OTHER]
    );
    assert_eq!(after[2], before[1], "a book that exists stays as it is");
    let of_p1 = storage.books_of(&"P1".into()).await.expect("books are listed");
    assert_eq!(of_p1, after[..3], "a rep's books and the shared one");
    assert_eq!(storage.books_of(&"nobody".into()).await.expect("books are listed"), after[..1]);
}

async fn a_birth_is_a_joined_entry_and_its_changes<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let document = DocumentCommit {
        expected_version: 0,
        state: policy(1),
        changes: vec![change(1, 1), change(1, 2)],
        postings: Vec::new(),
    };
    assert_eq!(done(&storage, commit(BOOK, vec![document])).await, 3);
    let expected = StoredDocument { version: 1, last_seq: 3, joined_seq: 1, ..policy(1) };
    assert_eq!(stored(&storage, 1).await, expected);
    let entries = feed(&storage, BOOK).await;
    let kind = expected.kind;
    assert_eq!(entries[0].body, FeedBody::Joined { kind, heads: Vec::new(), saved: None });
    let changed = |n| {
        let CommittedChange { hash, actor, bytes, .. } = change(1, n);
        FeedBody::Change { hash, actor, carried: Carried::Change(bytes) }
    };
    assert_eq!((&entries[1].body, &entries[2].body), (&changed(1), &changed(2)));
    let mut common = entries.iter().map(|entry| (entry.document, entry.lineage, entry.arrived_ms));
    assert!(common.all(|common| common == (id(1), 3, ARRIVED_MS)));
    let row = book(&storage, BOOK).await;
    assert_eq!((row.head().seq, row.head().check), (3, entries[2].chain.check()));
    check(&storage).await;
}

async fn an_edit_replaces_the_state_and_goes_on_in_the_feed<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    let full = StoredDocument { lineage: 1, heads: vec![hash(1, 2)], saved: vec![5; 5_000], ..policy(1) };
    assert_eq!(done(&storage, commit(BOOK, vec![edit(full.clone(), 1, &[2])])).await, 5);
    let expected = StoredDocument { version: 2, last_seq: 5, joined_seq: 1, ..full };
    assert_eq!(stored(&storage, 1).await, expected, "the storage sets the numbers, whatever the commit says");
    check(&storage).await;
    let bare = StoredDocument { heads: Vec::new(), actors: Vec::new(), saved: Vec::new(), ..state(1) };
    done(&storage, commit(BOOK, vec![edit(bare.clone(), 2, &[])])).await;
    let expected = StoredDocument { version: 3, last_seq: 5, joined_seq: 1, ..bare };
    assert_eq!(stored(&storage, 1).await, expected, "what is absent is absent again");
    check(&storage).await;
}

async fn a_commit_without_changes_keeps_the_feed<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
    let judged = DocumentCommit {
        postings: vec![posting],
        ..edit(StoredDocument { lineage: 1, ..policy(1) }, 1, &[])
    };
    assert_eq!(done(&storage, commit(BOOK, vec![judged])).await, 4);
    let document = stored(&storage, 1).await;
    assert_eq!((document.version, document.last_seq), (2, 2));
    let entries = ledger(&storage, BOOK).await;
    assert_eq!((entries.len(), entries[0].cause_seq), (1, 2), "the cause is the document's newest entry");
    assert_eq!(done(&storage, commit(BOOK, Vec::new())).await, 4, "an empty commit ends where the feed does");
    check(&storage).await;
}

async fn many_documents_in_one_commit<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
    let born = |n| DocumentCommit { postings: vec![posting.clone()], ..numbered(n) };
    let documents: Vec<_> = (0..1_000).map(born).collect();
    assert_eq!(done(&storage, commit(BOOK, documents.clone())).await, 2_000);
    let again = documents.into_iter().map(|document| DocumentCommit { expected_version: 1, ..document });
    assert_eq!(done(&storage, commit(BOOK, again.collect())).await, 3_000);
    let all = storage.documents_of(BOOK, None, usize::MAX).await.expect("documents are listed");
    assert_eq!((all.len(), all.iter().all(|document| document.version == 2)), (1_000, true));
    check(&storage).await;
}

async fn a_conflict_names_all_that_differ_and_writes_nothing<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2), birth(3)])).await;
    done(&storage, commit(BOOK, vec![edit(state(2), 1, &[2])])).await;
    done(&storage, commit(OTHER, vec![birth(4)])).await;
    let before = whole(&storage).await;
    let posting = sale("2026-06-01", "WL01", path("P1", "B1", "R1"));
    let documents = vec![
        DocumentCommit { postings: vec![posting], ..edit(policy(1), 1, &[2]) }, // fits
        edit(state(2), 1, &[3]),                                                // has moved on
        birth(3),                                                               // exists already
        edit(state(4), 1, &[2]),                                                // is in another book
        edit(state(5), 1, &[2]),                                                // does not exist
        birth(6),                                                               // fits
    ];
    let stream = Some(advance(9, 9, 0, 5));
    let outcome = storage.commit(Commit { stream, changes_rules: true, ..commit(BOOK, documents) }).await;
    assert_eq!(outcome, Ok(CommitOutcome::Conflict(vec![id(2), id(3), id(4), id(5)])));
    assert_eq!(whole(&storage).await, before, "a conflict leaves everything as it was");
    assert_eq!(maybe_stored(&storage, 6).await, None);
    assert_eq!(storage.streams(&[actor(9)]).await, Ok(vec![None]), "the stream did not move either");
    check(&storage).await;
}

async fn rules_that_moved_on_stop_a_commit<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, Commit { changes_rules: true, ..commit(BookId::SHARED, vec![birth(1)]) }).await;
    assert_eq!(storage.rules_version().await, Ok(2));
    let before = whole(&storage).await;
    let stream = Some(advance(9, 9, 0, 5));
    let outcome = storage.commit(Commit { stream, ..commit(BOOK, vec![birth(2)]) }).await;
    assert_eq!(outcome, Ok(CommitOutcome::RulesChanged));
    let empty = storage.commit(Commit { rules: 3, ..commit(BOOK, Vec::new()) }).await;
    assert_eq!(empty, Ok(CommitOutcome::RulesChanged), "a version that is not there yet fits no better");
    assert_eq!(whole(&storage).await, before);
    assert_eq!(storage.streams(&[actor(9)]).await, Ok(vec![None]));
    done(&storage, Commit { rules: 2, ..commit(BOOK, vec![birth(2)]) }).await;
}

fn advance(stream: u8, of: u8, current: u64, next: u64) -> StreamAdvance {
    StreamAdvance { actor: actor(stream), device: device(of), user: "kim".to_owned(), current, next }
}

async fn generation<S: Storage>(storage: &S, stream: u8) -> Option<u64> {
    let streams = storage.streams(&[actor(stream)]).await.expect("streams are read");
    streams[0].as_ref().map(|stream| stream.generation)
}

async fn a_stream_moves_on_with_its_push<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let large = u64::MAX - 1;
    let push = |current, next, documents| Commit {
        stream: Some(advance(1, 1, current, next)),
        ..commit(BOOK, documents)
    };
    done(&storage, push(0, 5, vec![birth(1)])).await;
    assert_eq!(generation(&storage, 1).await, Some(5));
    done(&storage, push(5, large, Vec::new())).await;
    assert_eq!(generation(&storage, 1).await, Some(large), "a push of nothing new moves on too");
    done(&storage, push(5, large, vec![birth(2)])).await;
    assert_eq!(generation(&storage, 1).await, Some(large), "a push that comes again is no second step");
    done(&storage, push(large, 7, vec![birth(3)])).await;
    let expected = StoredStream { actor: actor(1), device: device(1), user: "kim".to_owned(), generation: 7 };
    assert_eq!(storage.streams(&[actor(2), actor(1)]).await, Ok(vec![None, Some(expected)]));
    check(&storage).await;
}

async fn a_stale_stream_writes_nothing<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, Commit { stream: Some(advance(1, 1, 0, 5)), ..commit(BOOK, vec![birth(1)]) }).await;
    done(&storage, Commit { stream: Some(advance(1, 1, 5, 6)), ..commit(BOOK, Vec::new()) }).await;
    let before = whole(&storage).await;
    let stale = [
        advance(1, 1, 5, 8), // a copy that did not see the step to 6
        advance(1, 1, 0, 8), // a copy from before the first push
        advance(1, 2, 6, 8), // another device's
        advance(1, 2, 5, 6), // another device's, as a repeat
        advance(2, 1, 3, 8), // one the hub has never seen, that says it has
    ];
    for stream in stale {
        let outcome =
            storage.commit(Commit { stream: Some(stream.clone()), ..commit(BOOK, vec![birth(2)]) }).await;
        assert_eq!(outcome, Ok(CommitOutcome::StaleStream), "{stream:?}");
    }
    assert_eq!(whole(&storage).await, before);
    assert_eq!((generation(&storage, 1).await, generation(&storage, 2).await), (Some(6), None));
}

async fn a_registered_stream_stays_as_it_was<S: Storage>(storage: S) {
    let stream = StoredStream { actor: actor(1), device: device(1), user: "hub".to_owned(), generation: 0 };
    storage.register_stream(stream.clone()).await.expect("a stream is registered");
    let other = StoredStream { device: device(2), generation: 9, ..stream.clone() };
    storage.register_stream(other).await.expect("a known stream is left alone");
    assert_eq!(storage.streams(&[actor(1), actor(1)]).await, Ok(vec![Some(stream.clone()), Some(stream)]));
    assert_eq!(storage.streams(&[]).await, Ok(Vec::new()));
}

async fn replacements_are_kept_once<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let replacing = |n, replaced| CommittedChange { replaces: Some(hash(1, replaced)), ..change(1, n) };
    let first = DocumentCommit { changes: vec![replacing(1, 101), change(1, 2)], ..birth(1) };
    done(&storage, commit(BOOK, vec![first])).await;
    let second =
        DocumentCommit { changes: vec![replacing(3, 101), replacing(4, 104)], ..edit(state(1), 1, &[]) };
    done(&storage, commit(BOOK, vec![second])).await;
    let asked = [(id(1), hash(1, 104)), (id(2), hash(1, 101)), (id(1), hash(1, 2)), (id(1), hash(1, 101))];
    let mut found = storage.replacements(&asked).await.expect("replacements are read");
    found.sort_unstable_by_key(|(_, pair)| pair.replaced);
    let pair = |replaced, by| (id(1), Replacement { replaced: hash(1, replaced), by: hash(1, by) });
    assert_eq!(found, [pair(101, 1), pair(104, 4)], "the first one stands, and in its own document alone");
    assert_eq!(storage.replacements(&[]).await, Ok(Vec::new()));
}

async fn a_change_leads_to_its_document<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let first = DocumentCommit { changes: vec![change(1, 1), change(1, 2)], ..birth(1) };
    done(&storage, commit(BOOK, vec![first, birth(2)])).await;
    let asked = [hash(1, 2), hash(9, 9), hash(1, 1), hash(1, 2)];
    let found = storage.documents_with(&asked).await;
    assert_eq!(found, Ok(vec![Some(id(1)), None, Some(id(1)), Some(id(1))]));
    assert_eq!(storage.documents_with(&[]).await, Ok(Vec::new()));
    // Two documents that began alike to the byte: the change they share leads to neither.
    let alike = DocumentCommit { changes: vec![change(1, 1), change(3, 2)], ..birth(3) };
    done(&storage, commit(BOOK, vec![alike])).await;
    let asked = [hash(1, 1), hash(1, 2), hash(3, 2)];
    let found = storage.documents_with(&asked).await;
    assert_eq!(found, Ok(vec![None, Some(id(1)), Some(id(3))]));
}

async fn documents_come_in_the_order_asked<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    done(&storage, commit(BOOK, vec![birth(1), birth(2)])).await;
    let found = storage.documents(&[id(2), id(9), id(1), id(2)]).await.expect("documents are read");
    let ids: Vec<_> = found.iter().map(|found| found.as_ref().map(|document| document.id)).collect();
    assert_eq!(ids, [Some(id(2)), None, Some(id(1)), Some(id(2))]);
    assert_eq!(storage.documents(&[]).await, Ok(Vec::new()));
    let order = MoveOrder { documents: vec![(id(1), 1)], from: BOOK, to: OTHER, arrived_ms: ARRIVED_MS };
    storage.move_documents(order).await.expect("a document moves");
    assert_eq!(stored(&storage, 1).await.book, OTHER, "a document is found whatever book it is in");
}

/// What a device typed is stored as it is: no letter of it may fail the commit.
async fn text_may_hold_any_letter<S: Storage>(storage: S) {
    let storage = with_books(storage).await;
    let mut document = policy(1);
    let counted = document.counted.as_mut().expect("a policy counts");
    counted.facts.payment_mode = "\0monthly\u{1}\u{1}0\0김\u{10ffff}".to_owned();
    done(&storage, commit(BOOK, vec![DocumentCommit { state: document.clone(), ..birth(1) }])).await;
    let expected = StoredDocument { version: 1, last_seq: 2, joined_seq: 1, ..document };
    assert_eq!(stored(&storage, 1).await, expected);
}

async fn a_commit_to_no_book_fails_whole<S: Storage>(storage: S) {
    let before = whole(&storage).await;
    let stream = Some(advance(1, 1, 0, 5));
    let outcome =
        storage.commit(Commit { stream, changes_rules: true, ..commit(BOOK, vec![birth(1)]) }).await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(whole(&storage).await, before);
    assert_eq!(generation(&storage, 1).await, None, "the stream did not move");
    assert_eq!(maybe_stored(&storage, 1).await, None);
}
