//! What every store must do: one suite, run on memory, SQLite and, in a browser, IndexedDB, plain and sealed.

#![expect(clippy::unwrap_used, reason = "a suite of tests stops at the first surprise")]

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};

use tasks::{spawn, yield_now};

use super::{Batch, Store, StoreError, limits};

/// Several things at once: on threads natively, in turns in a browser.
#[cfg(not(target_arch = "wasm32"))]
mod tasks {
    pub(super) use tokio::spawn;
    pub(super) use tokio::task::yield_now;
}

/// Several things at once: on threads natively, in turns in a browser.
#[cfg(target_arch = "wasm32")]
mod tasks {
    use std::cell::Cell;
    use std::rc::Rc;

    use wasm_bindgen::JsValue;
    use wasm_bindgen_futures::{JsFuture, spawn_local};

    /// A task that was begun.
    pub(super) struct Running(Rc<Cell<bool>>);

    impl Running {
        pub(super) fn is_finished(&self) -> bool {
            self.0.get()
        }
    }

    pub(super) fn spawn(task: impl Future<Output = ()> + 'static) -> Running {
        let done = Rc::new(Cell::new(false));
        let told = Rc::clone(&done);
        spawn_local(async move {
            task.await;
            told.set(true);
        });
        Running(done)
    }

    /// Lets everything else go on that is due, database events too.
    pub(super) async fn yield_now() {
        let turn = js_sys::Promise::new(&mut |done, _| {
            let timer: js_sys::Function =
                js_sys::Reflect::get(&js_sys::global(), &"setTimeout".into()).unwrap().into();
            drop(timer.call1(&JsValue::UNDEFINED, &done));
        });
        drop(JsFuture::from(turn).await);
    }
}

/// Makes stores of one kind. The rig owns what outlives them, such as a folder.
pub(crate) trait Rig {
    /// The kind under test.
    type Store: Store + 'static;

    /// A store that holds nothing.
    async fn fresh(&mut self) -> Self::Store;

    /// Ends `store` and opens it again, as a restarted program would.
    async fn reopen(&mut self, store: Self::Store) -> Self::Store;
}

/// Runs every case, each on a fresh store.
pub(crate) async fn run<R: Rig>(mut rig: R) {
    nothing_is_there_at_first(&rig.fresh().await).await;
    writes_overwrite_and_delete(&rig.fresh().await).await;
    the_last_write_of_a_batch_wins(&rig.fresh().await).await;
    a_refused_batch_changes_nothing(&rig.fresh().await).await;
    scans_are_ordered_and_bounded(&rig.fresh().await).await;
    odd_keys_and_values_come_back(&rig.fresh().await).await;
    many_records_at_once(&rig.fresh().await).await;
    random_batches_match_a_map(&rig.fresh().await).await;
    commits_take_effect_in_the_order_they_began(&rig.fresh().await).await;
    a_dropped_caller_never_halves_a_batch(&rig.fresh().await).await;
    concurrent_commits_stay_whole(Arc::new(rig.fresh().await)).await;
    committed_records_survive_a_restart(&mut rig).await;
}

/// The value of one key.
pub(crate) async fn get_one(store: &impl Store, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(store.get(&[key.into()]).await?.pop().expect("one answer for one key"))
}

/// Commits one value.
pub(crate) async fn put_one(store: &impl Store, key: &str, value: &str) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    batch.put(key, value);
    store.commit(batch).await
}

fn puts<K: Into<Vec<u8>>, V: Into<Vec<u8>>>(records: impl IntoIterator<Item = (K, V)>) -> Batch {
    records.into_iter().map(|(key, value)| (key.into(), Some(value.into()))).collect()
}

async fn keys_of(store: &impl Store, prefix: &[u8]) -> Vec<Vec<u8>> {
    store.scan(prefix).await.unwrap().into_iter().map(|(key, _)| key).collect()
}

async fn nothing_is_there_at_first(store: &impl Store) {
    assert_eq!(store.get(&[]).await.unwrap(), Vec::<Option<Vec<u8>>>::new());
    assert_eq!(store.get(&[b"a".to_vec(), b"b".to_vec()]).await.unwrap(), [None, None]);
    assert_eq!(keys_of(store, b"").await, Vec::<Vec<u8>>::new());
    store.commit(Batch::new()).await.unwrap();
    assert_eq!(keys_of(store, b"").await, Vec::<Vec<u8>>::new());
}

