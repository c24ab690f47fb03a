//! What only this engine must show; what all of them promise is in [`crate::storage::conformance`].

use super::PostgresStorage;
use crate::storage::conformance::{self, scratch};

async fn open(url: &str) -> PostgresStorage {
    PostgresStorage::open(url).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    scratch::with_databases(async |databases| {
        conformance::run(async || open(&databases.fresh().await).await).await;
        let pair = async || {
            let url = databases.fresh().await;
            (open(&url).await, open(&url).await)
        };
        conformance::run_together(pair).await;
    })
    .await;
}
