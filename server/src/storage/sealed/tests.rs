//! A sealed storage does what any does, and nothing can be read underneath.

use std::sync::{Arc, Mutex};

use super::*;
use crate::app::SystemEntropy;
use crate::storage::conformance;
use crate::storage::conformance::sample::{
    BOOK, OTHER, birth, commit, done, feed, id, payload, stored, with_books,
};
use crate::storage::memory::MemoryStorage;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{EntrySnapshot, MoveOrder};

/// Master keys that a test may add to.
#[derive(Clone, Default)]
struct Keys(Arc<Mutex<Vec<MasterKey>>>);

impl Keys {
    fn of(bytes: impl IntoIterator<Item = u8>) -> Self {
        Self(Arc::new(Mutex::new(bytes.into_iter().map(|byte| MasterKey::of(&[byte; 32])).collect())))
    }

    fn add(&self, byte: u8) {
        self.0.lock().unwrap().push(MasterKey::of(&[byte; 32]));
    }

    fn source(&self) -> KeySource {
        let keys = self.clone();
        Box::new(move || Ok(KeyRing::of(keys.0.lock().unwrap().clone())))
    }
}

async fn seal<S: Storage + KeyStorage>(inner: S, keys: &Keys) -> Sealed<S> {
    Sealed::open(inner, keys.source(), Box::new(SystemEntropy)).await.unwrap()
}

fn id_of(byte: u8) -> MasterId {
    MasterKey::of(&[byte; 32]).id()
}

#[tokio::test]
async fn keeps_the_contract() {
    let keys = Keys::of([1]);
    conformance::run(async || seal(MemoryStorage::new(), &keys).await).await;
    let folder = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    let open = async |folder: &std::path::Path| seal(SqliteStorage::open(folder).await.unwrap(), &keys).await;
    let fresh = async || {
        count.set(count.get() + 1);
        open(&folder.path().join(count.get().to_string())).await
    };
    conformance::run(&fresh).await;
    let pair = async || {
        count.set(count.get() + 1);
        let path = folder.path().join(count.get().to_string());
        (open(&path).await, open(&path).await)
    };
    conformance::run_together(pair).await;
}

/// Every payload as it lies.
async fn lying<S: Storage>(inner: &S) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    for book in [BOOK, OTHER] {
        payloads.extend(
            inner.documents_of(book, None, 99).await.unwrap().into_iter().map(|document| document.saved),
        );
        payloads
            .extend(feed(inner, book).await.iter().filter_map(|row| row.body.payload().map(<[u8]>::to_vec)));
    }
    payloads
}

#[tokio::test]
async fn nothing_lies_open_underneath_whatever_happened_to_it() {
    let sealed = seal(MemoryStorage::new(), &Keys::of([1])).await;
    let inner = sealed.inner().clone();
    with_books(inner.clone()).await;
    let seq = done(&sealed, commit(BOOK, vec![birth(5), birth(6)])).await;
    let document = stored(&sealed, 5).await;
    let snapshot = EntrySnapshot { seq, kind: document.kind, saved: document.saved.clone() };
    let compaction =
        Compaction { document: id(6), expected_version: 1, emptied: vec![], snapshot: Some(snapshot) };
    assert_eq!(sealed.compact(BOOK, seq, vec![compaction]).await, Ok(1));
    let order = MoveOrder { documents: vec![(id(5), 1)], from: BOOK, to: OTHER, arrived_ms: 1 };
    sealed.move_documents(order).await.unwrap();
    let payloads = lying(&inner).await;
    assert_eq!(payloads.len(), 2 + 2 + 1, "two documents, two entries, one that joined");
    for lies in &payloads {
        assert!(is_sealed(lies), "{lies:?}");
        assert!(!lies.windows(4).any(|part| part == [0x85; 4] || part == [0x86; 4]), "{lies:?}");
    }
    // Another hub, with an empty cache, reads what the first one wrote.
    let other = seal(inner, &Keys::of([1])).await;
    assert_eq!(feed(&other, OTHER).await, feed(&sealed, OTHER).await);
    assert_eq!(stored(&other, 5).await.saved, payload(5, 100));
}