async fn writes_overwrite_and_delete(store: &impl Store) {
    put_one(store, "a", "1").await.unwrap();
    put_one(store, "b", "2").await.unwrap();
    put_one(store, "a", "3").await.unwrap();
    // Answers follow the question: its order, its repetitions, its unknown keys.
    let answers = store.get(&["b".into(), "x".into(), "a".into(), "b".into()]).await.unwrap();
    let two = Some(b"2".to_vec());
    assert_eq!(answers, [two.clone(), None, Some(b"3".to_vec()), two]);

    let mut batch = Batch::new();
    batch.delete("a");
    batch.delete("never there");
    store.commit(batch).await.unwrap();
    assert_eq!(get_one(store, "a").await.unwrap(), None);
    assert_eq!(keys_of(store, b"").await, [b"b".to_vec()]);
}

async fn the_last_write_of_a_batch_wins(store: &impl Store) {
    put_one(store, "old", "1").await.unwrap();
    let mut batch = Batch::new();
    batch.put("gone", "1");
    batch.put("twice", "1");
    batch.delete("gone");
    batch.delete("old");
    batch.put("twice", "2");
    batch.put("old", "2");
    store.commit(batch).await.unwrap();
    let answers = store.get(&["gone".into(), "twice".into(), "old".into()]).await.unwrap();
    assert_eq!(answers, [None, Some(b"2".to_vec()), Some(b"2".to_vec())]);
}

async fn a_refused_batch_changes_nothing(store: &impl Store) {
    put_one(store, "kept", "1").await.unwrap();
    let too_large = vec![0; limits::VALUE_BYTES + limits::SEALING_BYTES + 1];
    let bad: [(Vec<u8>, Vec<u8>); 3] =
        [(vec![], vec![1]), (vec![b'k'; limits::KEY_BYTES + 1], vec![1]), (b"large".to_vec(), too_large)];
    for (key, value) in bad {
        let mut batch = Batch::new();
        batch.put("first", "1");
        batch.delete("kept");
        batch.put(key, value);
        batch.put("last", "1");
        assert_eq!(store.commit(batch).await.unwrap_err().code(), "STORE-REFUSED");
        assert_eq!(keys_of(store, b"").await, [b"kept".to_vec()]);
    }
}

async fn scans_are_ordered_and_bounded(store: &impl Store) {
    let keys: [&[u8]; 12] = [
        b"\x00",
        b"a",
        b"a/",
        b"a/1",
        b"a/10",
        b"a/2",
        b"a/\xff",
        b"a/\xff\xff",
        b"a0",
        b"b",
        b"\xff",
        b"\xff\xff\x01",
    ];
    // Written backwards, so that the order is not the order of arrival.
    store.commit(puts(keys.iter().rev().map(|key| (*key, *key)))).await.unwrap();
    let expected = |prefix: &[u8]| -> Vec<Vec<u8>> {
        keys.iter().filter(|key| key.starts_with(prefix)).map(|key| key.to_vec()).collect()
    };
    let prefixes: [&[u8]; 10] =
        [b"", b"\x00", b"a", b"a/", b"a/1", b"a/\xff", b"a/\xff\xff", b"\xff", b"\xff\xff", b"zz"];
    for prefix in prefixes {
        assert_eq!(keys_of(store, prefix).await, expected(prefix), "prefix {prefix:02x?}");
    }
    assert_eq!(expected(b"a/").len(), 6);
    assert_eq!(expected(b"\xff").len(), 2);
}

async fn odd_keys_and_values_come_back(store: &impl Store) {
    let large: Vec<u8> = (0..limits::VALUE_BYTES).map(|index| (index % 251) as u8).collect();
    let records: [(Vec<u8>, Vec<u8>); 5] = [
        (b"empty".to_vec(), vec![]),
        (vec![0], vec![0, 0, 0]),
        (vec![0xff; limits::KEY_BYTES], b"longest key".to_vec()),
        ("한글".into(), "김철수'; --".into()),
        (b"large".to_vec(), large),
    ];
    store.commit(puts(records.clone())).await.unwrap();
    for (key, value) in records {
        let found = store.get(&[key]).await.unwrap().pop().flatten();
        assert!(found.as_ref() == Some(&value), "{} bytes came back differently", value.len());
    }
}

