//! Keys of documents and the master key in use.

use super::cases;
use super::sample::{BOOK, birth, commit, done, edit, id, maybe_stored, state, with_books};
use crate::storage::sealing::{MasterId, WrappedKey};
use crate::storage::{CommitOutcome, KeyStorage, Storage, StorageError};

const OLD: MasterId = MasterId([1; 8]);
const NEW: MasterId = MasterId([2; 8]);

pub(super) async fn run<S: Storage + KeyStorage>(fresh: &impl AsyncFn() -> S) {
    cases!(fresh:
        a_master_key_is_named_by_whoever_knows_the_one_before,
        keys_come_with_the_commit_and_with_nothing_else,
        a_key_under_another_master_key_stops_its_commit_alone,
        keys_are_wrapped_anew_once,
        keys_come_in_pages,
    );
}

fn key(master: MasterId, n: u8) -> WrappedKey {
    WrappedKey { master, sealed: vec![n; 73] }
}

async fn named<S: Storage + KeyStorage>(storage: S) -> S {
    assert_eq!(storage.name_master(None, OLD).await, Ok(true));
    with_books(storage).await
}

async fn bring<S: Storage + KeyStorage>(storage: &S, n: u8, key: WrappedKey) {
    let keys = vec![(id(n), key)];
    done(storage, crate::storage::Commit { keys, ..commit(BOOK, vec![birth(n)]) }).await;
}

async fn a_master_key_is_named_by_whoever_knows_the_one_before<S: Storage + KeyStorage>(storage: S) {
    assert_eq!(storage.master().await, Ok(None));
    assert_eq!(storage.name_master(Some(OLD), NEW).await, Ok(false));
    assert_eq!(storage.name_master(None, OLD).await, Ok(true));
    assert_eq!(storage.name_master(None, NEW).await, Ok(false));
    assert_eq!(storage.master().await, Ok(Some(OLD)));
    assert_eq!(storage.name_master(Some(OLD), NEW).await, Ok(true));
    assert_eq!(storage.master().await, Ok(Some(NEW)));
    assert_eq!(storage.masters().await, Ok(Vec::new()), "nothing is wrapped by either");
}

async fn keys_come_with_the_commit_and_with_nothing_else<S: Storage + KeyStorage>(storage: S) {
    let storage = named(storage).await;
    bring(&storage, 1, key(OLD, 1)).await;
    done(&storage, commit(BOOK, vec![birth(2)])).await;
    assert_eq!(storage.document_keys(&[id(2), id(1)]).await, Ok(vec![(id(1), key(OLD, 1))]));
    // A document that had none gets one later; a conflict brings none.
    let late = crate::storage::Commit {
        keys: vec![(id(2), key(OLD, 2))],
        ..commit(BOOK, vec![edit(state(2), 1, &[2])])
    };
    done(&storage, late.clone()).await;
    let again = crate::storage::Commit { keys: vec![(id(2), key(OLD, 9))], ..late };
    assert_eq!(storage.commit(again).await, Ok(CommitOutcome::Conflict(vec![id(2)])));
    let mut keys = storage.document_keys(&[id(1), id(2), id(3)]).await.expect("keys are read");
    keys.sort_by_key(|(document, _)| *document);
    assert_eq!(keys, [(id(1), key(OLD, 1)), (id(2), key(OLD, 2))]);
    assert_eq!(storage.masters().await, Ok(vec![OLD]));
}

async fn a_key_under_another_master_key_stops_its_commit_alone<S: Storage + KeyStorage>(storage: S) {
    let storage = named(storage).await;
    assert_eq!(storage.name_master(Some(OLD), NEW).await, Ok(true));
    let stale = crate::storage::Commit { keys: vec![(id(1), key(OLD, 1))], ..commit(BOOK, vec![birth(1)]) };
    let (stale, fits) = futures::join!(storage.commit(stale), storage.commit(commit(BOOK, vec![birth(2)])));
    assert!(matches!(stale, Err(StorageError::MasterKey(_))), "{stale:?}");
    assert!(matches!(fits, Ok(CommitOutcome::Done { .. })), "{fits:?}");
    assert_eq!(maybe_stored(&storage, 1).await, None);
    assert_eq!(storage.document_keys(&[id(1)]).await, Ok(Vec::new()));
    bring(&storage, 1, key(NEW, 1)).await;
}

async fn keys_are_wrapped_anew_once<S: Storage + KeyStorage>(storage: S) {
    let storage = named(storage).await;
    for n in 1..=3 {
        bring(&storage, n, key(OLD, n)).await;
    }
    assert_eq!(storage.name_master(Some(OLD), NEW).await, Ok(true));
    let anew = |n| (id(n), key(NEW, n + 100));
    assert_eq!(storage.rewrap(OLD, vec![anew(1), anew(3), anew(9)]).await, Ok(2), "the ninth has none");
    assert_eq!(storage.masters().await, Ok(vec![OLD, NEW]));
    assert_eq!(storage.rewrap(OLD, vec![(id(1), key(NEW, 7)), anew(2)]).await, Ok(1), "the first is done");
    assert_eq!(storage.rewrap(OLD, Vec::new()).await, Ok(0));
    assert_eq!(storage.masters().await, Ok(vec![NEW]));
    assert_eq!(storage.keys_under(OLD, None, 9).await, Ok(Vec::new()));
    assert_eq!(storage.keys_under(NEW, None, 9).await, Ok((1..=3).map(anew).collect::<Vec<_>>()));
}

async fn keys_come_in_pages<S: Storage + KeyStorage>(storage: S) {
    let storage = named(storage).await;
    for n in [3, 1, 2] {
        bring(&storage, n, key(OLD, n)).await;
    }
    let page = async |after, max| storage.keys_under(OLD, after, max).await.expect("keys are read");
    assert_eq!(page(None, 2).await, [(id(1), key(OLD, 1)), (id(2), key(OLD, 2))]);
    assert_eq!(page(Some(id(2)), 2).await, [(id(3), key(OLD, 3))]);
    assert_eq!(page(Some(id(3)), 2).await, []);
}