#[tokio::test]
async fn what_was_stored_before_sealing_is_read_and_sealed_when_it_is_next_written() {
    let inner = with_books(MemoryStorage::new()).await;
    // A saved document begins like this, whatever it holds.
    let plain = vec![0x85, 0x6f, 0x4a, 0x83, 9];
    let mut old = birth(1);
    (old.state.saved, old.changes[0].bytes) = (plain.clone(), plain.clone());
    done(&inner, commit(BOOK, vec![old])).await;
    let sealed = seal(inner.clone(), &Keys::of([1])).await;
    let document = stored(&sealed, 1).await;
    assert_eq!(document.saved, plain);
    let again = crate::storage::DocumentCommit { expected_version: 1, ..birth(1) };
    done(&sealed, commit(BOOK, vec![again])).await;
    assert!(is_sealed(&stored(&inner, 1).await.saved));
    assert_eq!(stored(&sealed, 1).await.saved, payload(1, 100));
    assert_eq!(feed(&sealed, BOOK).await[1].body.payload(), Some(&plain[..]), "the entry lies as it lay");
}

#[tokio::test]
async fn another_master_key_takes_over_while_two_hubs_write() {
    let keys = Keys::of([1]);
    let inner = with_books(MemoryStorage::new()).await;
    let (one, two) = (seal(inner.clone(), &keys).await, seal(inner.clone(), &keys).await);
    done(&one, commit(BOOK, vec![birth(1), birth(2)])).await;
    keys.add(2);
    assert_eq!(
        one.rotate(&|_| ()).await.unwrap(),
        Rotated { master: id_of(2), rewrapped: 2, damaged: vec![] }
    );
    assert_eq!(one.in_use().await, Ok((vec![id_of(2)], id_of(2))));
    // The second has not heard of it.
    done(&two, commit(BOOK, vec![birth(3)])).await;
    assert_eq!(inner.masters().await, Ok(vec![id_of(2)]));
    for n in 1..=3 {
        assert_eq!(stored(&two, n).await, stored(&one, n).await);
    }
    // Nor a third one, which lacks the new key.
    let error = Sealed::open(inner.clone(), Keys::of([1]).source(), Box::new(SystemEntropy)).await.err();
    assert_eq!(error, Some(absent(id_of(2))));
    let only_new = seal(inner, &Keys::of([2])).await;
    assert_eq!(stored(&only_new, 1).await.saved, payload(1, 100));
}

#[tokio::test]
async fn a_damaged_key_or_payload_is_one_documents_trouble() {
    let keys = Keys::of([1]);
    let inner = with_books(MemoryStorage::new()).await;
    let sealed = seal(inner.clone(), &keys).await;
    done(&sealed, commit(BOOK, vec![birth(1), birth(2)])).await;
    let mut key = inner.document_keys(&[id(1)]).await.unwrap().remove(0).1;
    key.sealed[40] ^= 1;
    inner.rewrap(id_of(1), vec![(id(1), key)]).await.unwrap();
    let reader = seal(inner.clone(), &keys).await;
    assert!(is_sealed(&stored(&reader, 1).await.saved), "it is given out as it lies");
    assert_eq!(stored(&reader, 2).await.saved, payload(2, 100));
    keys.add(2);
    let done = reader.rotate(&|_| ()).await.unwrap();
    assert_eq!((done.rewrapped, done.damaged), (1, vec![id(1)]));
    assert_eq!(reader.in_use().await.unwrap().0, inner.masters().await.unwrap());
    assert_eq!(inner.masters().await.unwrap().len(), 2, "the older one is still needed, perhaps");
}

#[tokio::test]
async fn a_document_born_again_in_a_copy_put_back_is_read_with_its_new_key() {
    let keys = Keys::of([1]);
    let inner = with_books(MemoryStorage::new()).await;
    let copy = inner.copy();
    let sealed = seal(inner, &keys).await;
    done(&sealed, commit(BOOK, vec![birth(1)])).await;
    // Another hub takes the document in once more, into the copy, with a key of its own.
    done(&seal(copy.clone(), &keys).await, commit(BOOK, vec![birth(1)])).await;
    assert_eq!(stored(&sealed.over(copy), 1).await.saved, payload(1, 100));
}

#[tokio::test]
async fn without_any_master_key_nothing_is_opened() {
    let error =
        Sealed::open(MemoryStorage::new(), Keys::default().source(), Box::new(SystemEntropy)).await.err();
    assert!(matches!(error, Some(StorageError::MasterKey(_))), "{error:?}");
}
