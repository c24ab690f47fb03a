//! What only this engine must show; what all of them promise is in [`crate::storage::conformance`].

use super::SqliteStorage;
use crate::storage::conformance;
use crate::storage::memory::MemoryStorage;

#[tokio::test]
async fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    let fresh = async || {
        count.set(count.get() + 1);
        SqliteStorage::open(&folder.path().join(count.get().to_string())).await.unwrap()
    };
    conformance::run(fresh).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    conformance::run(async || MemoryStorage::new()).await;
}
