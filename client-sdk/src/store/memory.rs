//! A store in memory, for tests and the simulation: what it holds can be copied, put back and
//! made to fail at a chosen moment, and every run is the same.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Batch, Store, StoreError};

/// Handle to a store in memory. Clones share one store; [`fork`](Self::fork) makes another.
#[derive(Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    fail_next: Option<StoreError>,
    commits_until_crash: Option<u64>,
    crashed: bool,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An independent copy of what is durable: a cloned device, or a backup. Faults that were
    /// asked for stay with the original.
    #[must_use]
    pub fn fork(&self) -> Self {
        let records = self.shared().records.clone();
        Self { shared: Arc::new(Mutex::new(Shared { records, ..Shared::default() })) }
    }

    /// Puts back what `backup` holds, in place of everything here.
    pub fn restore(&self, backup: &Self) {
        // Not in one expression: `backup` may be this very store.
        let records = backup.shared().records.clone();
        self.shared().records = records;
    }

    /// Makes the next commit fail with `error` and change nothing.
    pub fn fail_next_commit(&self, error: StoreError) {
        self.shared().fail_next = Some(error);
    }

    /// Lets `commits` more commits succeed, then stops the device: every later call is an error
    /// until [`reopen`](Self::reopen). With 0 it stops now.
    pub fn crash_after_commits(&self, commits: u64) {
        let mut shared = self.shared();
        shared.commits_until_crash = Some(commits);
        shared.count_down(0);
    }

    /// Starts the device again: faults are gone, what was durable is there.
    pub fn reopen(&self) {
        let mut shared = self.shared();
        let records = std::mem::take(&mut shared.records);
        *shared = Shared { records, ..Shared::default() };
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // A panic of another test thread leaves whole commits only, so the records stay usable.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> Result<MutexGuard<'_, Shared>, StoreError> {
        let shared = self.shared();
        if shared.crashed { Err(StoreError::io("the device has stopped")) } else { Ok(shared) }
    }
}

impl Shared {
    fn count_down(&mut self, commits: u64) {
        if let Some(left) = &mut self.commits_until_crash {
            *left = left.saturating_sub(commits);
            self.crashed = *left == 0;
        }
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        batch.check()?;
        if let Some(error) = self.fail_next.take() {
            return Err(error);
        }
        for (key, value) in batch.into_writes() {
            match value {
                Some(value) => self.records.insert(key, value),
                None => self.records.remove(&key),
            };
        }
        self.count_down(1);
        Ok(())
    }
}

impl Store for MemoryStore {
    async fn get(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let shared = self.running()?;
        Ok(keys.iter().map(|key| shared.records.get(key).cloned()).collect())
    }

    async fn scan(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let shared = self.running()?;
        let from_prefix = shared.records.range(prefix.to_vec()..);
        let found = from_prefix.take_while(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.running()?.commit(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::{self, Rig, get_one, put_one};

    struct Memory;

    impl Rig for Memory {
        type Store = MemoryStore;

        async fn fresh(&mut self) -> MemoryStore {
            MemoryStore::new()
        }

        async fn reopen(&mut self, store: MemoryStore) -> MemoryStore {
            store.reopen();
            store
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn conforms() {
        conformance::run(Memory).await;
    }

    #[tokio::test]
    async fn a_fork_goes_its_own_way_and_can_be_put_back() {
        let store = MemoryStore::new();
        put_one(&store, "k", "before").await.unwrap();
        let backup = store.fork();
        put_one(&store, "k", "after").await.unwrap();
        put_one(&store, "new", "x").await.unwrap();
        assert_eq!(get_one(&backup, "k").await.unwrap(), Some(b"before".to_vec()));

        store.restore(&backup);
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"before".to_vec()));
        assert_eq!(get_one(&store, "new").await.unwrap(), None);
        store.restore(&store.clone());
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"before".to_vec()));
    }

    #[tokio::test]
    async fn a_failed_commit_changes_nothing_and_the_next_one_works() {
        let store = MemoryStore::new();
        store.fail_next_commit(StoreError::Full);
        assert_eq!(put_one(&store, "k", "1").await, Err(StoreError::Full));
        assert_eq!(get_one(&store, "k").await.unwrap(), None);
        put_one(&store, "k", "2").await.unwrap();
        assert_eq!(get_one(&store, "k").await.unwrap(), Some(b"2".to_vec()));
    }

    #[tokio::test]
    async fn after_a_crash_everything_fails_until_it_is_opened_again() {
        let store = MemoryStore::new();
        store.crash_after_commits(2);
        put_one(&store, "a", "1").await.unwrap();
        put_one(&store, "b", "2").await.unwrap();
        for _ in 0..2 {
            assert_eq!(put_one(&store, "c", "3").await.unwrap_err().code(), "STORE-IO");
            assert_eq!(get_one(&store, "a").await.unwrap_err().code(), "STORE-IO");
            assert_eq!(store.scan(b"").await.unwrap_err().code(), "STORE-IO");
        }
        store.reopen();
        assert_eq!(get_one(&store, "b").await.unwrap(), Some(b"2".to_vec()));
        assert_eq!(get_one(&store, "c").await.unwrap(), None);
        put_one(&store, "c", "3").await.unwrap();

        store.crash_after_commits(0);
        assert!(get_one(&store, "a").await.is_err());
    }
}