async fn many_records_at_once(store: &impl Store) {
    let record = |index: u32| (format!("many/{index:05}"), format!("value {index}"));
    store.commit(puts((0..2_345).map(record))).await.unwrap();
    let found = store.scan(b"many/").await.unwrap();
    let expected: Vec<_> = (0..2_345).map(record).map(|(key, value)| (key.into(), value.into())).collect();
    assert!(found == expected, "{} records of {}", found.len(), expected.len());

    let keys: Vec<Vec<u8>> = (0..1_111).rev().map(|index| record(index * 3).0.into()).collect();
    let values = store.get(&keys).await.unwrap();
    for (position, value) in values.into_iter().enumerate() {
        let index = (1_110 - position as u32) * 3;
        let expected = (index < 2_345).then(|| record(index).1.into_bytes());
        assert_eq!(value, expected, "record {index}");
    }

    let mut batch = Batch::new();
    (0..2_345).for_each(|index| batch.delete(record(index).0));
    store.commit(batch).await.unwrap();
    assert_eq!(keys_of(store, b"").await.len(), 0);
}

/// A small generator, so that the run is the same everywhere (constants of Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

async fn random_batches_match_a_map(store: &impl Store) {
    let mut model = BTreeMap::new();
    let mut dice = Dice(20_260_301);
    for round in 0..60 {
        let mut batch = Batch::new();
        for _ in 0..dice.below(40) {
            let key = format!("{}/{}", dice.below(3), dice.below(20)).into_bytes();
            if dice.below(3) == 0 {
                model.remove(&key);
                batch.delete(key);
            } else {
                let value = vec![round; dice.below(50) as usize];
                model.insert(key.clone(), value.clone());
                batch.put(key, value);
            }
        }
        store.commit(batch).await.unwrap();
        let expected: Vec<_> = model.clone().into_iter().collect();
        assert_eq!(store.scan(b"").await.unwrap(), expected, "after round {round}");
    }
}

fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

async fn commits_take_effect_in_the_order_they_began(store: &impl Store) {
    const VALUES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "last"];
    let mut running = Vec::new();
    for value in VALUES {
        let mut commit = Box::pin(put_one(store, "k", value));
        if !poll_once(commit.as_mut()) {
            running.push(commit);
        }
    }
    // Awaited backwards: only their beginning counts.
    for commit in running.into_iter().rev() {
        commit.await.unwrap();
    }
    assert_eq!(get_one(store, "k").await.unwrap(), Some(b"last".to_vec()));
}

async fn a_dropped_caller_never_halves_a_batch(store: &impl Store) {
    for polls in 0..6 {
        let value = format!("{polls}");
        let batch = puts((0..300).map(|index| (format!("k/{index}"), value.clone())));
        {
            let mut commit = pin!(store.commit(batch));
            for _ in 0..polls {
                if poll_once(commit.as_mut()) {
                    break;
                }
                yield_now().await;
            }
        }
        let found = store.scan(b"k/").await.unwrap();
        let written = found.iter().filter(|(_, found)| found == value.as_bytes()).count();
        // Once begun on an idle store a commit is finished, whoever waits for it.
        assert_eq!(written, if polls == 0 { 0 } else { 300 }, "dropped after {polls} polls");
        put_one(store, "after", &value).await.unwrap();
    }
}

async fn concurrent_commits_stay_whole<S: Store + 'static>(store: Arc<S>) {
    let writers = (0..8).map(|writer| {
        let store = Arc::clone(&store);
        spawn(async move {
            for round in 0..20 {
                let mark = format!("{writer}-{round}");
                let mut batch = puts([("pair/a", mark.clone()), ("pair/b", mark.clone())]);
                batch.put(format!("own/{mark}"), mark);
                store.commit(batch).await.unwrap();
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    while !writers.iter().all(|writer| writer.is_finished()) {
        let pair = store.get(&["pair/a".into(), "pair/b".into()]).await.unwrap();
        assert_eq!(pair[0], pair[1], "half a batch was read");
        let scanned = store.scan(b"pair/").await.unwrap();
        assert!(scanned.iter().all(|(_, value)| *value == scanned[0].1), "half a batch was scanned");
        yield_now().await;
    }
    #[cfg(not(target_arch = "wasm32"))]
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(keys_of(&*store, b"own/").await.len(), 160);
}

async fn committed_records_survive_a_restart<R: Rig>(rig: &mut R) {
    let mut store = rig.fresh().await;
    for round in 1..=3_usize {
        let mut batch = puts((0..50).map(|index| (format!("{round}/{index}"), vec![round as u8; 1_000])));
        batch.delete("1/0");
        store.commit(batch).await.unwrap();
        store = rig.reopen(store).await;
        assert_eq!(keys_of(&store, b"").await.len(), round * 50 - 1);
        assert_eq!(get_one(&store, "1/1").await.unwrap(), Some(vec![1; 1_000]));
        assert_eq!(get_one(&store, "1/0").await.unwrap(), None);
    }
}
